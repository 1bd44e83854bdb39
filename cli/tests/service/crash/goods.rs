//! What is uploaded, and what must come of it.

use std::io::{Cursor, Read};
use std::sync::Arc;

use filittle_testkit::pictures;
use serde_json::{Value, json};
use tempfile::tempdir;

use crate::generate::{Dice, noise, text};
use crate::service::filittle;

/// A picture and what `filittle dither` makes of it on this machine.
struct Picture {
    png: Vec<u8>,
    dithered: Vec<u8>,
}

#[derive(Clone)]
pub(super) struct Goods(Arc<Vec<Picture>>);

/// Files of one job, and what is to be done with them.
#[derive(Clone)]
pub(super) enum Order {
    Compress(Vec<u8>),
    Dither(usize),
    Zip(Vec<Vec<u8>>),
    Unpack(Vec<u8>),
}

impl Goods {
    pub(super) fn make() -> Self {
        let folder = tempdir().unwrap();
        let sizes = [(16, 16), (33, 20), (64, 48), (120, 80)];
        let pictures = sizes.map(|(width, height)| {
            let png = pictures::png(width, height, &pictures::photo_like(width, height));
            let (before, after) = (folder.path().join("a.png"), folder.path().join("b.png"));
            std::fs::write(&before, &png).unwrap();
            let mut command = filittle();
            command.args(["dither", "--levels", "3", "--force", "--output"]);
            let output = command.arg(&after).arg(&before).output().unwrap();
            assert!(output.status.success(), "{output:?}");
            let dithered = std::fs::read(&after).unwrap();
            Picture { png, dithered }
        });
        Self(Arc::new(pictures.into()))
    }

    /// Any order. Every fourth text is one that others have sent before, and some orders are of
    /// several blocks, so that a kill can come between two of them.
    pub(super) fn order(&self, dice: &mut Dice) -> Order {
        match dice.between(1, 40) {
            1 => return Order::Compress(noise(dice.next(), 9 << 20)),
            2 => return Order::Unpack(noise(dice.next(), 9 << 20)),
            _ => {}
        }
        let mut some_text = || {
            let seed = if dice.between(0, 3) == 0 {
                7
            } else {
                dice.next()
            };
            let most = dice.between(1, 40_000);
            text(seed, usize::try_from(most).unwrap())
        };
        match some_text().len() % 4 {
            0 => Order::Compress(some_text()),
            1 => Order::Unpack(some_text()),
            2 => Order::Zip(vec![some_text(), some_text(), some_text()]),
            _ => Order::Dither(some_text().len() % self.0.len()),
        }
    }

    /// Name and content of each file.
    pub(super) fn files(&self, order: &Order) -> Vec<(String, Vec<u8>)> {
        match order {
            Order::Compress(text) => vec![("words.txt".into(), text.clone())],
            Order::Unpack(text) => {
                vec![(
                    "words.txt.zst".into(),
                    zstd::encode_all(&text[..], 1).unwrap(),
                )]
            }
            Order::Dither(picture) => vec![("p.png".into(), self.0[*picture].png.clone())],
            Order::Zip(texts) => (texts.iter().enumerate())
                .map(|(number, text)| (format!("{number}.txt"), text.clone()))
                .collect(),
        }
    }

    /// Whether these bytes are what the order was for.
    pub(super) fn is_right(&self, order: &Order, bytes: &[u8]) -> bool {
        match order {
            Order::Compress(text) => zstd::decode_all(bytes).is_ok_and(|it| it == *text),
            Order::Dither(picture) => bytes == self.0[*picture].dithered,
            Order::Unpack(text) => bytes == text,
            Order::Zip(texts) => unzip(bytes) == *texts,
        }
    }
}

impl Order {
    pub(super) fn step(&self) -> Value {
        match self {
            Self::Compress(_) => json!({"op": "compress", "format": "zstd"}),
            Self::Unpack(_) => json!({"op": "decompress"}),
            Self::Dither(_) => json!({"op": "dither", "levels": 3}),
            Self::Zip(_) => json!({"op": "compress", "format": "zip"}),
        }
    }
}

fn unzip(bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    let count = archive.len();
    let read = |index| {
        let mut entry = archive.by_index(index).unwrap();
        assert_eq!(entry.name().unwrap(), format!("{index}.txt"));
        let mut content = Vec::new();
        entry.read_to_end(&mut content).unwrap();
        content
    };
    (0..count).map(read).collect()
}

//! Decoding and writing on one core, in pixels a second: `cargo bench -p filittle-transform`.
//!
//! The picture is `FILITTLE_BENCH_JPEG`, or else one that is made here.

use std::{
    env, fs,
    io::{self, Cursor, Read, Write},
    sync::OnceLock,
};

use divan::{Bencher, counter::ItemsCount};
use filittle_steps::{Step, parse};
use filittle_transform::{
    Attributes, Input, Limits, Monitor, OutputMeta, Outputs, Sink, header, run,
};
use serde_json::{Value, json};

fn main() {
    divan::main();
}

fn jpeg() -> &'static [u8] {
    static JPEG: OnceLock<Vec<u8>> = OnceLock::new();
    JPEG.get_or_init(|| match env::var_os("FILITTLE_BENCH_JPEG") {
        Some(path) => fs::read(path).expect("a file"),
        None => made(),
    })
}

/// Slopes with a grain of some tones.
fn made() -> Vec<u8> {
    let (width, height) = (2048_u16, 1536_u16);
    let mut state = 1_u32;
    let tones = (0..u32::from(width) * u32::from(height)).flat_map(|at| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let slope = (at % u32::from(width) + at / u32::from(width)) % 480;
        let tone = slope.min(480 - slope).min(239) + (state >> 28);
        u8::try_from(tone)
            .map(|tone| [tone, 255 - tone, tone / 2])
            .expect("a tone")
    });
    let (tones, mut jpeg) = (tones.collect::<Vec<u8>>(), Vec::new());
    let encoder = jpeg_encoder::Encoder::new(&mut jpeg, 90);
    encoder
        .encode(&tones, width, height, jpeg_encoder::ColorType::Rgb)
        .expect("a JPEG");
    jpeg
}

/// Takes outputs and keeps nothing.
struct Nowhere;

impl Outputs for Nowhere {
    fn create(&mut self, _: OutputMeta) -> io::Result<Box<dyn Sink + '_>> {
        Ok(Box::new(Self))
    }

    fn discard(&mut self, _: Option<usize>) -> io::Result<()> {
        Ok(())
    }
}

impl Write for Nowhere {
    fn write(&mut self, block: &[u8]) -> io::Result<usize> {
        divan::black_box(block);
        Ok(block.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Sink for Nowhere {
    fn finish(self: Box<Self>) -> io::Result<()> {
        Ok(())
    }
}

fn steps(list: &Value) -> Vec<Step> {
    parse(list, "").expect("right steps")
}

fn measure(bencher: Bencher<'_, '_>, picture: &'static [u8], list: &[Step]) {
    let size = header(Cursor::new(picture)).expect("a picture");
    let limits = Limits {
        threads: 1,
        ..Limits::default()
    };
    let bytes = picture.len() as u64;
    bencher
        .counter(ItemsCount::new(
            u64::from(size.width) * u64::from(size.height),
        ))
        .bench_local(|| {
            let open = move || Ok(Box::new(Cursor::new(picture)) as Box<dyn Read + Send>);
            let mut inputs = [Input {
                attributes: Attributes::default(),
                name: "picture".to_owned(),
                size: Some(bytes),
                open: Box::new(open),
            }];
            let ended = run(
                list,
                &mut inputs,
                &mut Nowhere,
                &limits,
                &Monitor::new(bytes),
            );
            assert!(ended.is_ok_and(|reports| reports[0].result.is_ok()));
        });
}

/// Decoding, and what is quickest of all dithering.
#[divan::bench]
fn decode(bencher: Bencher<'_, '_>) {
    let list = steps(&json!([
        {"op": "dither", "algorithm": "bayer", "levels": 2, "format": "raw"}
    ]));
    measure(bencher, jpeg(), &list);
}

/// The same, and a writer: what it takes longer than decoding is the writer.
#[divan::bench(args = ["png", "gif", "bmp"])]
fn write(bencher: Bencher<'_, '_>, format: &str) {
    let list = steps(&json!([
        {"op": "dither", "algorithm": "bayer", "levels": 2, "format": format}
    ]));
    measure(bencher, jpeg(), &list);
}

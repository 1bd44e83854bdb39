//! Whose fault it is when something fails: the input's, the surroundings' or ours.
#![cfg(feature = "codecs")]

mod kit;

use std::io::{self, Read, Write};

use ::png::ColorType;
use filittle_transform::{
    Attributes, Error, Input, Limits, Monitor, OutputMeta, Outputs, Sink, run,
};
use kit::{input, png, scene, steps, work, work_within};
use serde_json::json;

#[test]
fn a_picture_step_on_an_archive_fails_all_that_are_in_it() {
    let good = png(8, 8, ColorType::Rgb, &scene(8, 8, 3));
    for step in [
        json!({"op": "dither"}),
        json!({"op": "resize", "width": 4}),
        json!({"op": "convert", "format": "png"}),
    ] {
        for format in ["zip", "zstd"] {
            let list = json!([{"op": "compress", "format": format}, step]);
            let inputs = vec![input("a.png", good.clone()), input("b.txt", "text")];
            let done = work(list, inputs);
            assert_eq!(
                done.codes(),
                ["unsupported-media-type"; 2],
                "{format} {step}"
            );
            assert_eq!(done.made, 0);
        }
    }
}

#[test]
fn what_failed_before_the_archive_keeps_its_own_error() {
    let good = png(8, 8, ColorType::Rgb, &scene(8, 8, 3));
    let inputs = vec![input("a.png", ""), input("b.png", good)];
    let list = json!([{"op": "dither"}, {"op": "compress", "format": "zip"}, {"op": "dither"}]);
    assert_eq!(
        work(list, inputs).codes(),
        ["empty-file", "unsupported-media-type"]
    );
}

#[test]
fn a_source_that_ends_early_within_an_archive_is_the_surroundings_fault() {
    for list in [
        json!([{"op": "compress", "format": "zip"}]),
        json!([{"op": "compress", "format": "zip"}, {"op": "compress"}]),
    ] {
        // Longer than what is looked at before the archive is begun.
        let mut short = input("a", vec![b'a'; 300 << 10]);
        short.size = Some(1 << 20);
        let ended = work_within(&Limits::default(), list, vec![short]).err();
        let Some(Error::Environment(error)) = ended else {
            panic!("{ended:?}")
        };
        assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof);
    }
}

/// Takes some bytes, a few at a time and often interrupted, and then fails.
struct Failing(usize);

impl Outputs for Failing {
    fn create(&mut self, _: OutputMeta) -> io::Result<Box<dyn Sink + '_>> {
        Ok(Box::new(FailingSink {
            left: self.0,
            interrupted: false,
        }))
    }

    fn discard(&mut self, _: Option<usize>) -> io::Result<()> {
        Ok(())
    }
}

struct FailingSink {
    left: usize,
    interrupted: bool,
}

impl Write for FailingSink {
    fn write(&mut self, block: &[u8]) -> io::Result<usize> {
        self.interrupted = !self.interrupted;
        if self.interrupted {
            return Err(io::ErrorKind::Interrupted.into());
        }
        if self.left == 0 {
            return Err(io::ErrorKind::StorageFull.into());
        }
        let count = block.len().min(self.left).min(1000);
        self.left -= count;
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Sink for FailingSink {
    fn finish(self: Box<Self>) -> io::Result<()> {
        Ok(())
    }
}

/// Every way to write, one codec each.
fn every_codec() -> Vec<serde_json::Value> {
    vec![
        json!([{"op": "compress"}]),
        json!([{"op": "compress", "format": "gzip"}]),
        json!([{"op": "compress", "format": "zip"}]),
        json!([{"op": "compress", "format": "zip"}, {"op": "compress", "format": "gzip"}]),
        json!([{"op": "dither"}]),
        json!([{"op": "dither", "levels": 200}]),
        json!([{"op": "convert", "format": "png"}]),
        json!([{"op": "convert", "format": "jpeg"}]),
        json!([{"op": "dither"}, {"op": "compress", "format": "zip"}]),
    ]
}

#[test]
fn an_output_that_fails_is_the_surroundings_fault_with_every_codec() {
    let photo = png(300, 300, ColorType::Rgb, &scene(300, 300, 3));
    for room in [0, 100, 5000] {
        for list in every_codec() {
            let mut inputs = [input("a", photo.clone())];
            let monitor = Monitor::new(inputs[0].size.expect("a size"));
            let ended = run(
                &steps(list.clone()),
                &mut inputs,
                &mut Failing(room),
                &Limits::default(),
                &monitor,
            );
            let Err(Error::Environment(error)) = ended else {
                panic!("{list} {room}: {ended:?}")
            };
            assert_eq!(error.kind(), io::ErrorKind::StorageFull, "{list} {room}");
        }
    }
}

#[test]
fn an_input_that_fails_is_the_surroundings_fault_with_every_codec() {
    let photo = png(300, 300, ColorType::Rgb, &scene(300, 300, 3));
    for list in every_codec() {
        let (start, size) = (photo[..photo.len() / 2].to_vec(), photo.len() as u64);
        let open = move || {
            let broken = io::Cursor::new(start.clone()).chain(NoDisk);
            Ok(Box::new(broken) as Box<dyn Read + Send>)
        };
        let failing = Input {
            attributes: Attributes::default(),
            name: "a".to_owned(),
            size: Some(size),
            open: Box::new(open),
        };
        let ended = work_within(&Limits::default(), list.clone(), vec![failing]).err();
        let Some(Error::Environment(error)) = ended else {
            panic!("{list}: {ended:?}")
        };
        assert_eq!(error.kind(), io::ErrorKind::NetworkDown, "{list}");
    }
}

struct NoDisk;

impl Read for NoDisk {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        Err(io::ErrorKind::NetworkDown.into())
    }
}

#[test]
fn an_output_over_its_limit_is_too_large_with_every_codec() {
    let photo = png(300, 300, ColorType::Rgb, &scene(300, 300, 3));
    for list in every_codec() {
        let limits = Limits {
            output_bytes: 1000,
            ..Limits::default()
        };
        let done = work_within(&limits, list.clone(), vec![input("a", photo.clone())]);
        assert_eq!(done.expect("a run").codes(), ["output-too-large"], "{list}");
    }
}

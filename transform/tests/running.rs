//! Partial results, cancelling, progress, and memory that does not grow with the input.
#![cfg(feature = "codecs")]

mod kit;

use std::io::{self, Read};

use ::png::ColorType;
use filittle_transform::{Attributes, Error, Input, Limits, Monitor, run};
use kit::{Counted, input, png, scene, steps, work, work_within};
use serde_json::json;

/// A stream that is made while it is read, never stored. `at_block` is called before each read.
struct Generated<F> {
    left: u64,
    seed: u32,
    at_block: F,
}

impl<F: FnMut()> Read for Generated<F> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        (self.at_block)();
        let count = buffer
            .len()
            .min(usize::try_from(self.left).unwrap_or(usize::MAX));
        for byte in &mut buffer[..count] {
            self.seed = self
                .seed
                .wrapping_mul(1_664_525)
                .wrapping_add(1_013_904_223);
            *byte = self.seed.to_be_bytes()[0] & 15;
        }
        self.left -= count as u64;
        Ok(count)
    }
}

fn generated<F: FnMut() + Clone + Send + 'static>(size: u64, at_block: F) -> Input {
    let open = move || {
        let stream = Generated {
            left: size,
            seed: 1,
            at_block: at_block.clone(),
        };
        Ok(Box::new(stream) as Box<dyn Read + Send>)
    };
    Input {
        attributes: Attributes::default(),
        name: "stream".to_owned(),
        size: Some(size),
        open: Box::new(open),
    }
}

/// Peak resident memory of this process in bytes.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux");
    let line = status
        .lines()
        .find(|line| line.starts_with("VmHWM"))
        .expect("a peak");
    let kib: u64 = line
        .split_whitespace()
        .nth(1)
        .expect("a number")
        .parse()
        .expect("a number");
    kib << 10
}

#[test]
fn a_bad_input_sinks_only_itself() {
    let good = png(8, 8, ColorType::Rgb, &scene(8, 8, 3));
    let inputs = vec![
        input("a.png", good.clone()),
        input("b.png", "no picture"),
        input("c.png", good),
    ];
    let done = work(json!([{"op": "dither"}]), inputs);
    assert_eq!(done.codes(), ["", "unsupported-media-type", ""]);
    assert_eq!(done.names(), ["a.png", "c.png"]);
    assert_eq!(done.files[1].0.item, Some(2));
}

#[test]
fn an_archive_has_the_inputs_that_did_not_fail() {
    let good = png(8, 8, ColorType::Rgb, &scene(8, 8, 3));
    let inputs = vec![input("a.png", "no picture"), input("b.png", good)];
    let done = work(
        json!([{"op": "dither"}, {"op": "compress", "format": "zip"}]),
        inputs,
    );
    assert_eq!(done.codes(), ["unsupported-media-type", ""]);
    let archive = zip::ZipArchive::new(io::Cursor::new(&done.files[0].1)).expect("a zip");
    let names: Vec<_> = archive
        .file_names()
        .map(|name| name.expect("UTF-8"))
        .collect();
    assert_eq!(names, ["b.png"]);
}

#[test]
fn a_picture_that_is_damaged_at_its_end_does_not_spoil_the_archive() {
    let good = png(64, 64, ColorType::Rgb, &scene(64, 64, 3));
    // Its header is good, and so are its first rows; its checksum at the end is not.
    let mut damaged = good.clone();
    let sum = damaged.len() - 13;
    damaged[sum] ^= 1;
    let inputs = vec![input("a.png", damaged), input("b.png", good)];
    let done = work(
        json!([{"op": "dither"}, {"op": "compress", "format": "zip"}]),
        inputs,
    );
    assert_eq!(done.codes(), ["damaged-picture", ""]);
    let archive = zip::ZipArchive::new(io::Cursor::new(&done.files[0].1)).expect("a zip");
    assert_eq!(archive.len(), 1);
}

#[test]
fn a_picture_that_is_damaged_at_its_end_does_not_keep_its_name() {
    let good = png(64, 64, ColorType::Rgb, &scene(64, 64, 3));
    let mut damaged = good.clone();
    let sum = damaged.len() - 13;
    damaged[sum] ^= 1;
    let inputs = vec![input("a.png", damaged), input("a.png", good)];
    let done = work(json!([{"op": "dither"}]), inputs);
    assert_eq!(done.codes(), ["damaged-picture", ""]);
    assert_eq!(done.names(), ["a.png"]);
}

#[test]
fn no_archive_is_made_when_all_inputs_failed() {
    let inputs = vec![input("a.png", "no"), input("b.png", "")];
    let done = work(
        json!([{"op": "dither"}, {"op": "compress", "format": "zip"}]),
        inputs,
    );
    assert_eq!(done.codes(), ["unsupported-media-type", "empty-file"]);
    assert_eq!((done.made, done.files.len()), (0, 0));
}

#[test]
fn two_outputs_of_a_run_never_have_the_same_name() {
    let good = png(8, 8, ColorType::Rgb, &scene(8, 8, 3));
    let inputs = vec![input("a.jpg", good.clone()), input("A.PNG", good)];
    let done = work(json!([{"op": "dither"}]), inputs);
    assert_eq!(done.names(), ["a.png", "A (2).PNG"]);
}

#[test]
fn cancelling_stops_within_a_block_and_finishes_nothing() {
    for format in ["zstd", "gzip", "zip"] {
        let (monitor, mut outputs) = (Monitor::new(1 << 30), Counted::default());
        let cancel = monitor.clone();
        let mut reads = 0;
        let stream = generated(1 << 30, move || {
            reads += 1;
            assert!(reads <= 5, "read on after the cancel");
            if reads == 5 {
                cancel.cancel();
            }
        });
        let list = steps(json!([{"op": "compress", "format": format}]));
        let ended = run(
            &list,
            &mut [stream],
            &mut outputs,
            &Limits::default(),
            &monitor,
        );
        assert!(matches!(ended, Err(Error::Cancelled)), "{format}");
        assert_eq!(outputs.finished, 0);
    }
}

#[test]
fn a_run_over_its_deadline_stops() {
    let limits = Limits {
        deadline: Some(std::time::Instant::now()),
        ..Limits::default()
    };
    let done = work_within(
        &limits,
        json!([{"op": "compress"}]),
        vec![input("a", "text")],
    );
    assert_eq!(done.expect("a run").codes(), ["deadline-exceeded"]);
}

#[test]
fn progress_never_goes_back_and_reaches_the_total() {
    let size = 3 << 20;
    let monitor = Monitor::new(2 * size);
    let watched = monitor.clone();
    let last = std::sync::Arc::new(std::sync::atomic::AtomicU64::new(0));
    let seen = std::sync::Arc::clone(&last);
    let stream = generated(size, move || {
        let done = watched.snapshot().done;
        assert!(done >= seen.swap(done, std::sync::atomic::Ordering::Relaxed));
    });
    let list = steps(json!([{"op": "compress"}]));
    let mut inputs = [stream, generated(size, || {})];
    run(
        &list,
        &mut inputs,
        &mut Counted::default(),
        &Limits::default(),
        &monitor,
    )
    .expect("a run");
    assert!(last.load(std::sync::atomic::Ordering::Relaxed) > size / 2);
    let end = monitor.snapshot();
    assert_eq!(
        (end.done, end.total, end.phase),
        (2 * size, 2 * size, "done")
    );
}

#[test]
fn progress_reaches_the_total_also_when_inputs_fail() {
    let done = work(
        json!([{"op": "dither"}]),
        vec![input("a", "no picture"), input("b", "")],
    );
    let end = done.monitor.snapshot();
    assert_eq!(end.done, end.total);
}

#[test]
fn a_large_stream_takes_no_more_memory_than_a_small_one() {
    let size = 300 << 20;
    for format in ["zstd", "zip"] {
        let list = steps(json!([{"op": "compress", "format": format, "level": 1}]));
        let before = peak();
        let (monitor, mut outputs) = (Monitor::new(size), Counted::default());
        let mut inputs = [generated(size, || {})];
        run(
            &list,
            &mut inputs,
            &mut outputs,
            &Limits::default(),
            &monitor,
        )
        .expect("a run");
        assert_eq!(outputs.finished, 1);
        assert!(outputs.written > size / 4, "{}", outputs.written);
        let grown = peak() - before;
        assert!(grown < 48 << 20, "{format}: {grown} bytes");
    }
}

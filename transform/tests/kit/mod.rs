//! Inputs, outputs and pictures for the tests.
#![allow(
    dead_code,
    unreachable_pub,
    clippy::allow_attributes,
    clippy::cast_possible_truncation,
    clippy::missing_panics_doc,
    clippy::needless_pass_by_value,
    clippy::type_complexity,
    reason = "each test binary uses another part of the kit"
)]

use std::{
    cell::RefCell,
    io::{self, Cursor, Read, Write},
    rc::Rc,
};

use filittle_steps::Step;
use filittle_transform::{
    Attributes, Error, Input, ItemReport, Limits, Monitor, OutputMeta, Outputs, Sink, run,
};
use serde_json::Value;

/// As a worker reads them: with what no submit takes any more, too.
pub fn steps(steps: Value) -> Vec<Step> {
    serde_json::from_value(steps).expect("right steps")
}

pub fn input(name: &str, bytes: impl Into<Vec<u8>>) -> Input {
    let bytes: Vec<u8> = bytes.into();
    let size = bytes.len() as u64;
    let open = move || Ok(Box::new(Cursor::new(bytes.clone())) as Box<dyn Read + Send>);
    Input {
        attributes: Attributes::default(),
        name: name.to_owned(),
        size: Some(size),
        open: Box::new(open),
    }
}

/// Finished outputs; what is dropped unfinished only counts.
#[derive(Default)]
pub struct Kept {
    pub files: Rc<RefCell<Vec<(OutputMeta, Vec<u8>)>>>,
    pub made: usize,
}

struct Keeping {
    meta: OutputMeta,
    bytes: Vec<u8>,
    files: Rc<RefCell<Vec<(OutputMeta, Vec<u8>)>>>,
}

impl Outputs for Kept {
    fn create(&mut self, meta: OutputMeta) -> io::Result<Box<dyn Sink + '_>> {
        self.made += 1;
        Ok(Box::new(Keeping {
            meta,
            bytes: Vec::new(),
            files: Rc::clone(&self.files),
        }))
    }

    fn discard(&mut self, item: Option<usize>) -> io::Result<()> {
        let kept = |(meta, _): &(OutputMeta, Vec<u8>)| meta.item != item;
        self.files.borrow_mut().retain(kept);
        Ok(())
    }
}

impl Write for Keeping {
    fn write(&mut self, block: &[u8]) -> io::Result<usize> {
        self.bytes.write(block)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Sink for Keeping {
    fn finish(self: Box<Self>) -> io::Result<()> {
        self.files.borrow_mut().push((self.meta, self.bytes));
        Ok(())
    }
}

/// Counts what it gets and keeps nothing.
#[derive(Default)]
pub struct Counted {
    pub written: u64,
    pub finished: u64,
    /// A run, and how far it was at each piece that it wrote.
    pub watched: Option<Monitor>,
    pub reached: Vec<u64>,
}

struct Counting<'a>(&'a mut Counted);

impl Outputs for Counted {
    fn create(&mut self, _: OutputMeta) -> io::Result<Box<dyn Sink + '_>> {
        Ok(Box::new(Counting(self)))
    }

    fn discard(&mut self, _: Option<usize>) -> io::Result<()> {
        Ok(())
    }
}

impl Write for Counting<'_> {
    fn write(&mut self, block: &[u8]) -> io::Result<usize> {
        self.0.written += block.len() as u64;
        let reached = self.0.watched.iter().map(|run| run.snapshot().done);
        self.0.reached.extend(reached);
        Ok(block.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Sink for Counting<'_> {
    fn finish(self: Box<Self>) -> io::Result<()> {
        self.0.finished += 1;
        Ok(())
    }
}

pub struct Done {
    pub reports: Vec<ItemReport>,
    pub files: Vec<(OutputMeta, Vec<u8>)>,
    pub made: usize,
    pub monitor: Monitor,
}

impl Done {
    pub fn names(&self) -> Vec<&str> {
        self.files
            .iter()
            .map(|(meta, _)| meta.name.as_str())
            .collect()
    }

    /// The stable code of each item's error, empty for none.
    pub fn codes(&self) -> Vec<&'static str> {
        self.reports
            .iter()
            .map(|r| r.result.as_ref().map_or_else(Error::code, |()| ""))
            .collect()
    }
}

pub fn work_within(limits: &Limits, list: Value, mut inputs: Vec<Input>) -> Result<Done, Error> {
    let monitor = Monitor::new(inputs.iter().filter_map(|input| input.size).sum());
    let mut kept = Kept::default();
    let reports = run(&steps(list), &mut inputs, &mut kept, limits, &monitor)?;
    let files = kept.files.take();
    Ok(Done {
        reports,
        files,
        made: kept.made,
        monitor,
    })
}

pub fn work(list: Value, inputs: Vec<Input>) -> Done {
    work_within(&Limits::default(), list, inputs).expect("the run ends well")
}

/// The bytes of the only output of the only input.
pub fn one(list: Value, name: &str, bytes: impl Into<Vec<u8>>) -> Vec<u8> {
    let done = work(list, vec![input(name, bytes)]);
    assert_eq!(done.codes(), [""], "{:?}", done.reports);
    done.files.into_iter().next().expect("an output").1
}

/// The code of the error of the only input.
pub fn code(list: Value, bytes: impl Into<Vec<u8>>) -> &'static str {
    let done = work(list, vec![input("x", bytes)]);
    assert!(done.files.is_empty(), "a failed input has no output");
    done.codes()[0]
}

/// A PNG of 8 bits a channel.
pub fn png(width: u32, height: u32, color: png::ColorType, data: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width, height);
    encoder.set_color(color);
    encoder.set_depth(png::BitDepth::Eight);
    let mut writer = encoder.write_header().expect("header");
    writer.write_image_data(data).expect("data");
    writer.finish().expect("end");
    bytes
}

/// A picture with gradients and some noise, the same each time.
pub fn scene(width: u32, height: u32, channels: u32) -> Vec<u8> {
    let mut seed = 1u32;
    let mut noise = move || {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (seed >> 27) as u8
    };
    let mut data = Vec::new();
    for y in 0..height {
        for x in 0..width {
            for channel in 0..channels {
                let tone = (x * (channel + 1) * 255 / width + y * 200 / height) % 256;
                data.push((tone as u8).saturating_add(noise()));
            }
        }
    }
    data
}

/// A decoded PNG: header, palette, and one sample or index a byte.
pub struct Decoded {
    pub width: u32,
    pub height: u32,
    pub color: png::ColorType,
    pub depth: u8,
    pub palette: Vec<[u8; 3]>,
    pub pixels: Vec<[u8; 3]>,
}

pub fn decoded(bytes: &[u8]) -> Decoded {
    let raw = png::Decoder::new(Cursor::new(bytes))
        .read_info()
        .expect("a PNG");
    let info = raw.info();
    let (width, height, color) = (info.width, info.height, info.color_type);
    let depth = info.bit_depth as u8;
    let palette = info
        .palette
        .as_deref()
        .unwrap_or_default()
        .as_chunks()
        .0
        .to_vec();
    let mut decoder = png::Decoder::new(Cursor::new(bytes));
    decoder.set_transformations(png::Transformations::normalize_to_color8());
    let mut reader = decoder.read_info().expect("a PNG");
    let mut data = vec![0; reader.output_buffer_size().expect("small")];
    reader.next_frame(&mut data).expect("pixels");
    let pixels = match reader.output_color_type().0 {
        png::ColorType::Grayscale => data.iter().map(|tone| [*tone; 3]).collect(),
        png::ColorType::GrayscaleAlpha => data.chunks_exact(2).map(|p| [p[0]; 3]).collect(),
        png::ColorType::Rgba => data.chunks_exact(4).map(|p| [p[0], p[1], p[2]]).collect(),
        _ => data.as_chunks().0.to_vec(),
    };
    Decoded {
        width,
        height,
        color,
        depth,
        palette,
        pixels,
    }
}

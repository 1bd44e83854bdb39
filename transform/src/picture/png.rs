use std::{
    io::{self, Cursor, Write},
    rc::Rc,
};

use png::{BitDepth, ColorType, DeflateCompression, Filter, Transformations};

use super::{Channels, Picture, Rows, Source, buffer, decode::same_size, exif};
use crate::{Error, PictureHeader, value::Work, watch::Watch};

/// What the decoder may allocate besides the pixels: a row, its window, and chunks such as EXIF.
const DECODER_BYTES: usize = 32 << 20;

/// Opens a PNG with 8 bits a channel, upright; palettes and grey of few bits are expanded. Of an
/// animation the first frame.
pub(super) fn open(
    bytes: Vec<u8>,
    header: &PictureHeader,
    work: &Work<'_>,
) -> Result<Source, Error> {
    let limits = png::Limits {
        bytes: DECODER_BYTES,
    };
    let turns_late = turns_late(&bytes);
    let mut decoder = png::Decoder::new_with_limits(Cursor::new(bytes), limits);
    decoder.set_transformations(Transformations::normalize_to_color8());
    // Text may inflate without limit, and profiles are not used.
    decoder.set_ignore_text_chunk(true);
    decoder.set_ignore_iccp_chunk(true);
    let reader = decoder.read_info().map_err(explain)?;
    let size = (reader.info().width, reader.info().height);
    same_size(header, size.0.into(), size.1.into())?;
    let channels = match reader.output_color_type().0 {
        ColorType::Grayscale => Channels::Gray,
        ColorType::GrayscaleAlpha => Channels::GrayAlpha,
        ColorType::Rgba => Channels::Rgba,
        ColorType::Rgb | ColorType::Indexed => Channels::Rgb,
    };
    let bytes = u64::from(size.0) * u64::from(size.1) * channels.count() as u64;
    if reader.output_buffer_size().map(|size| size as u64) != Some(bytes) {
        return Err(Error::bad(
            "damaged-picture",
            "the PNG has another number of channels",
        ));
    }
    if reader.info().interlaced || turns_late {
        return whole(reader, size, channels, work);
    }
    let orientation = orientation(&reader);
    let rows = PngRows {
        reader,
        size,
        channels,
        left: size.1,
        watch: Rc::clone(&work.watch),
    };
    Source::Rows(Box::new(rows)).upright(orientation)
}

type Reader = png::Reader<Cursor<Vec<u8>>>;

fn orientation(reader: &Reader) -> Option<u8> {
    let exif = reader.info().exif_metadata.as_deref();
    exif.and_then(exif::orientation)
}

/// Bytes before the first chunk.
const SIGNATURE: usize = 8;

/// Whether there is EXIF after the pixels: only then is known how they lie.
fn turns_late(png: &[u8]) -> bool {
    let mut rest = png.get(SIGNATURE..).unwrap_or_default();
    let mut seen_pixels = false;
    while let Some((&[l3, l2, l1, l0, kind @ ..], _)) = rest.split_first_chunk::<8>() {
        match &kind {
            b"IDAT" => seen_pixels = true,
            b"eXIf" if seen_pixels => return true,
            _ => {}
        }
        // Length, kind, data, checksum.
        let chunk = u64::from(u32::from_be_bytes([l3, l2, l1, l0])) + 12;
        let chunk = usize::try_from(chunk).unwrap_or(usize::MAX);
        rest = rest.get(chunk..).unwrap_or_default();
    }
    false
}

/// All pixels at once: those of an interlaced file come in seven passes, which the codec puts in
/// their places.
fn whole(
    mut reader: Reader,
    (width, height): (u32, u32),
    channels: Channels,
    work: &Work<'_>,
) -> Result<Source, Error> {
    let mut data = buffer(width, height, channels)?;
    if reader.info().interlaced {
        reader.next_frame(&mut data).map_err(explain)?;
    } else {
        let rows = data.chunks_exact_mut(width as usize * channels.count());
        for row in rows {
            work.watch.check()?;
            reader.read_row(row).map_err(explain)?;
        }
    }
    reader.finish().map_err(explain)?;
    let picture = Picture {
        width,
        height,
        channels,
        data,
    };
    let orientation = orientation(&reader);
    // With it goes the file.
    drop(reader);
    Source::Whole(picture).upright(orientation)
}

struct PngRows {
    reader: Reader,
    size: (u32, u32),
    channels: Channels,
    /// Rows to come.
    left: u32,
    watch: Rc<Watch>,
}

impl Rows for PngRows {
    fn size(&self) -> (u32, u32) {
        self.size
    }

    fn channels(&self) -> Channels {
        self.channels
    }

    fn read(&mut self, row: &mut [u8]) -> Result<(), Error> {
        self.watch.check()?;
        self.reader.read_row(row).map_err(explain)?;
        self.left = self.left.saturating_sub(1);
        if self.left == 0 {
            // Goes on to IEND: a file without it is truncated.
            self.reader.finish().map_err(explain)?;
        }
        Ok(())
    }
}

fn explain(error: png::DecodingError) -> Error {
    match error {
        png::DecodingError::IoError(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
            Error::bad("truncated-picture", "the PNG ends before its end chunk")
        }
        png::DecodingError::LimitsExceeded => Error::large(
            "picture-too-large",
            "the PNG holds more than its pixels may need",
        ),
        error => Error::bad("damaged-picture", format!("the PNG is damaged: {error}")),
    }
}

/// Bytes gathered before they become one IDAT chunk.
const CHUNK: usize = 32 << 10;

/// Writes a PNG of so many channels of 8 bits; `fill` writes its rows, one after the other. Few
/// colours are [written](super::write_indexed) in other ways.
pub(crate) fn write_png(
    out: &mut dyn Write,
    (width, height): (u32, u32),
    channels: Channels,
    fill: impl FnOnce(&mut dyn Write) -> Result<(), Error>,
) -> Result<(), Error> {
    let mut out = Remembering { out, failed: None };
    let mut unfilled = None;
    let written = encode(&mut out, (width, height), channels, |rows| {
        fill(rows).inspect_err(|error| {
            let again = error.again();
            unfilled = again.filter(Error::is_of_the_input);
        })
    });
    match (unfilled, out.failed) {
        // The codec writes on when it is dropped; what fails then is not why.
        (Some(error), _) => Err(error),
        (None, Some(error)) => Err(Error::of_codec(error)),
        (None, None) => written,
    }
}

/// The codec makes a mere text of some errors of its writer, so they are kept here.
struct Remembering<'a> {
    out: &'a mut dyn Write,
    failed: Option<io::Error>,
}

impl Remembering<'_> {
    fn kept<T>(&mut self, result: io::Result<T>) -> io::Result<T> {
        result.map_err(|error| {
            if error.kind() == io::ErrorKind::Interrupted {
                return error;
            }
            let failed = io::Error::other("the output failed");
            self.failed.get_or_insert(error);
            failed
        })
    }
}

impl Write for Remembering<'_> {
    fn write(&mut self, block: &[u8]) -> io::Result<usize> {
        let result = self.out.write(block);
        self.kept(result)
    }

    fn flush(&mut self) -> io::Result<()> {
        let result = self.out.flush();
        self.kept(result)
    }
}

fn encode(
    out: &mut Remembering<'_>,
    (width, height): (u32, u32),
    channels: Channels,
    fill: impl FnOnce(&mut dyn Write) -> Result<(), Error>,
) -> Result<(), Error> {
    let mut encoder = png::Encoder::new(out, width, height);
    encoder.set_color(color_type(channels));
    encoder.set_depth(BitDepth::Eight);
    encoder.set_deflate_compression(DeflateCompression::Level(4));
    encoder.set_filter(Filter::Adaptive);
    let mut writer = encoder.write_header().map_err(from_encoding)?;
    let mut rows = writer
        .stream_writer_with_size(CHUNK)
        .map_err(from_encoding)?;
    fill(&mut rows)?;
    rows.finish().map_err(from_encoding)?;
    writer.finish().map_err(from_encoding)
}

fn color_type(channels: Channels) -> ColorType {
    match channels {
        Channels::Gray => ColorType::Grayscale,
        Channels::GrayAlpha => ColorType::GrayscaleAlpha,
        Channels::Rgb => ColorType::Rgb,
        Channels::Rgba => ColorType::Rgba,
    }
}

fn from_encoding(error: png::EncodingError) -> Error {
    match error {
        png::EncodingError::IoError(error) => Error::of_codec(error),
        error => Error::Broken(error.to_string()),
    }
}

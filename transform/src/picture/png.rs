use std::io::{self, Cursor, Write};

use png::{BitDepth, ColorType, DeflateCompression, Filter, Transformations};

use super::{Channels, Picture, buffer, decode::same_size, exif};
use crate::{Error, PictureHeader, value::Work};

/// What the decoder may allocate besides the pixels: a row, its window, and chunks such as EXIF.
const DECODER_BYTES: usize = 32 << 20;

/// Decodes a PNG to 8 bits a channel, upright; palettes and grey of few bits are expanded. Of an
/// animation the first frame.
pub(super) fn decode(
    bytes: Vec<u8>,
    header: &PictureHeader,
    work: &Work<'_>,
) -> Result<Picture, Error> {
    let limits = png::Limits {
        bytes: DECODER_BYTES,
    };
    let mut decoder = png::Decoder::new_with_limits(Cursor::new(&bytes[..]), limits);
    decoder.set_transformations(Transformations::normalize_to_color8());
    // Text may inflate without limit, and profiles are not used.
    decoder.set_ignore_text_chunk(true);
    decoder.set_ignore_iccp_chunk(true);
    let mut reader = decoder.read_info().map_err(explain)?;
    same_size(
        header,
        reader.info().width.into(),
        reader.info().height.into(),
    )?;
    let channels = match reader.output_color_type().0 {
        ColorType::Grayscale => Channels::Gray,
        ColorType::GrayscaleAlpha => Channels::GrayAlpha,
        ColorType::Rgba => Channels::Rgba,
        ColorType::Rgb | ColorType::Indexed => Channels::Rgb,
    };
    let mut data = buffer(header.width, header.height, channels)?;
    if reader.output_buffer_size() != Some(data.len()) {
        return Err(Error::bad(
            "damaged-picture",
            "the PNG has another number of channels",
        ));
    }
    read_rows(&mut reader, &mut data, work)?;
    // Goes on to IEND: a file without it is truncated.
    reader.finish().map_err(explain)?;
    let orientation = reader
        .info()
        .exif_metadata
        .as_deref()
        .and_then(exif::orientation);
    drop(reader);
    drop(bytes);
    Picture {
        width: header.width,
        height: header.height,
        channels,
        data,
    }
    .upright(orientation)
}

type Reader<'a> = png::Reader<Cursor<&'a [u8]>>;

fn read_rows(reader: &mut Reader<'_>, data: &mut [u8], work: &Work<'_>) -> Result<(), Error> {
    if reader.info().interlaced {
        // Rows come in seven passes; the codec puts them in their places.
        return reader.next_frame(data).map(drop).map_err(explain);
    }
    let height = u64::from(reader.info().height);
    let stride = data.len() / usize::try_from(height).unwrap_or(usize::MAX).max(1);
    for (y, row) in (1..).zip(data.chunks_exact_mut(stride)) {
        work.watch.check()?;
        reader.read_row(row).map_err(explain)?;
        work.watch.advance(y, height);
    }
    Ok(())
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
    let written = encode(&mut out, (width, height), channels, fill);
    match out.failed {
        Some(error) => Err(Error::of_codec(error)),
        None => written,
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

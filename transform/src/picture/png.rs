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

/// How the rows of a PNG are laid out.
pub(crate) enum Layout<'a> {
    /// As many channels of 8 bits as the picture has.
    Full(Channels),
    /// Grey of 1, 2, 4 or 8 bits, of which one tone may be transparent.
    Gray { depth: u8, transparent: Option<u8> },
    /// Indices of 1, 2, 4 or 8 bits into a palette, of which one may be transparent.
    Indexed {
        depth: u8,
        colors: &'a [[u8; 3]],
        transparent: Option<u8>,
    },
}

/// Bytes gathered before they become one IDAT chunk.
const CHUNK: usize = 32 << 10;

/// Writes a PNG; `fill` writes its rows, packed, one after the other.
pub(crate) fn write_png(
    out: &mut dyn Write,
    (width, height): (u32, u32),
    layout: &Layout<'_>,
    fill: impl FnOnce(&mut dyn Write) -> Result<(), Error>,
) -> Result<(), Error> {
    let mut out = Remembering { out, failed: None };
    let written = encode(&mut out, (width, height), layout, fill);
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
    layout: &Layout<'_>,
    fill: impl FnOnce(&mut dyn Write) -> Result<(), Error>,
) -> Result<(), Error> {
    let mut encoder = png::Encoder::new(out, width, height);
    // Few colours have no gradients that a filter could predict: "none" is smaller and faster.
    let (color, depth, filter, deflate) = match *layout {
        Layout::Full(channels) => (color_type(channels), 8, Filter::Adaptive, 4),
        Layout::Gray { depth, transparent } => {
            if let Some(tone) = transparent {
                encoder.set_trns(vec![0, tone]);
            }
            (ColorType::Grayscale, depth, Filter::NoFilter, 1)
        }
        Layout::Indexed {
            depth,
            colors,
            transparent,
        } => {
            encoder.set_palette(colors.concat());
            if let Some(index) = transparent {
                // The alpha of each colour up to this one.
                let mut alphas = vec![u8::MAX; index.into()];
                alphas.push(0);
                encoder.set_trns(alphas);
            }
            (ColorType::Indexed, depth, Filter::NoFilter, 1)
        }
    };
    encoder.set_color(color);
    encoder.set_depth(bit_depth(depth));
    encoder.set_deflate_compression(DeflateCompression::Level(deflate));
    encoder.set_filter(filter);
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

fn bit_depth(bits: u8) -> BitDepth {
    match bits {
        1 => BitDepth::One,
        2 => BitDepth::Two,
        4 => BitDepth::Four,
        _ => BitDepth::Eight,
    }
}

fn from_encoding(error: png::EncodingError) -> Error {
    match error {
        png::EncodingError::IoError(error) => Error::of_codec(error),
        error => Error::Broken(error.to_string()),
    }
}

use std::io::{self, Write};

use filittle_dither::raw::{BitOrder, pack_row};

use super::{Indexed, PutRow, deflate::Deflate};
use crate::Error;

/// Bits of a pixel. The sections named here are those of PNG, third edition (11.2.1).
const DEPTHS: [u8; 4] = [1, 2, 4, 8];

/// Bytes gathered before they become one IDAT chunk.
const CHUNK: usize = 32 << 10;

/// The filter of each row: few colours have no gradients that another could predict (9.2).
const NO_FILTER: [u8; 1] = [0];

/// Written here and not by the codec, whose compression takes three times as long for more bytes.
pub(super) fn write(
    picture: &Indexed<'_>,
    out: &mut dyn Write,
    fill: impl FnOnce(&mut PutRow<'_>) -> Result<(), Error>,
) -> Result<(), Error> {
    let depth = picture.gray_bits.unwrap_or_else(|| picture.depth(&DEPTHS));
    head(picture, depth, out)?;
    let mut deflate = Deflate::new();
    let mut packed = Vec::new();
    fill(&mut |row| {
        deflate.write(&NO_FILTER);
        deflate.write(pack_row(row, depth, BitOrder::Msb, &mut packed));
        if deflate.ready().len() < CHUNK {
            return Ok(());
        }
        data(&mut deflate, out)
    })?;
    deflate.finish();
    data(&mut deflate, out)?;
    chunk(*b"IEND", &[], out).map_err(Error::of_codec)
}

/// All before the pixels: size and kind (11.2.1), the palette (11.2.2), and what is transparent
/// (11.3.1.1).
fn head(picture: &Indexed<'_>, depth: u8, out: &mut dyn Write) -> Result<(), Error> {
    let is_gray = picture.gray_bits.is_some();
    let mut header = side(picture.width)?.to_vec();
    header.extend(side(picture.height)?);
    // Grey or a palette; the only compression and filters there are; not interlaced.
    header.extend([depth, if is_gray { 0 } else { 3 }, 0, 0, 0]);
    let mut parts = vec![(*b"IHDR", header)];
    if !is_gray {
        parts.push((*b"PLTE", picture.table(picture.count()).concat()));
    }
    parts.extend(picture.transparent.map(|index| {
        // The one grey; or the alpha of each colour up to this one.
        let mut alphas = vec![u8::MAX; index.into()];
        alphas.push(0);
        (*b"tRNS", if is_gray { vec![0, index] } else { alphas })
    }));
    let mut write = || {
        out.write_all(b"\x89PNG\r\n\x1a\n")?;
        parts
            .iter()
            .try_for_each(|(kind, data)| chunk(*kind, data, out))
    };
    write().map_err(Error::of_codec)
}

fn side(pixels: u32) -> Result<[u8; 4], Error> {
    if pixels > i32::MAX.unsigned_abs() {
        return Err(Error::large(
            "too-many-pixels",
            "a side of a PNG has at most 2147483647 pixels",
        ));
    }
    Ok(pixels.to_be_bytes())
}

/// What is compressed so far (11.2.3).
fn data(deflate: &mut Deflate, out: &mut dyn Write) -> Result<(), Error> {
    chunk(*b"IDAT", deflate.ready(), out).map_err(Error::of_codec)?;
    deflate.take();
    Ok(())
}

/// Length, kind, data and checksum (5.3).
fn chunk(kind: [u8; 4], data: &[u8], out: &mut dyn Write) -> io::Result<()> {
    let len = u32::try_from(data.len()).map_err(|_| io::ErrorKind::InvalidInput)?;
    let mut checksum = crc32fast::Hasher::new();
    checksum.update(&kind);
    checksum.update(data);
    out.write_all(&len.to_be_bytes())?;
    out.write_all(&kind)?;
    out.write_all(data)?;
    out.write_all(&checksum.finalize().to_be_bytes())
}

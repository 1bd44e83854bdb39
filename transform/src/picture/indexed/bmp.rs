use std::io::{BufWriter, Read, Write};

use filittle_dither::raw::{BitOrder, pack_row};

use super::{Indexed, PutRow};
use crate::{Error, spool::Spooled, streams::BLOCK, value::Work};

/// Bits of a pixel that BITMAPINFOHEADER knows.
const DEPTHS: [u8; 3] = [1, 4, 8];

/// BITMAPFILEHEADER and BITMAPINFOHEADER.
const HEADERS: u32 = 14 + 40;

/// 72 dots an inch.
const PIXELS_PER_METRE: i32 = 2_835;

/// The rows wait in a temporary file: the lowest comes first, since not every reader takes others.
pub(super) fn write(
    picture: &Indexed<'_>,
    out: &mut dyn Write,
    work: &Work<'_>,
    fill: impl FnOnce(&mut PutRow<'_>) -> Result<(), Error>,
) -> Result<(), Error> {
    if picture.transparent.is_some() {
        return Err(Error::Broken("a BMP has no transparency".to_owned()));
    }
    let depth = picture.depth(&DEPTHS);
    let head = head(picture, depth)?;
    let stride = stride(picture.width, depth);
    let mut file = BufWriter::with_capacity(BLOCK, work.spool.create());
    let (mut packed, mut filled) = (Vec::new(), Vec::new());
    fill(&mut |row| {
        filled.clear();
        filled.extend_from_slice(pack_row(row, depth, BitOrder::Msb, &mut packed));
        filled.resize(stride, 0);
        file.write_all(&filled).map_err(Error::of_codec)
    })?;
    let file = file
        .into_inner()
        .map_err(|error| Error::of_codec(error.into_error()))?;
    out.write_all(&head).map_err(Error::of_codec)?;
    backwards(file, stride, out, work)
}

/// The headers and the table of colours.
fn head(picture: &Indexed<'_>, depth: u8) -> Result<Vec<u8>, Error> {
    let (width, height) = (i32::try_from(picture.width), i32::try_from(picture.height));
    let offset = HEADERS + (4 << depth);
    let pixels = pixel_bytes(picture.width, picture.height, depth);
    let (size, pixels) = (
        i32::try_from(pixels + u64::from(offset)),
        u32::try_from(pixels),
    );
    let (Ok(width), Ok(height), Ok(size), Ok(pixels)) = (width, height, size, pixels) else {
        return Err(Error::large("too-many-pixels", "a BMP has at most 2 GiB"));
    };
    let mut head = b"BM".to_vec();
    head.extend(size.to_le_bytes());
    head.extend([0; 4]);
    head.extend(offset.to_le_bytes());
    head.extend(40_u32.to_le_bytes());
    head.extend(width.to_le_bytes());
    head.extend(height.to_le_bytes());
    // One plane, so many bits, no compression.
    head.extend([1, 0, depth, 0, 0, 0, 0, 0]);
    head.extend(pixels.to_le_bytes());
    head.extend(PIXELS_PER_METRE.to_le_bytes());
    head.extend(PIXELS_PER_METRE.to_le_bytes());
    // All colours of the table, and none more important than others.
    head.extend([0; 8]);
    // The table is always full: small readers look for it so far before the pixels.
    let quads = picture.table(1 << depth);
    head.extend(quads.into_iter().flat_map(|[r, g, b]| [b, g, r, 0]));
    Ok(head)
}

/// Bytes of a row: whole groups of four.
fn stride(width: u32, depth: u8) -> usize {
    (width as usize * usize::from(depth)).div_ceil(32) * 4
}

/// Bytes of all rows.
pub(super) fn pixel_bytes(width: u32, height: u32, depth: u8) -> u64 {
    (stride(width, depth) as u64).saturating_mul(height.into())
}

/// The rows from the last to the first, many at once.
fn backwards(
    mut file: Spooled,
    stride: usize,
    out: &mut dyn Write,
    work: &Work<'_>,
) -> Result<(), Error> {
    let most = (BLOCK / stride).max(1) * stride;
    let mut block = vec![0; most];
    let mut left = file.len();
    while left > 0 {
        work.watch.check()?;
        let count = usize::try_from(left).unwrap_or(most).min(most);
        left -= count as u64;
        let rows = &mut block[..count];
        file.go_to(left)?;
        file.read_exact(rows).map_err(Error::of_codec)?;
        for row in rows.rchunks_exact(stride) {
            out.write_all(row).map_err(Error::of_codec)?;
        }
    }
    Ok(())
}

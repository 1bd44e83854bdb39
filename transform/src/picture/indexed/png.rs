use std::io::Write;

use filittle_dither::raw::{BitOrder, pack_row};

use super::{Indexed, PutRow};
use crate::{
    Error,
    picture::{Layout, write_png},
};

/// Bits of a pixel (PNG, third edition, 11.2.1).
const DEPTHS: [u8; 4] = [1, 2, 4, 8];

pub(super) fn write(
    picture: &Indexed<'_>,
    out: &mut dyn Write,
    fill: impl FnOnce(&mut PutRow<'_>) -> Result<(), Error>,
) -> Result<(), Error> {
    let colors = picture.table(picture.count());
    let transparent = picture.transparent;
    let depth = picture.gray_bits.unwrap_or_else(|| picture.depth(&DEPTHS));
    let layout = if picture.gray_bits.is_some() {
        Layout::Gray { depth, transparent }
    } else {
        let colors = &colors;
        Layout::Indexed {
            depth,
            colors,
            transparent,
        }
    };
    let mut packed = Vec::new();
    write_png(out, (picture.width, picture.height), &layout, |rows| {
        fill(&mut |row| {
            let packed = pack_row(row, depth, BitOrder::Msb, &mut packed);
            rows.write_all(packed).map_err(Error::of_codec)
        })
    })
}

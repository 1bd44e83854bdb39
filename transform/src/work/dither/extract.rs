//! The colours that a picture is best shown in, as the dithering will see it.

use filittle_dither::{Transparency, extract::Extraction};

use crate::{
    Error,
    picture::{Channels, Picture, over},
    value::Work,
};

/// At most so many, 2 to 256. Of a picture that is wholly transparent black.
pub(super) fn colors(
    picture: &Picture,
    count: u16,
    gray: bool,
    transparency: Transparency,
    work: &Work<'_>,
) -> Result<Vec<[u8; 3]>, Error> {
    let mut extraction = Extraction::new(picture.width, picture.height, count);
    let mut row = Vec::with_capacity(picture.width as usize);
    for source in picture.rows() {
        work.watch.check()?;
        row.clear();
        let pixels = source.chunks_exact(picture.channels.count());
        row.extend(pixels.filter_map(|pixel| seen(pixel, picture.channels, transparency)));
        if gray {
            for color in &mut row {
                *color = [luma(*color); 3];
            }
        }
        extraction.row(&row);
    }
    let colors = extraction.finish();
    Ok(if colors.is_empty() {
        vec![[0; 3]]
    } else {
        colors
    })
}

/// The colour of a pixel, if it is to be seen.
fn seen(pixel: &[u8], channels: Channels, transparency: Transparency) -> Option<[u8; 3]> {
    let (color, alpha) = match (channels, pixel) {
        (Channels::Gray, &[tone]) => return Some([tone; 3]),
        (Channels::Rgb, &[r, g, b]) => return Some([r, g, b]),
        (Channels::GrayAlpha, &[tone, alpha]) => ([tone; 3], alpha),
        (Channels::Rgba, &[r, g, b, alpha]) => ([r, g, b], alpha),
        _ => return None,
    };
    match transparency {
        Transparency::Threshold(least) => (alpha >= least).then_some(color),
        Transparency::Background(back) => Some([0, 1, 2].map(|c| over(color[c], alpha, back[c]))),
    }
}

/// Of ITU-R BT.601, rounded.
fn luma([r, g, b]: [u8; 3]) -> u8 {
    let sum = u32::from(r) * 19_595 + u32::from(g) * 38_470 + u32::from(b) * 7_471;
    u8::try_from((sum + (1 << 15)) >> 16).unwrap_or(u8::MAX)
}

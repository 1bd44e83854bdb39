//! The colours that a picture is best shown in, as the dithering will see it.

use filittle_dither::{
    Transparency,
    extract::{Extraction, Visible},
};

use crate::{Error, picture::Picture, value::Work};

/// At most so many, 2 to 256. Of a picture that is wholly transparent black.
pub(super) fn colors(
    picture: &Picture,
    count: u16,
    gray: bool,
    transparency: Transparency,
    work: &Work<'_>,
) -> Result<Vec<[u8; 3]>, Error> {
    let mut extraction = Extraction::new(picture.width, picture.height, count);
    let mut visible = Visible::new(picture.channels.pixels(), gray, transparency);
    for source in picture.rows() {
        work.watch.check()?;
        extraction.row(visible.row(source));
    }
    let colors = extraction.finish();
    Ok(if colors.is_empty() {
        vec![[0; 3]]
    } else {
        colors
    })
}

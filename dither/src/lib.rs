#![doc = include_str!("../README.md")]
#![warn(missing_docs)]
#![expect(
    clippy::inline_always,
    reason = "inner loops are compiled for several kinds of processors, and must be so wholly"
)]
#![expect(
    clippy::needless_range_loop,
    reason = "lanes of several arrays go along with each other, and become vectors"
)]

mod choose;
#[doc(hidden)]
pub mod cpu;
pub mod devices;
mod diffuse;
mod ditherer;
mod every;
#[cfg(feature = "extract")]
pub mod extract;
mod flat;
mod frame;
mod hilbert;
mod kernel;
mod levels;
mod load;
mod metric;
mod nearest;
mod oklab;
mod options;
mod ordered;
pub mod palette_file;
pub mod palettes;
mod pattern;
pub mod raw;
mod riemersma;
mod thresholds;
#[doc(hidden)]
pub mod void_and_cluster;
mod working;

pub use ditherer::{Ditherer, Output};
pub use kernel::Kernel;
pub use load::over;
pub use options::{
    Algorithm, BadOptions, ColorSpace, Options, Pixels, Search, Tones, Transparency,
};
pub use thresholds::ThresholdMap;

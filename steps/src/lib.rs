#![doc = include_str!("../README.md")]
#![warn(missing_docs)]

mod chain;
mod choice;
mod color;
mod compress;
mod convert;
mod decompress;
pub mod devices;
mod dither;
mod fields;
mod guess;
mod inputs;
mod kind;
mod mistake;
mod parse;
mod part;
mod plan;
mod resize;
mod schema;
mod source;
mod step;
mod table;
mod texts;

pub use color::{BadColor, Color};
pub use compress::{Compress, CompressFormat, Level, ZipMember};
pub use convert::{Convert, ConvertFormat};
pub use decompress::Decompress;
pub use dither::{
    BitOrder, ColorSpace, Dither, DitherAlgorithm, DitherFormat, Layout, Raw, Search, Tones,
};
pub use guess::guess;
pub use inputs::{MAX_RESULTS, check_inputs};
pub use kind::Kind;
pub use mistake::Mistake;
pub use parse::{parse, parse_at_most, parse_each, parse_step};
pub use part::Part;
pub use plan::{MAX_WAYS, Plan, Start, Target, Way};
pub use resize::{Filter, Fit, Resize};
pub use source::Source;
pub use step::{Arity, Step};
pub use table::{LATER_OPS, OPS, Op, Param, op};
pub use texts::from_texts;

/// Most inputs of one job, if nobody says otherwise.
pub const MAX_INPUTS: usize = 1000;
/// Most steps of one job, if nobody says otherwise.
pub const MAX_STEPS: usize = 20;
/// The version of the step format, stored with every accepted job.
pub const SPEC_VERSION: i16 = 1;

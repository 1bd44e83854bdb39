#![doc = include_str!("../README.md")]
#![warn(missing_docs)]

mod error;
#[cfg(feature = "codecs")]
mod files;
mod header;
mod limits;
mod monitor;
pub mod names;
mod sniff;

#[cfg(feature = "codecs")]
mod memory;
#[cfg(feature = "codecs")]
mod notes;
#[cfg(feature = "codecs")]
mod picture;
#[cfg(feature = "codecs")]
mod run;
#[cfg(feature = "codecs")]
mod spool;
#[cfg(feature = "codecs")]
mod streams;
#[cfg(feature = "codecs")]
mod value;
#[cfg(feature = "codecs")]
mod watch;
#[cfg(feature = "codecs")]
mod work;

pub use error::Error;
pub use header::{PictureFormat, PictureHeader, header};
pub use limits::{Admit, Limits};
pub use monitor::{Entered, Monitor, PHASES, Progress};
pub use sniff::{SNIFF_BYTES, sniff};

#[cfg(feature = "codecs")]
pub use {
    files::{Input, ItemReport, Open, OutputMeta, Outputs, Sink},
    filittle_pack::Attributes,
    memory::memory_needed,
    run::run,
    work::compress::level,
    work::decompress::{Archive, archive},
};

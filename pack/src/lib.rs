#![doc = include_str!("../README.md")]
#![warn(missing_docs)]

mod blocks;
mod check;
mod container;
mod decoder;
mod deflate;
mod encoder;
mod entry;
mod fault;
mod format;
mod gzip;
mod memory;
mod packing;
mod pool;
pub mod read;
mod records;
mod tar;
mod untar;
mod unzip;
pub mod write;
mod zip;
mod zstd;

pub use container::Container;
pub use encoder::Settings;
pub use entry::{ArchiveLimits, Attributes, Entry, EntryKind};
pub use fault::Fault;
pub use format::{Format, SNIFF_BYTES};
pub use memory::{decoder_memory, encoder_memory, zip_memory};
pub use tar::TarWriter;
pub use untar::{TarContent, TarReader};
pub use unzip::{ZipContent, ZipReader};
pub use zip::{Method, ZipSettings, ZipWriter};

/// The earliest time that a zip knows, 1980-01-01: what stands there when a file has no time, so that
/// the bytes depend on the content alone. In seconds since 1970.
pub(crate) const EARLIEST: i64 = 315_532_800;

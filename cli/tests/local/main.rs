//! The steps on local files, by the real binary.

mod bench;
mod commands;
mod dithering;
mod kit;
mod large;
mod lists;
mod packing;
mod piping;
#[cfg(target_os = "linux")]
mod signals;
mod unpacking;

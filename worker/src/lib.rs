#![doc = include_str!("../README.md")]

mod attempt;
mod budget;
mod contents;
mod cpu;
mod keeper;
pub mod notify;
mod pool;
mod running;
mod told;
mod verdict;

pub use pool::{Pool, Settings};

//! What the whole service promises: the real binary, on a data folder of its own, over real HTTP.
#![expect(clippy::unwrap_used, reason = "in a test an unwrap is a failure")]

mod answer;
mod bombs;
mod client;
mod crash;
mod demo;
mod disk;
mod dithering;
mod documents;
mod generate;
mod lifecycle;
mod logs;
mod mails;
mod memory;
mod packed;
mod rebuild;
mod service;
mod spans;
mod stopped;
mod times;
mod traces;

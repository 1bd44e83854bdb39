//! What is written is read back by other readers.

mod kit;
mod reading;
mod stopping;

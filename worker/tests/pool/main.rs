//! The pool, its lease and the notifier on a whole application without HTTP.
#![expect(clippy::unwrap_used, reason = "in a test an unwrap is a failure")]

mod attempts;
mod bad_inputs;
mod faults;
mod figures;
mod mails;
mod rooms;
mod slots;
mod smtp;
mod world;

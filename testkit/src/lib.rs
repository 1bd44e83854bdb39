#![doc = include_str!("../README.md")]
#![expect(
    clippy::missing_panics_doc,
    reason = "every part of the kit panics when it cannot do its work; the README says so once"
)]

mod binaries;
mod certificate;
mod chrome;
mod collector;
mod exposition;
mod fault_proxy;
mod flaky_http;
mod haproxy;
mod held_port;
pub mod hostile;
mod kept;
mod naughty;
mod objects;
mod pgbouncer;
pub mod pictures;
mod png_file;
mod port;
mod postgres;
mod process;
mod redis;
mod smtp;
mod tools;

pub use binaries::binary;
pub use certificate::Certificate;
pub use chrome::{ChromeDriver, axe};
pub use collector::{Collector, Posted};
pub use exposition::Exposition;
pub use fault_proxy::{Fault, FaultProxy};
pub use flaky_http::FlakyHttp;
pub use haproxy::Haproxy;
pub use held_port::HeldPort;
pub use naughty::naughty_strings;
pub use objects::{ObjectServer, TestBucket};
pub use pgbouncer::PgBouncer;
pub use port::free_port;
pub use postgres::{Postgres, TestDatabase};
pub use process::Process;
pub use redis::Redis;
pub use rustix::process::Signal;
pub use smtp::{SmtpServer, Taken};

use std::path::Path;

/// The folder of a migration as the next release may have it, for PostgreSQL.
pub fn next_release() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/next_release"))
}

//! What more than one kind of process is told, read in the same way.

use std::net::SocketAddr;
use std::time::Duration;

use filittle_common::accounts::address;

use crate::listen;
use crate::mistakes::{Mistakes, present};

/// Where HTTP is served, on this machine alone if not said.
pub fn listen(mistakes: &mut Mistakes, value: Option<String>) -> Option<SocketAddr> {
    mistakes.read("FILITTLE_LISTEN", value, "127.0.0.1:8080", listen::address)
}

/// Where probes are answered; nowhere, if not said.
pub fn probe_listen(mistakes: &mut Mistakes, value: Option<String>) -> Option<SocketAddr> {
    let address = present(value)?;
    mistakes.read("FILITTLE_PROBE_LISTEN", Some(address), "", listen::address)
}

/// Jobs at a time: one for each processor, if not said.
pub fn concurrency(mistakes: &mut Mistakes, value: Option<String>) -> Option<usize> {
    let processors = std::thread::available_parallelism().map_or(1, usize::from) as u64;
    let default = processors.min(256);
    let jobs = mistakes.number("FILITTLE_CONCURRENCY", value, default, 1..=256)?;
    usize::try_from(jobs).ok()
}

/// Bytes that all work together may have decoded at a time.
pub fn memory_bytes(mistakes: &mut Mistakes, value: Option<String>) -> Option<u64> {
    let mib = mistakes.number("FILITTLE_MEMORY_MIB", value, 192, 16..=1 << 20)?;
    Some(mib << 20)
}

/// The address of the first account, when one is given.
pub fn admin_email(mistakes: &mut Mistakes, value: Option<String>) -> Option<String> {
    let email = present(value)?;
    mistakes.read("FILITTLE_ADMIN_EMAIL", Some(email), "", address)
}

/// Whether everybody may make an account.
pub fn is_open(mistakes: &mut Mistakes, value: Option<String>) -> Option<bool> {
    mistakes.read("FILITTLE_REGISTRATION", value, "open", |text| match text {
        "open" => Ok(true),
        "closed" => Ok(false),
        _ => Err("must be open or closed".into()),
    })
}

/// How long what runs may still take at the end.
pub fn drain(mistakes: &mut Mistakes, value: Option<String>) -> Option<Duration> {
    let seconds = mistakes.number("FILITTLE_DRAIN_SECONDS", value, 20, 0..=3600)?;
    Some(Duration::from_secs(seconds))
}

/// What links begin with; none when it is not said or wrong.
pub fn public_url(mistakes: &mut Mistakes, value: Option<String>) -> Option<String> {
    let url = present(value)?;
    mistakes.read("FILITTLE_PUBLIC_URL", Some(url), "", listen::public_url)
}

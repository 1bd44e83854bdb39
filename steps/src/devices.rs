//! The panels that `device` may name: those that come with the program, and those that whoever runs
//! it has described.

use std::sync::OnceLock;

use filittle_dither::devices as shipped;
pub use filittle_dither::devices::{BadDevice, Device, Ink, MAX_BYTES, Output, parse};

static OWN: OnceLock<Vec<Device>> = OnceLock::new();

/// Adds devices of one's own, once in a process and before anything is parsed. One that is called
/// as a shipped one takes its place.
///
/// # Errors
/// The devices, when there are some of one's own already.
pub fn add(devices: Vec<Device>) -> Result<(), Vec<Device>> {
    OWN.set(devices)
}

/// All of them: one's own first.
pub fn all() -> impl Iterator<Item = &'static Device> {
    let own = OWN.get().map(Vec::as_slice).unwrap_or_default();
    let replaced = move |device: &&Device| own.iter().any(|other| other.name == device.name);
    let shipped = shipped::devices()
        .iter()
        .filter(move |device| !replaced(device));
    own.iter().chain(shipped)
}

/// The device of that name.
pub fn device(name: &str) -> Option<&'static Device> {
    all().find(|device| device.name == name)
}

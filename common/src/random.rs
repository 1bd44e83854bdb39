//! The only place that asks for randomness.

use aws_lc_rs::rand::fill;
use chrono::{DateTime, Utc};
use uuid::{Builder, Uuid};

/// `N` bytes from the system's generator.
///
/// # Panics
/// When the system has no randomness, where nothing secret could be made.
pub fn bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    #[expect(clippy::disallowed_methods, reason = "this is the place")]
    fill(&mut bytes).expect("the system gives random bytes");
    bytes
}

/// A UUIDv7 (RFC 9562) of the given time.
pub fn uuid_v7(now: DateTime<Utc>) -> Uuid {
    let millis = u64::try_from(now.timestamp_millis()).unwrap_or(0);
    Builder::from_unix_timestamp_millis(millis, &bytes()).into_uuid()
}

/// A UUIDv4: nothing in it can be guessed.
pub fn uuid_v4() -> Uuid {
    Builder::from_random_bytes(bytes()).into_uuid()
}

/// 16 digits that no other process has: for names.
pub fn hex() -> String {
    format!("{:016x}", u64::from_le_bytes(bytes()))
}

/// A number from 0 up to, but without, 1.
pub fn fraction() -> f64 {
    f64::from(u32::from_le_bytes(bytes())) / (f64::from(u32::MAX) + 1.0)
}

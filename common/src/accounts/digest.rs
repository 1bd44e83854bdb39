//! What is kept of a secret that was shown once.

use aws_lc_rs::digest::{SHA256, digest};

/// SHA-256 in lower-case hexadecimal. Enough for 32 random bytes, which nobody can try out; not
/// for passwords.
pub(super) fn sha256_hex(text: &str) -> String {
    hex(digest(&SHA256, text.as_bytes()).as_ref())
}

/// Lower-case hexadecimal.
pub(super) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    let room = String::with_capacity(2 * bytes.len());
    bytes.iter().fold(room, |mut hex, byte| {
        // Writing to a String cannot fail.
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

//! API keys: `fl_` and base64url of 32 random bytes, a form that secret scanners can find.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::digest::sha256_hex;
use super::secret::Secret;
use crate::random;

const PREFIX: &str = "fl_";
/// Letters that tell keys apart in a list: 48 bits of 256 are given away.
const SHOWN: usize = PREFIX.len() + 8;

/// A key that was just made.
#[derive(Clone, Debug)]
pub struct NewApiKey {
    /// What is shown, once.
    pub text: Secret,
    /// Its first letters.
    pub prefix: String,
    /// What is kept.
    pub hash: String,
}

impl NewApiKey {
    /// Makes a key.
    pub fn random() -> Self {
        Self::of(&random::bytes::<32>())
    }

    /// The key of these bytes, which nobody else can guess.
    pub(super) fn of(bytes: &[u8]) -> Self {
        let text = format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(bytes));
        Self {
            prefix: text[..SHOWN].to_owned(),
            hash: sha256_hex(&text),
            text: Secret::new(text),
        }
    }
}

/// Whether a text has the form of a key.
pub(super) fn is_key(text: &str) -> bool {
    text.starts_with(PREFIX)
}

/// What is kept of a key that somebody sent. Looking it up by the hash needs no constant-time
/// comparison: who can choose the hash has the key.
pub(super) fn hash(text: &str) -> String {
    sha256_hex(text)
}

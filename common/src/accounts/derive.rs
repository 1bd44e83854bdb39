//! Many keys from one secret, by HKDF-SHA256 (RFC 5869).

use aws_lc_rs::hkdf::{HKDF_SHA256, KeyType, Prk, Salt};

use super::Secret;
use crate::error::{Error, Result};

/// Shorter secrets are refused: they are guessed, not remembered, so length costs nothing.
const SHORTEST: usize = 32;
/// Keeps our keys apart from what else somebody derives from the same secret.
const SALT: &[u8] = b"filittle keys, first form";

pub(super) struct Keys(Prk);

impl Keys {
    pub(super) fn of(secret: &Secret) -> Result<Self> {
        let secret = secret.expose().as_bytes();
        if secret.len() < SHORTEST {
            return Err(Error::Setup(format!(
                "the secret must have at least {SHORTEST} characters"
            )));
        }
        Ok(Self(Salt::new(HKDF_SHA256, SALT).extract(secret)))
    }

    /// The key with this name.
    pub(super) fn key(&self, name: &str) -> [u8; 32] {
        let mut key = [0; 32];
        let info = [name.as_bytes()];
        (self.0.expand(&info, Length))
            .and_then(|okm| okm.fill(&mut key))
            .expect("32 bytes are less than HKDF gives");
        key
    }
}

struct Length;

impl KeyType for Length {
    fn len(&self) -> usize {
        32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "0123456789abcdef0123456789abcdef";

    #[test]
    fn each_name_has_its_key_and_each_secret_its_keys() {
        let keys = Keys::of(&Secret::new(SECRET)).unwrap();
        let again = Keys::of(&Secret::new(SECRET)).unwrap();
        let other = Keys::of(&Secret::new(SECRET.to_uppercase())).unwrap();
        assert_eq!(keys.key("a"), again.key("a"));
        assert_ne!(keys.key("a"), keys.key("b"));
        assert_ne!(keys.key("a"), other.key("a"));
    }

    #[test]
    fn a_short_secret_is_refused() {
        assert!(Keys::of(&Secret::new(&SECRET[1..])).is_err());
    }
}

//! Tokens of verification mails: `flv_` and base64url of 32 random bytes. Only the hash is kept.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::TimeDelta;

use super::digest::sha256_hex;
use super::secret::Secret;
use crate::random;

const PREFIX: &str = "flv_";
const RANDOM_BYTES: usize = 32;

/// Shows that somebody reads the mails of an address.
#[derive(Clone, Debug)]
pub struct VerificationToken(Secret);

impl VerificationToken {
    /// How long a token waits for its use.
    pub const LIFE: TimeDelta = TimeDelta::hours(24);

    /// A new token.
    pub fn random() -> Self {
        let bytes = random::bytes::<RANDOM_BYTES>();
        Self(Secret::new(format!(
            "{PREFIX}{}",
            URL_SAFE_NO_PAD.encode(bytes)
        )))
    }

    /// A token that somebody sent; none when it does not have the form of one.
    pub fn parse(text: Secret) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD
            .decode(text.expose().strip_prefix(PREFIX)?)
            .ok()?;
        (bytes.len() == RANDOM_BYTES).then_some(Self(text))
    }

    /// What is shown, once.
    pub fn text(&self) -> &str {
        self.0.expose()
    }

    /// What is kept.
    pub fn hash(&self) -> String {
        sha256_hex(self.text())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_read_back_and_nonsense_is_not() {
        let token = VerificationToken::random();
        let read = VerificationToken::parse(Secret::new(token.text())).unwrap();
        assert_eq!(read.hash(), token.hash());
        for text in ["", "flv_", "flr_AAAA", "flv_%%%", "flv_AAAA"] {
            assert!(VerificationToken::parse(Secret::new(text)).is_none());
        }
    }
}

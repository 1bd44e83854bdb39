//! Refresh tokens: `flr_` and base64url(session id ‖ 32 random bytes). Only the hash is kept.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::TimeDelta;
use uuid::Uuid;

use super::digest::sha256_hex;
use super::secret::Secret;
use crate::ids::SessionId;
use crate::random;

const PREFIX: &str = "flr_";
const ID_BYTES: usize = 16;
const RANDOM_BYTES: usize = 32;

/// A refresh token and the family it belongs to.
#[derive(Clone, Debug)]
pub struct RefreshToken {
    session: SessionId,
    text: Secret,
}

impl RefreshToken {
    /// How long a token waits for its use.
    pub const LIFE: TimeDelta = TimeDelta::days(30);

    /// A new token of this family.
    pub fn new(session: SessionId) -> Self {
        let mut bytes = [0; ID_BYTES + RANDOM_BYTES];
        bytes[..ID_BYTES].copy_from_slice(session.0.as_bytes());
        bytes[ID_BYTES..].copy_from_slice(&random::bytes::<RANDOM_BYTES>());
        Self {
            session,
            text: Secret::new(format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(bytes))),
        }
    }

    /// A token that somebody sent; none when it does not have the form of one.
    pub fn parse(text: Secret) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD
            .decode(text.expose().strip_prefix(PREFIX)?)
            .ok()?;
        if bytes.len() != ID_BYTES + RANDOM_BYTES {
            return None;
        }
        let id = Uuid::from_slice(&bytes[..ID_BYTES]).ok()?;
        Some(Self {
            session: SessionId(id),
            text,
        })
    }

    /// The family.
    pub fn session(&self) -> SessionId {
        self.session
    }

    /// What is shown, once.
    pub fn into_text(self) -> Secret {
        self.text
    }

    /// What is kept.
    pub fn hash(&self) -> String {
        sha256_hex(self.text.expose())
    }

    /// Whether `kept` is the hash of this token.
    pub fn is(&self, kept: &str) -> bool {
        verify_slices_are_equal(self.hash().as_bytes(), kept.as_bytes()).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_read_back_with_its_family() {
        let token = RefreshToken::new(SessionId(random::uuid_v4()));
        let read = RefreshToken::parse(token.clone().into_text()).unwrap();
        assert_eq!(read.session(), token.session());
        assert!(read.is(&token.hash()));
    }

    #[test]
    fn what_is_no_token_is_none() {
        for text in ["", "flr_", "fl_abc", "flr_%%%", "flr_AAAA"] {
            assert!(RefreshToken::parse(Secret::new(text)).is_none(), "{text}");
        }
    }
}

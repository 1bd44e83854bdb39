//! Tokens of verification mails: `flv_` and what [`random_tokens`] have.

use chrono::TimeDelta;

use super::digest::sha256_hex;
use super::random_tokens;
use super::secret::Secret;

const PREFIX: &str = "flv_";

/// Shows that somebody reads the mails of an address.
#[derive(Clone, Debug)]
pub struct VerificationToken(Secret);

impl VerificationToken {
    /// How long a token waits for its use.
    pub const LIFE: TimeDelta = TimeDelta::hours(24);

    /// A new token.
    pub fn random() -> Self {
        Self(random_tokens::random(PREFIX))
    }

    /// A token that somebody sent; none when it does not have the form of one.
    pub fn parse(text: Secret) -> Option<Self> {
        random_tokens::has_form(&text, PREFIX).then_some(Self(text))
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

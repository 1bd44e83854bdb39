//! Tokens that sign in once: `flo_` and what [`random_tokens`] have. They stand behind the `#` of a
//! link, which browsers send to nobody.

use chrono::TimeDelta;

use super::digest::sha256_hex;
use super::random_tokens;
use super::secret::Secret;

const PREFIX: &str = "flo_";

/// Signs in once, as the account that it was made for.
#[derive(Clone, Debug)]
pub struct OneTimeToken(Secret);

impl OneTimeToken {
    /// How long a token waits for its use. It is printed for somebody who is there.
    pub const LIFE: TimeDelta = TimeDelta::minutes(15);

    /// A new token.
    pub fn random() -> Self {
        Self(random_tokens::random(PREFIX))
    }

    /// A token that somebody sent; none when it does not have the form of one.
    pub fn parse(text: Secret) -> Option<Self> {
        random_tokens::has_form(&text, PREFIX).then_some(Self(text))
    }

    /// The link to the first page of a service that is reached at `public_url`.
    pub fn link(&self, public_url: &str) -> String {
        format!("{public_url}/#token={}", self.text())
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

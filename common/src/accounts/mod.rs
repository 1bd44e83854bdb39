//! Passwords, tokens, keys and links.
//!
//! Secrets of the service are three keys: the seed of the one that signs access tokens, that of
//! signed links, and that of fingerprints of requests. One process keeps them as files in its data
//! folder, many derive them from one secret. Everything else that opens something is random, shown
//! once, and kept as a hash.

mod access_tokens;
mod api_keys;
mod authenticate;
mod derive;
mod digest;
mod key_files;
mod links;
mod one_time_tokens;
mod passwords;
mod random_tokens;
mod refresh_tokens;
mod requests;
pub(crate) mod rules;
mod secret;
mod verification_tokens;
mod views;

use std::path::Path;
use std::sync::Arc;

pub use access_tokens::{AccessTokens, Jwk, Jwks};
pub use api_keys::NewApiKey;
pub use authenticate::Credentials;
pub use links::{Link, Links, Target};
pub use one_time_tokens::OneTimeToken;
pub use passwords::{LONGEST_PASSWORD, Passwords, SHORTEST_PASSWORD};
pub use refresh_tokens::RefreshToken;
pub use requests::Requests;
pub use rules::address;
pub use secret::Secret;
pub use verification_tokens::VerificationToken;
pub use views::{AccountView, ApiKeyView, Tokens};

use crate::config::Config;
use crate::error::Result;
use crate::random;

/// Passwords, tokens, keys and links. Cheap to clone.
#[derive(Clone)]
pub struct Accounts {
    passwords: Passwords,
    access_tokens: Arc<AccessTokens>,
    links: Links,
    requests: Requests,
}

impl Accounts {
    /// With the keys in the folder `keys` of the data folder `dir`, which are made when there are
    /// none.
    pub fn open(dir: &Path, config: &Config) -> Result<Self> {
        let keys = dir.join("keys");
        Self::with_keys(
            &key_files::read_or_make(&keys, "access-tokens.ed25519")?,
            &key_files::read_or_make(&keys, "links.hmac")?,
            &key_files::read_or_make(&keys, "requests.hmac")?,
            &config.public_url,
        )
    }

    /// With keys derived from one secret of the operator: for many processes, which must all have
    /// the same. With another secret, sessions and signed links end.
    pub fn derived(secret: &Secret, config: &Config) -> Result<Self> {
        let keys = derive::Keys::of(secret)?;
        Self::with_keys(
            &keys.key("access-tokens.ed25519"),
            &keys.key("links.hmac"),
            &keys.key("requests.hmac"),
            &config.public_url,
        )
    }

    /// With keys that nobody keeps, for tests.
    pub fn ephemeral() -> Self {
        Self::with_keys(
            &random::bytes(),
            &random::bytes(),
            &random::bytes(),
            &Config::default().public_url,
        )
        .expect("random keys are good keys")
    }

    fn with_keys(
        token_seed: &[u8; 32],
        link_key: &[u8; 32],
        request_key: &[u8; 32],
        issuer: &str,
    ) -> Result<Self> {
        Ok(Self {
            passwords: Passwords::new()?,
            access_tokens: Arc::new(AccessTokens::new(token_seed, issuer)?),
            links: Links::new(link_key),
            requests: Requests::new(request_key),
        })
    }

    /// Hashes and compares passwords.
    pub fn passwords(&self) -> &Passwords {
        &self.passwords
    }

    /// Makes and checks access tokens.
    pub fn access_tokens(&self) -> &AccessTokens {
        &self.access_tokens
    }

    /// Signs and opens links.
    pub fn links(&self) -> &Links {
        &self.links
    }

    /// Tells requests apart that may be sent twice.
    pub fn requests(&self) -> &Requests {
        &self.requests
    }

    /// The public keys of our tokens.
    pub fn jwks(&self) -> &Jwks {
        self.access_tokens.jwks()
    }
}

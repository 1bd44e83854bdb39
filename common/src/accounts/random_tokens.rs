//! What tokens have in common that somebody is handed once: a prefix that says what they are, and
//! base64url of 32 random bytes. Only their hash is kept.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::secret::Secret;
use crate::random;

const RANDOM_BYTES: usize = 32;

/// A new token with this prefix.
pub(super) fn random(prefix: &str) -> Secret {
    let bytes = random::bytes::<RANDOM_BYTES>();
    Secret::new(format!("{prefix}{}", URL_SAFE_NO_PAD.encode(bytes)))
}

/// Whether a text has the form of a token with this prefix.
pub(super) fn has_form(text: &Secret, prefix: &str) -> bool {
    let bytes = text
        .expose()
        .strip_prefix(prefix)
        .and_then(|rest| URL_SAFE_NO_PAD.decode(rest).ok());
    bytes.is_some_and(|bytes| bytes.len() == RANDOM_BYTES)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_read_back_and_nonsense_is_not() {
        let token = random("flv_");
        assert!(has_form(&token, "flv_"));
        assert!(!has_form(&token, "flo_"));
        assert_ne!(token.expose(), random("flv_").expose());
        for text in ["", "flv_", "flr_AAAA", "flv_%%%", "flv_AAAA"] {
            assert!(!has_form(&Secret::new(text), "flv_"), "{text}");
        }
    }
}

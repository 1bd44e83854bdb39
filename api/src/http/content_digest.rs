//! `Content-Digest` of what comes in (RFC 9530): a dictionary of structured fields (RFC 9651) with
//! one byte sequence for each algorithm. We know `sha-256`; others are left alone.

use axum::http::HeaderMap;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use filittle_common::problem::Kind;

use super::hex;
use super::problem::{Refusal, Result};

/// The SHA-256 that a body is said to have, in lower-case hexadecimal.
///
/// # Errors
/// `bad-request` when it says one that is none.
pub(super) fn sha256_of(headers: &HeaderMap) -> Result<Option<String>> {
    let fields = headers.get_all("content-digest").iter();
    let mut found = None;
    for member in fields.flat_map(|field| field.as_bytes().split(|&byte| byte == b',')) {
        let member = std::str::from_utf8(member).unwrap_or_default().trim();
        if let Some(value) = member.strip_prefix("sha-256=") {
            found = Some(bytes(value).ok_or_else(wrong)?);
        }
    }
    Ok(found.map(|bytes| hex(&bytes)))
}

fn bytes(value: &str) -> Option<Vec<u8>> {
    let text = value.strip_prefix(':')?.strip_suffix(':')?;
    let bytes = STANDARD.decode(text).ok()?;
    (bytes.len() == 32).then_some(bytes)
}

fn wrong() -> Refusal {
    Refusal::of(
        Kind::BadRequest,
        "Content-Digest has sha-256 as 32 bytes of base64 between colons",
    )
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    const OF_NOTHING: &str = ":47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:";

    fn told(field: &str) -> Result<Option<String>, ()> {
        let value = HeaderValue::from_str(field).unwrap();
        let headers = HeaderMap::from_iter([("content-digest".parse().unwrap(), value)]);
        sha256_of(&headers).map_err(drop)
    }

    #[test]
    fn a_digest_is_found_among_others() {
        let expected = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        let among = format!("sha-512=:AAAA:, sha-256={OF_NOTHING}");
        assert_eq!(told(&among).unwrap().as_deref(), Some(expected));
        assert_eq!(told("sha-512=:AAAA:").unwrap(), None);
        assert!(sha256_of(&HeaderMap::new()).unwrap().is_none());
    }

    #[test]
    fn what_is_no_digest_is_refused() {
        for field in ["sha-256=", "sha-256=:AAAA:", "sha-256=x", "sha-256=:%:"] {
            assert!(told(field).is_err(), "{field}");
        }
    }
}

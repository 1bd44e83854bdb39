//! Entity tags and the conditions on them (RFC 9110, section 13). All our tags are strong.

use aws_lc_rs::digest::{SHA256, digest};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_MATCH, IF_NONE_MATCH};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use filittle_common::problem::Kind;
use serde::Serialize;

use super::problem::{Refusal, Result};

/// JSON with a tag of the thing's position and of these very bytes, or 304 when the caller has
/// just that.
pub(super) fn json(asked: &HeaderMap, position: i64, value: &impl Serialize) -> Result<Response> {
    let bytes = serde_json::to_vec(value)
        .map_err(|error| Refusal::of(Kind::Internal, format!("answer: {error}")))?;
    let hash = digest(&SHA256, &bytes);
    let hash = URL_SAFE_NO_PAD.encode(&hash.as_ref()[..16]);
    let tag = format!("\"{position}.{hash}\"");
    let about = [
        (ETAG, header_value(&tag)?),
        (CACHE_CONTROL, HeaderValue::from_static("private, no-cache")),
    ];
    if is_known(asked, &tag) {
        return Ok((StatusCode::NOT_MODIFIED, about).into_response());
    }
    let json = HeaderValue::from_static("application/json");
    Ok((about, [(CONTENT_TYPE, json)], bytes).into_response())
}

/// Whether a write may go on only at `position`: the position of a tag of [`json`] that `If-Match`
/// names. The rest of the tag does not count: it changes with the signature of a link, too.
pub(super) fn if_match(asked: &HeaderMap, position: i64) -> Result<Option<i64>> {
    let values = || {
        let all = asked.get_all(IF_MATCH).iter();
        all.map(|value| value.to_str().unwrap_or_default().trim())
    };
    if values().all(|value| value == "*") {
        return Ok(None);
    }
    let this = format!("\"{position}.");
    let is_named = values()
        .flat_map(tags)
        .any(|(weak, tag)| !weak && tag.starts_with(&this));
    if is_named {
        return Ok(Some(position));
    }
    Err(Refusal::of(
        Kind::PreconditionFailed,
        "it is not what If-Match names; get it again",
    ))
}

/// Whether `If-Match` is there and names something else than this whole tag.
pub(super) fn is_another(asked: &HeaderMap, tag: &str) -> bool {
    asked.contains_key(IF_MATCH) && !lists(asked, &IF_MATCH, tag, Comparison::Strong)
}

/// Whether `If-None-Match` says that the caller has this already.
pub(super) fn is_known(asked: &HeaderMap, tag: &str) -> bool {
    lists(asked, &IF_NONE_MATCH, tag, Comparison::Weak)
}

pub(super) fn header_value(text: &str) -> Result<HeaderValue> {
    HeaderValue::from_str(text)
        .map_err(|error| Refusal::of(Kind::Internal, format!("header: {error}")))
}

#[derive(Clone, Copy, PartialEq)]
enum Comparison {
    Strong,
    Weak,
}

fn lists(asked: &HeaderMap, name: &HeaderName, tag: &str, comparison: Comparison) -> bool {
    asked.get_all(name).iter().any(|value| {
        let value = value.to_str().unwrap_or_default().trim();
        value == "*"
            || tags(value)
                .any(|(weak, other)| other == tag && (comparison == Comparison::Weak || !weak))
    })
}

/// The tags of a list, each with its quotes, and whether it is weak. A comma may stand in a tag.
fn tags(list: &str) -> impl Iterator<Item = (bool, &str)> {
    let mut rest = list;
    std::iter::from_fn(move || {
        rest = rest.trim_start_matches([' ', '\t', ',']);
        let weak = rest.starts_with("W/");
        let opaque = if weak { &rest[2..] } else { rest };
        let end = opaque.strip_prefix('"')?.find('"')? + 2;
        let (tag, behind) = opaque.split_at(end);
        rest = behind;
        Some((weak, tag))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(name: HeaderName, value: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(name, HeaderValue::from_static(value))])
    }

    #[test]
    fn lists_of_tags() {
        let table = [
            ("\"a\"", true),
            ("\"b\"", false),
            ("*", true),
            ("\"b\", \"a\"", true),
            ("\"b\",W/\"a\"", true),
            ("\"x,\\\", \"a\"", true),
            ("\"a,b\"", false),
            ("a", false),
            ("\"a", false),
            ("", false),
        ];
        for (value, known) in table {
            assert_eq!(
                is_known(&asked(IF_NONE_MATCH, value), "\"a\""),
                known,
                "{value}"
            );
        }
        assert!(!is_known(&HeaderMap::new(), "\"a\""));
    }

    #[test]
    fn writes_compare_strongly() {
        assert!(!is_another(&HeaderMap::new(), "\"a\""));
        assert!(!is_another(&asked(IF_MATCH, "\"a\""), "\"a\""));
        assert!(!is_another(&asked(IF_MATCH, "*"), "\"a\""));
        assert!(is_another(&asked(IF_MATCH, "W/\"a\""), "\"a\""));
        assert!(is_another(&asked(IF_MATCH, "\"b\""), "\"a\""));
    }

    #[test]
    fn a_write_goes_on_at_the_position_that_was_seen() {
        let of = |value| if_match(&asked(IF_MATCH, value), 12).ok();
        assert_eq!(of("\"12.abc\""), Some(Some(12)));
        assert_eq!(of("\"11.abc\", \"12.xyz\""), Some(Some(12)));
        assert_eq!(of("*"), Some(None));
        for other in [
            "\"1.abc\"",
            "\"123.abc\"",
            "W/\"12.abc\"",
            "12",
            "\"12\"",
            "",
        ] {
            assert_eq!(of(other), None, "{other}");
        }
        assert_eq!(if_match(&HeaderMap::new(), 12).ok(), Some(None));
    }
}

//! Fields of the heads of answers.

use axum::http::{HeaderName, header};
use serde_json::{Map, Value, json};

use super::super::idempotency;
use super::super::prefer::{self, LONGEST};

pub(super) const CONTENT_DIGEST: HeaderName = HeaderName::from_static("content-digest");
pub(super) const RATE_LIMIT: HeaderName = HeaderName::from_static("ratelimit");
pub(super) const RATE_LIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
pub(super) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
pub(super) const TRACE: HeaderName = HeaderName::from_static("traceparent");

/// Each with what it says.
static ALL: [(HeaderName, &str); 20] = [
    (header::ACCEPT_RANGES, "That parts can be asked for"),
    (
        header::CACHE_CONTROL,
        "Who may keep the answer, and for how long",
    ),
    (
        CONTENT_DIGEST,
        "The SHA-256 of the whole content (RFC 9530)",
    ),
    (
        header::CONTENT_DISPOSITION,
        "What to do with the bytes, and what to call them",
    ),
    (
        header::CONTENT_ENCODING,
        "How the content is packed, for the client to unpack it",
    ),
    (
        header::CONTENT_LOCATION,
        "Where the same bytes can be had again",
    ),
    (
        header::CONTENT_RANGE,
        "Which part it is, and of how many bytes",
    ),
    (
        header::CONTENT_SECURITY_POLICY,
        "What a browser may do with it",
    ),
    (
        header::ETAG,
        "The strong tag of what is shown, for `If-None-Match` and `If-Match`",
    ),
    (
        header::LINK,
        "What belongs to it (RFC 8288): `next` part of a list, `job` of a result",
    ),
    (header::LOCATION, "Where the new thing is"),
    (prefer::APPLIED, "What of `Prefer` was heard (RFC 7240)"),
    (
        RATE_LIMIT,
        "How many tries, or places for jobs, are left, and when there is another (draft-ietf-httpapi-ratelimit-headers)",
    ),
    (
        RATE_LIMIT_POLICY,
        "How many tries there are in which time, or places for jobs",
    ),
    (
        header::REFERRER_POLICY,
        "That the address, which is a secret, does not travel on",
    ),
    (header::RETRY_AFTER, "After how many seconds to come again"),
    (TRACE, "The trace of the request (W3C Trace Context)"),
    (header::VARY, "Which fields of the request chose the form"),
    (header::WWW_AUTHENTICATE, "How to sign in"),
    (REQUEST_ID, "The id under which the log has the request"),
];

/// All of them, for the components of the document.
pub(super) fn all() -> Map<String, Value> {
    let described = ALL.iter().map(|(name, about)| {
        let mut header = json!({"description": about, "schema": schema(name)});
        // Of every answer.
        if [TRACE, REQUEST_ID].contains(name) {
            header["required"] = true.into();
        }
        (name.to_string(), header)
    });
    described.collect()
}

/// A header of an answer that is always, or sometimes, there.
pub(super) fn of_answer(name: &HeaderName, is_always_there: bool) -> Value {
    if !is_always_there {
        return json!({"$ref": format!("#/components/headers/{name}")});
    }
    let about = ALL.iter().find(|(other, _)| other == name);
    let about = about.map(|(_, about)| *about).unwrap_or_default();
    json!({"description": about, "required": true, "schema": schema(name)})
}

fn schema(name: &HeaderName) -> Value {
    if *name == header::RETRY_AFTER {
        return json!({"type": "integer", "minimum": 0});
    }
    if *name == REQUEST_ID {
        return json!({"type": "string", "format": "uuid"});
    }
    let pattern = if *name == header::ETAG {
        "^\"[^\"]+\"$"
    } else if *name == TRACE {
        "^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$"
    } else if *name == CONTENT_DIGEST {
        "^sha-256=:[A-Za-z0-9+/]{43}=:$"
    } else if *name == header::CONTENT_RANGE {
        "^bytes (\\*|[0-9]+-[0-9]+)/[0-9]+$"
    } else {
        return json!({"type": "string"});
    };
    json!({"type": "string", "pattern": pattern})
}

/// `Idempotency-Key` of a request.
pub(super) fn idempotency_key() -> Value {
    json!({
        "name": idempotency::NAME, "in": "header",
        "description": "A text of your choice, of printable ASCII. The same key with the same request \
                        does nothing anew for a day, and is answered as before",
        "schema": {"type": "string", "minLength": 1, "maxLength": idempotency::LONGEST},
    })
}

/// `Prefer: wait=`.
pub(super) fn prefer_wait() -> Value {
    prefer(
        &format!("`wait=30` holds the answer until the job ends, at most {LONGEST} seconds"),
        "wait=0",
    )
}

/// `Prefer: wait=` or `respond-async`.
pub(super) fn prefer_async() -> Value {
    prefer(
        "`respond-async` is answered with the job at once; `wait=30` waits so long, not a minute",
        "respond-async",
    )
}

fn prefer(about: &str, example: &str) -> Value {
    json!({
        "name": "prefer", "in": "header", "description": about,
        "schema": {"type": "string"}, "example": example,
    })
}

/// `If-Match` of a write.
pub(super) fn if_match(of: &str) -> Value {
    let about = format!("Tags of which one must be that of {of}");
    asked(&header::IF_MATCH, &about)
}

/// A field of a request with a text.
pub(super) fn asked(name: &HeaderName, about: &str) -> Value {
    json!({
        "name": name.as_str(), "in": "header", "description": about, "schema": {"type": "string"},
    })
}

//! W3C Trace Context: whose trace a request is part of.

use axum::http::HeaderMap;
use filittle_common::random;

use super::hex;

/// Our place in a trace.
#[derive(Clone, Debug)]
pub(super) struct Trace {
    trace_id: String,
    span_id: String,
    flags: String,
}

impl Trace {
    /// The trace that the caller is in, or a new one.
    pub(super) fn of(headers: &HeaderMap) -> Self {
        let mut sent = headers.get_all("traceparent").iter();
        let only = sent.next().filter(|_| sent.next().is_none());
        let (trace_id, flags) = only
            .and_then(|value| parse(value.to_str().ok()?))
            .unwrap_or_else(|| (hex(&random::bytes::<16>()), "00".into()));
        Self {
            trace_id,
            span_id: hex(&random::bytes::<8>()),
            flags,
        }
    }

    pub(super) fn trace_id(&self) -> &str {
        &self.trace_id
    }
}

/// As `traceparent` for those we call, and for the caller.
impl std::fmt::Display for Trace {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "00-{}-{}-{}", self.trace_id, self.span_id, self.flags)
    }
}

/// Trace id and flags. A later version may have more fields behind; this one may not.
fn parse(value: &str) -> Option<(String, String)> {
    let mut fields = value.split('-');
    let mut field = |length| {
        let field = fields.next()?;
        let good = field.len() == length
            && (field.bytes()).all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        good.then_some(field)
    };
    let (version, trace_id, parent, flags) = (field(2)?, field(32)?, field(16)?, field(2)?);
    let is_zero = |field: &str| field.bytes().all(|byte| byte == b'0');
    let is_known = version == "00" && fields.next().is_none() || !matches!(version, "00" | "ff");
    (is_known && !is_zero(trace_id) && !is_zero(parent))
        .then(|| (trace_id.to_owned(), flags.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
    const PARENT: &str = "00f067aa0ba902b7";

    #[test]
    fn a_good_parent_gives_its_trace() {
        let (trace, flags) = parse(&format!("00-{TRACE}-{PARENT}-01")).unwrap();
        assert_eq!((trace.as_str(), flags.as_str()), (TRACE, "01"));
        assert!(parse(&format!("01-{TRACE}-{PARENT}-01-more")).is_some());
    }

    #[test]
    fn what_is_not_a_parent_begins_a_new_trace() {
        let bad = [
            String::new(),
            "00".into(),
            format!("00-{TRACE}-{PARENT}"),
            format!("00-{TRACE}-{PARENT}-01-more"),
            format!("ff-{TRACE}-{PARENT}-01"),
            format!("00-{}-{PARENT}-01", TRACE.to_uppercase()),
            format!("00-{}-{PARENT}-01", "0".repeat(32)),
            format!("00-{TRACE}-{}-01", "0".repeat(16)),
            format!("00-{TRACE}-{PARENT}-01\r\nx: y"),
        ];
        for bad in bad {
            assert!(parse(&bad).is_none(), "{bad:?}");
        }
    }
}

//! The `traceparent` of W3C Trace Context: a place in a trace.

use std::fmt;
use std::str::FromStr;

use opentelemetry::trace::{SpanContext, SpanId, TraceFlags, TraceId, TraceState};

use crate::random;

/// A place in a trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parent {
    trace: TraceId,
    span: SpanId,
    flags: TraceFlags,
}

/// It is none, and counts as not sent.
#[derive(Debug, PartialEq, Eq)]
pub struct NoParent;

impl Parent {
    /// A place of our own: in the trace of the one before us, or in a new one.
    pub fn fresh(before: Option<Self>) -> Self {
        Self {
            trace: before.map_or_else(
                || TraceId::from_bytes(random::bytes::<16>()),
                |before| before.trace,
            ),
            span: SpanId::from_bytes(random::bytes::<8>()),
            flags: before.map_or(TraceFlags::NOT_SAMPLED, |before| before.flags),
        }
    }

    pub(super) fn of(span: &SpanContext) -> Self {
        Self {
            trace: span.trace_id(),
            span: span.span_id(),
            flags: span.trace_flags(),
        }
    }

    pub(super) fn span_context(self) -> SpanContext {
        SpanContext::new(self.trace, self.span, self.flags, true, TraceState::NONE)
    }

    /// In which trace it is.
    pub fn trace_id(&self) -> impl fmt::Display + use<> {
        self.trace
    }
}

/// As it is sent.
impl fmt::Display for Parent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { trace, span, flags } = self;
        write!(f, "00-{trace}-{span}-{flags:02x}")
    }
}

/// A later version may have more fields behind; this one may not.
impl FromStr for Parent {
    type Err = NoParent;

    fn from_str(text: &str) -> Result<Self, NoParent> {
        let mut fields = text.split('-');
        let mut field = |length| {
            let field = fields.next().ok_or(NoParent)?;
            let good = field.len() == length
                && (field.bytes()).all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
            if good { Ok(field) } else { Err(NoParent) }
        };
        let (version, trace, span, flags) = (field(2)?, field(32)?, field(16)?, field(2)?);
        let is_known =
            version == "00" && fields.next().is_none() || !matches!(version, "00" | "ff");
        let parent = Self {
            trace: TraceId::from_hex(trace).map_err(|_| NoParent)?,
            span: SpanId::from_hex(span).map_err(|_| NoParent)?,
            flags: TraceFlags::new(u8::from_str_radix(flags, 16).map_err(|_| NoParent)?),
        };
        let is_place = parent.trace != TraceId::INVALID && parent.span != SpanId::INVALID;
        if is_known && is_place {
            Ok(parent)
        } else {
            Err(NoParent)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
    const PARENT: &str = "00f067aa0ba902b7";

    #[test]
    fn a_good_parent_gives_its_trace() {
        let text = format!("00-{TRACE}-{PARENT}-01");
        let parent: Parent = text.parse().unwrap();
        assert_eq!(parent.to_string(), text);
        assert_eq!(parent.trace_id().to_string(), TRACE);
        let own = Parent::fresh(Some(parent)).to_string();
        assert!(own.starts_with(&format!("00-{TRACE}-")), "{own}");
        assert!(own.ends_with("-01") && !own.contains(PARENT), "{own}");
        assert!(Parent::from_str(&format!("01-{TRACE}-{PARENT}-01-more")).is_ok());
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
            assert_eq!(Parent::from_str(&bad), Err(NoParent), "{bad:?}");
        }
    }
}

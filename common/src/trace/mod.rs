//! Traces: one from a request through the queue and the work to the mail.
//!
//! The place in a trace travels as a `traceparent`, in heads of requests, in rows and in events. Spans
//! are made only when they are sent somewhere; the composition root says where. They are made here and
//! not of the log's spans, because those hold what is for the operator's eyes: what a span may tell is
//! limited by [`Told`].

mod parent;

use std::borrow::Cow;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use futures_util::future::BoxFuture;
use opentelemetry::trace::{Span as _, Status, TraceContextExt, Tracer};
use opentelemetry::{Context, KeyValue, Value};
use opentelemetry_sdk::trace::{SdkTracer, Span as SdkSpan};
use uuid::Uuid;

pub use opentelemetry::trace::SpanKind;
pub use parent::Parent;

/// Where spans go: nowhere, if not said. Cheap to clone.
#[derive(Clone, Default)]
pub struct Traces(Option<Arc<Way>>);

struct Way {
    tracer: SdkTracer,
    flush: Flush,
}

/// Sends what waits.
type Flush = Box<dyn Fn() -> BoxFuture<'static, ()> + Send + Sync>;

/// Something that takes time, until this is dropped. Without a way for spans it is nothing.
#[derive(Default)]
pub struct Span(Option<SdkSpan>);

/// What a span may tell: no text of a user fits in.
pub enum Told {
    /// A word of the code.
    Word(&'static str),
    /// A count, a size, a status.
    Number(i64),
    /// An id of ours.
    Id(Uuid),
    /// The route of a request, with the names of its parameters.
    Route(String),
}

impl Traces {
    /// Spans of this tracer; `flush` sends those that wait.
    pub fn to(
        tracer: SdkTracer,
        flush: impl Fn() -> BoxFuture<'static, ()> + Send + Sync + 'static,
    ) -> Self {
        let flush = Box::new(flush);
        Self(Some(Arc::new(Way { tracer, flush })))
    }

    /// Whether spans go anywhere.
    pub fn is_on(&self) -> bool {
        self.0.is_some()
    }

    /// A span that begins now, in the trace of its parent or in a new one.
    pub fn begin(
        &self,
        kind: SpanKind,
        name: impl Into<Cow<'static, str>>,
        parent: Option<&Parent>,
    ) -> Span {
        self.make(kind, name.into(), parent, None)
    }

    /// A span that begins now in the trace of this `traceparent`; nothing without one.
    pub fn within(
        &self,
        kind: SpanKind,
        name: impl Into<Cow<'static, str>>,
        parent: Option<&str>,
    ) -> Span {
        match self.parent(parent) {
            Some(parent) => self.begin(kind, name, Some(&parent)),
            None => Span(None),
        }
    }

    /// Tells of something that is over.
    pub fn past(&self, name: &'static str, parent: Option<&str>, from: SystemTime, time: Duration) {
        if let Some(parent) = self.parent(parent) {
            let name = Cow::Borrowed(name);
            let span = self.make(SpanKind::Internal, name, Some(&parent), Some(from));
            if let Some(mut span) = span.0 {
                span.end_with_timestamp(from + time);
            }
        }
    }

    /// Sends what waits, for so long.
    pub async fn flush(&self, limit: Duration) {
        if let Some(way) = &self.0
            && tokio::time::timeout(limit, (way.flush)()).await.is_err()
        {
            tracing::warn!("the collector of traces does not answer; its last spans are dropped");
        }
    }

    fn parent(&self, traceparent: Option<&str>) -> Option<Parent> {
        self.0.as_ref()?;
        traceparent?.parse().ok()
    }

    fn make(
        &self,
        kind: SpanKind,
        name: Cow<'static, str>,
        parent: Option<&Parent>,
        from: Option<SystemTime>,
    ) -> Span {
        let Some(way) = &self.0 else {
            return Span(None);
        };
        let mut builder = way.tracer.span_builder(name).with_kind(kind);
        if let Some(from) = from {
            builder = builder.with_start_time(from);
        }
        // Nothing is taken from the thread, which may be in the middle of another request.
        let context = Context::new();
        let context = match parent {
            Some(parent) => context.with_remote_span_context(parent.span_context()),
            None => context,
        };
        Span(Some(builder.start_with_context(&way.tracer, &context)))
    }
}

impl Span {
    /// Adds what it tells.
    pub fn tell(&mut self, name: &'static str, told: impl Into<Told>) {
        if let Some(span) = &mut self.0 {
            span.set_attribute(KeyValue::new(name, Value::from(told.into())));
        }
    }

    /// It failed, with this code.
    pub fn failed(&mut self, code: &'static str) {
        self.tell("error.type", code);
        if let Some(span) = &mut self.0 {
            span.set_status(Status::error(code));
        }
    }

    /// Its place in the trace, for what it causes.
    pub fn place(&self) -> Option<Parent> {
        self.0.as_ref().map(|span| Parent::of(span.span_context()))
    }
}

impl From<&'static str> for Told {
    fn from(word: &'static str) -> Self {
        Self::Word(word)
    }
}

impl From<i64> for Told {
    fn from(number: i64) -> Self {
        Self::Number(number)
    }
}

impl From<u64> for Told {
    fn from(number: u64) -> Self {
        Self::Number(i64::try_from(number).unwrap_or(i64::MAX))
    }
}

impl From<Uuid> for Told {
    fn from(id: Uuid) -> Self {
        Self::Id(id)
    }
}

impl From<Told> for Value {
    fn from(told: Told) -> Self {
        match told {
            Told::Word(word) => word.into(),
            Told::Number(number) => number.into(),
            Told::Id(id) => id.to_string().into(),
            Told::Route(route) => route.into(),
        }
    }
}

//! Spans as a collector gets them.

use std::collections::BTreeMap;
use std::fmt::Write;

use filittle_testkit::{Collector, Posted};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::KeyValue;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message;

/// One span. Ids are in hexadecimal.
#[derive(Clone, Debug)]
pub(crate) struct Told {
    /// What the process is called.
    pub(crate) service: String,
    pub(crate) trace: String,
    pub(crate) id: String,
    /// Empty for the first of a trace.
    pub(crate) parent: String,
    pub(crate) name: String,
    pub(crate) attributes: BTreeMap<String, String>,
    /// In nanoseconds.
    pub(crate) time: (u64, u64),
}

impl Told {
    pub(crate) fn is(&self, attribute: &str, value: &str) {
        let told = self.attributes.get(attribute);
        assert_eq!(
            told.map(String::as_str),
            Some(value),
            "{attribute}: {self:?}"
        );
    }
}

/// All that has come, in its order.
pub(crate) fn spans(posted: &[Posted]) -> Vec<Told> {
    posted.iter().flat_map(read).collect()
}

/// All that has come, once this trace is there from the request to the mail.
pub(crate) fn whole_trace(collector: &Collector, trace: &str) -> Vec<Posted> {
    const PARTS: [&str; 5] = [
        "send mail",
        "POST /v1/jobs",
        "job attempt",
        "finish",
        "compressing",
    ];
    collector.until(|posted| {
        let spans = spans(posted);
        let has = |name: &str| spans.iter().any(|it| it.trace == trace && it.name == name);
        PARTS.into_iter().all(has)
    })
}

/// The only span of this name.
pub(crate) fn only<'s>(spans: &'s [Told], name: &str) -> &'s Told {
    let found: Vec<_> = spans.iter().filter(|span| span.name == name).collect();
    assert_eq!(found.len(), 1, "{name}: {spans:#?}");
    found[0]
}

fn read(posted: &Posted) -> Vec<Told> {
    assert!(
        posted.head.starts_with("POST /v1/traces HTTP/1.1\r\n"),
        "{}",
        posted.head
    );
    let request = ExportTraceServiceRequest::decode(&posted.body[..]).unwrap();
    let mut told = Vec::new();
    for of_process in request.resource_spans {
        let resource = texts(&of_process.resource.unwrap().attributes);
        for of_scope in of_process.scope_spans {
            let service = &resource["service.name"];
            told.extend(of_scope.spans.iter().map(|span| one(service, span)));
        }
    }
    told
}

fn one(service: &str, span: &Span) -> Told {
    Told {
        service: service.to_owned(),
        trace: hex(&span.trace_id),
        id: hex(&span.span_id),
        parent: hex(&span.parent_span_id),
        name: span.name.clone(),
        attributes: texts(&span.attributes),
        time: (span.start_time_unix_nano, span.end_time_unix_nano),
    }
}

fn texts(attributes: &[KeyValue]) -> BTreeMap<String, String> {
    let text = |attribute: &KeyValue| match attribute.value.clone()?.value? {
        Value::StringValue(text) => Some(text),
        Value::IntValue(number) => Some(number.to_string()),
        _ => None,
    };
    (attributes.iter())
        .filter_map(|attribute| Some((attribute.key.clone(), text(attribute)?)))
        .collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut hex, byte| {
        write!(hex, "{byte:02x}").unwrap();
        hex
    })
}

/// From the request to the mail, with the names of the processes that did it, in one trace: that of the
/// caller, if there is one.
pub(crate) fn is_one_trace(spans: &[Told], caller: (&str, &str), api: &str, worker: &str) {
    let spans: Vec<_> = (spans.iter())
        .filter(|span| span.trace == caller.0)
        .cloned()
        .collect();
    let request = only(&spans, "POST /v1/jobs");
    assert_eq!(request.parent, caller.1);
    request.is("http.request.method", "POST");
    request.is("http.route", "/v1/jobs");
    request.is("http.response.status_code", "202");
    let submit = only(&spans, "submit_job");
    let queued = only(&spans, "job queued");
    let attempt = only(&spans, "job attempt");
    attempt.is("messaging.destination.name", "bulk");
    attempt.is("filittle.job.op", "compress");
    attempt.is("filittle.job.state", "succeeded");
    let (work, finish) = (only(&spans, "compressing"), only(&spans, "finish"));
    let mail = only(&spans, "send mail");
    for (child, parent, service) in [
        (submit, request, api),
        (queued, submit, worker),
        (attempt, submit, worker),
        (work, attempt, worker),
        (finish, attempt, worker),
        (mail, attempt, worker),
    ] {
        assert_eq!(child.parent, parent.id, "{child:?} of {parent:?}");
        assert_eq!(child.service, service, "{child:?}");
        assert!(child.time.0 <= child.time.1, "{child:?}");
    }
    assert!(
        work.time.1 <= attempt.time.1 && finish.time.0 >= work.time.1,
        "{spans:#?}"
    );
    assert!(mail.time.0 >= finish.time.0, "{spans:#?}");
}

//! Spans, on their way to a collector: by OTLP over HTTP, in protobuf, where the variables of
//! OpenTelemetry say. Without an endpoint there are none.
//!
//! The queue is bounded, and what does not fit is dropped and counted: a collector that is slow or away
//! costs spans, and nothing else. The processor of the SDK would not tell how many it has dropped.

use std::time::Duration;

use filittle_common::metrics::{Dropped, Spans};
use filittle_common::trace::Traces;
use filittle_common::{Error, Result};
use opentelemetry::trace::TracerProvider;
use opentelemetry::{Context, KeyValue};
use opentelemetry_otlp::{SpanExporter, WithHttpConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{
    SdkTracerProvider, Span, SpanData, SpanExporter as _, SpanProcessor,
};
use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;

use crate::mistakes::present;

const ENDPOINT: &str = "OTEL_EXPORTER_OTLP_ENDPOINT";
const TRACES_ENDPOINT: &str = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT";

/// So many may wait,
const WAITING: usize = 2048;
/// so many go at once,
const BATCH: usize = 512;
/// and none waits for longer than that.
const GATHER: Duration = Duration::from_secs(1);
/// How long a collector may take to accept a connection.
const CONNECT: Duration = Duration::from_secs(5);

/// How long a request to it may take, if nobody says otherwise.
const REQUEST: Duration = Duration::from_secs(10);

/// Where the environment says that the spans of this process go. `name` is what the service is called
/// there, unless `OTEL_SERVICE_NAME` says otherwise.
///
/// # Errors
/// When an endpoint is given that is none.
///
/// # Panics
/// Outside of a tokio runtime.
pub fn from_environment(name: &'static str, spans: &Spans) -> Result<Traces> {
    let is_given = |name| present(std::env::var(name).ok()).is_some();
    let is_wanted = is_given(ENDPOINT) || is_given(TRACES_ENDPOINT);
    if !is_wanted || is("OTEL_SDK_DISABLED", "true") || is("OTEL_TRACES_EXPORTER", "none") {
        return Ok(Traces::default());
    }
    // Nothing of a wrong one is repeated: a password may stand in it.
    let wrong = |_| {
        Error::Setup(format!(
            "{ENDPOINT}: must be a URL such as http://host:4318"
        ))
    };
    let exporter = SpanExporter::builder()
        .with_http()
        .with_http_client(client()?)
        .build()
        .map_err(wrong)?;
    let (waiting, inbox) = mpsc::channel(WAITING);
    let (flushes, asked) = mpsc::channel(1);
    let outbox = Outbox {
        waiting,
        spans: spans.clone(),
    };
    let resource = resource(name);
    let sending = Sending {
        exporter,
        inbox,
        asked,
        spans: spans.clone(),
        is_away: false,
    };
    let provider = SdkTracerProvider::builder()
        .with_resource(resource.clone())
        .with_span_processor(outbox)
        .build();
    tokio::spawn(sending.run(resource));
    let tracer = provider.tracer("filittle");
    Ok(Traces::to(tracer, move || {
        let flushes = flushes.clone();
        Box::pin(async move {
            let (done, sent) = oneshot::channel();
            if flushes.send(done).await.is_ok() {
                // An error means that the task is gone, and nothing waits.
                drop(sent.await);
            }
        })
    }))
}

fn is(name: &str, value: &str) -> bool {
    std::env::var(name).is_ok_and(|said| said.trim().eq_ignore_ascii_case(value))
}

/// What the variables of OpenTelemetry say, and a name if they say none.
fn resource(name: &'static str) -> Resource {
    let said = |variable| std::env::var(variable).unwrap_or_default();
    let is_named = !said("OTEL_SERVICE_NAME").is_empty()
        || said("OTEL_RESOURCE_ATTRIBUTES").contains("service.name=");
    let version = KeyValue::new("service.version", env!("CARGO_PKG_VERSION"));
    let resource = Resource::builder().with_attribute(version);
    if is_named {
        resource.build()
    } else {
        resource.with_service_name(name).build()
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "it talks to the operator's collector only, for so long and no longer"
)]
fn client() -> Result<reqwest::Client> {
    reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(CONNECT)
        // The exporter limits only the requests of a client of its own.
        .timeout(limit())
        .build()
        .map_err(|error| Error::Setup(format!("{ENDPOINT}: {error}")))
}

/// How long a request to the collector may take.
fn limit() -> Duration {
    let said = |name| std::env::var(name).ok()?.trim().parse().ok();
    said("OTEL_EXPORTER_OTLP_TRACES_TIMEOUT")
        .or_else(|| said("OTEL_EXPORTER_OTLP_TIMEOUT"))
        .map_or(REQUEST, Duration::from_millis)
}

/// Where spans go that have ended. It never waits.
#[derive(Debug)]
struct Outbox {
    waiting: mpsc::Sender<SpanData>,
    spans: Spans,
}

impl SpanProcessor for Outbox {
    fn on_start(&self, _: &mut Span, _: &Context) {}

    fn on_end(&self, span: SpanData) {
        if self.waiting.try_send(span).is_err() {
            self.spans.dropped(Dropped::Full, 1);
        }
    }

    /// By [`Traces::flush`], which can wait without holding up a thread.
    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
        Ok(())
    }
}

/// Hands spans over, a batch at a time.
struct Sending {
    exporter: SpanExporter,
    inbox: mpsc::Receiver<SpanData>,
    asked: mpsc::Receiver<oneshot::Sender<()>>,
    spans: Spans,
    is_away: bool,
}

impl Sending {
    async fn run(mut self, resource: Resource) {
        self.exporter.set_resource(&resource);
        let mut batch = Vec::with_capacity(BATCH);
        loop {
            let asked = tokio::select! {
                count = self.inbox.recv_many(&mut batch, BATCH) => {
                    if count == 0 {
                        return;
                    }
                    self.gather(&mut batch).await
                }
                Some(done) = self.asked.recv() => Some(done),
            };
            self.send(&mut batch).await;
            if let Some(done) = asked {
                self.send_all(&mut batch).await;
                // Who asked may have gone.
                let _ = done.send(());
            }
        }
    }

    /// Waits for more, but not for long, and not while somebody asks for the end.
    async fn gather(&mut self, batch: &mut Vec<SpanData>) -> Option<oneshot::Sender<()>> {
        let more = async {
            while batch.len() < BATCH {
                let room = BATCH - batch.len();
                tokio::select! {
                    count = self.inbox.recv_many(batch, room) => if count == 0 { break },
                    done = self.asked.recv() => return done,
                }
            }
            None
        };
        timeout(GATHER, more).await.unwrap_or_default()
    }

    async fn send_all(&mut self, batch: &mut Vec<SpanData>) {
        while let Ok(span) = self.inbox.try_recv() {
            batch.push(span);
            if batch.len() == BATCH {
                self.send(batch).await;
            }
        }
        self.send(batch).await;
    }

    async fn send(&mut self, batch: &mut Vec<SpanData>) {
        let count = batch.len();
        if count == 0 {
            return;
        }
        let batch = std::mem::replace(batch, Vec::with_capacity(BATCH));
        match self.exporter.export(batch).await {
            Ok(()) => {
                self.spans.exported(count);
                self.is_away = false;
            }
            Err(error) => {
                self.spans.dropped(Dropped::Failed, count);
                // Once: it may be away for long.
                if !std::mem::replace(&mut self.is_away, true) {
                    tracing::warn!(%error, "the collector of traces takes no spans; they are dropped");
                }
            }
        }
    }
}

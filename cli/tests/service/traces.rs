//! What a collector of traces is told, and what it is never told.

use filittle_testkit::{Collector, Exposition, Signal, free_port};
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};
use tempfile::tempdir;

use crate::answer::Send;
use crate::client::Client;
use crate::logs::everything;
use crate::service::{Service, serve};
use crate::spans::{is_one_trace, only, spans, whole_trace};
use crate::times::{LONG, until};

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const CALLER: &str = "00f067aa0ba902b7";

/// A form with a file and a job that wants a mail, as part of the caller's trace.
async fn submit(client: &Client, trace: &str, flags: &str) -> Value {
    let file = Part::bytes(&b"some text, some text"[..]).file_name("canary-name.txt");
    let job = json!({"steps": [{"op": "compress"}], "notify": {"email": true}});
    let form = Form::new().text("job", job.to_string()).part("file", file);
    let post = client
        .request(reqwest::Method::POST, "/v1/jobs")
        .multipart(form);
    let post = post.header("traceparent", format!("00-{trace}-{CALLER}-{flags}"));
    post.answer().await.is(202).json()
}

#[tokio::test(flavor = "multi_thread")]
async fn one_request_is_one_trace_up_to_the_mail() {
    let (data, collector) = (tempdir().unwrap(), Collector::start());
    let mut command = serve(data.path());
    command
        .env("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url())
        .env("OTEL_EXPORTER_OTLP_HEADERS", "x-token=let-me-in");
    let (service, client) = Service::first(command);
    // A caller that is not sampled is told of nowhere, and its job neither.
    let unsampled = TRACE.replace('4', "5");
    client
        .succeeded(&submit(&client, &unsampled, "00").await)
        .await;
    client.succeeded(&submit(&client, TRACE, "01").await).await;
    client.get("/livez").answer().await.is(200);
    let posted = whole_trace(&collector, TRACE);
    assert!(
        posted
            .iter()
            .all(|it| it.head.contains("x-token: let-me-in")),
        "{posted:?}"
    );
    let told = spans(&posted);
    is_one_trace(&told, (TRACE, CALLER), "filittle", "filittle");
    assert!(told.iter().all(|span| span.trace != unsampled), "{told:#?}");
    assert!(
        told.iter().all(|span| !span.name.contains("livez")),
        "{told:#?}"
    );
    let metrics = client.get("/metrics").answer().await.is(200);
    let metrics = Exposition::read(std::str::from_utf8(&metrics.body).unwrap());
    assert!(metrics.value("filittle_spans_exported_total") >= 7.0);
    service.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_spans_go_out_before_the_end() {
    let (data, collector) = (tempdir().unwrap(), Collector::start());
    let mut command = serve(data.path());
    command.env("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url());
    let (service, client) = Service::first(command);
    let answer = client.get("/v1/limits").answer().await.is(200);
    service.stop();
    let told = spans(&collector.until(|posted| !posted.is_empty()));
    let request = only(&told, "GET /v1/limits");
    assert_eq!(request.parent, "");
    let sent = answer.headers["traceparent"].to_str().unwrap();
    assert_eq!(sent, format!("00-{}-{}-01", request.trace, request.id));
}

#[tokio::test(flavor = "multi_thread")]
async fn no_secret_and_no_text_of_a_user_is_in_what_is_told() {
    let (data, collector) = (tempdir().unwrap(), Collector::start());
    let mut command = serve(data.path());
    command.env("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url());
    let service = Service::run(command);
    let secrets = everything(&service).await;
    service.process.signal(Signal::INT);
    service.process.wait(LONG);
    let posted = collector.until(|posted| !posted.is_empty());
    let told = spans(&posted);
    assert!(
        told.iter().any(|span| span.name == "job attempt"),
        "{told:#?}"
    );
    assert!(
        told.iter()
            .filter(|span| span.name.contains("/v1/"))
            .count()
            > 30
    );
    for (what, secret) in &secrets {
        for it in &posted {
            let whole = [it.head.as_bytes(), &it.body].concat();
            let is_there = whole
                .windows(secret.len())
                .any(|part| part == secret.as_bytes());
            assert!(!is_there, "the {what} is told to the collector");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_collector_that_is_away_changes_nothing() {
    let data = tempdir().unwrap();
    let mut command = serve(data.path());
    let nowhere = format!("http://127.0.0.1:{}", free_port());
    command.env("OTEL_EXPORTER_OTLP_ENDPOINT", nowhere);
    let (service, client) = Service::first(command);
    client.succeeded(&submit(&client, TRACE, "01").await).await;
    until("what was dropped is told", async || {
        let answer = client.get("/metrics").answer().await.is(200);
        let told = Exposition::read(std::str::from_utf8(&answer.body).unwrap());
        let dropped = told.value("filittle_spans_dropped_total{reason=\"failed\"}");
        let exported = told.value("filittle_spans_exported_total");
        (dropped >= 7.0).then(|| assert!(exported < 1.0, "{exported}"))
    })
    .await;
    let status = service.interrupt();
    assert!(status.success(), "{status}");
    let lines = service.process.errors();
    let warned = lines
        .iter()
        .filter(|line| line.contains("collector of traces"));
    assert_eq!(warned.count(), 1, "{lines:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_endpoint_is_told_at_the_start() {
    let data = tempdir().unwrap();
    let mut command = serve(data.path());
    command.env("OTEL_EXPORTER_OTLP_ENDPOINT", "not a url with hush in it");
    let ended = command.output().unwrap();
    assert!(!ended.status.success(), "{ended:?}");
    let told = String::from_utf8_lossy(&ended.stderr);
    assert!(
        told.contains("OTEL_EXPORTER_OTLP_ENDPOINT: must be a URL"),
        "{told}"
    );
    assert!(!told.contains("hush"), "{told}");
}

//! One trace through the processes of a cluster.

use filittle_testkit::{Collector, Exposition};
use reqwest::multipart::{Form, Part};
use serde_json::json;

use crate::answer::Send;
use crate::client::Client;
use crate::spans::{is_one_trace, spans, whole_trace};
use crate::world::{Replica, World};

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const CALLER: &str = "00f067aa0ba902b7";

#[tokio::test(flavor = "multi_thread")]
async fn a_request_to_one_process_the_work_of_another_and_the_mail_are_one_trace() {
    let (world, collector) = (World::new(), Collector::start());
    let endpoint = ("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url());
    let mut api = world.api_command();
    api.env(endpoint.0, &endpoint.1)
        .env("FILITTLE_PROBE_LISTEN", "127.0.0.1:0");
    let mut worker = world.worker_command();
    worker.env(endpoint.0, &endpoint.1);
    let api = Replica::start(api, "filittle listens on ");
    let worker = Replica::start(worker, "probes on ");
    let client = world.client(&api.url).await;

    let file = Part::bytes(&b"some text, some text"[..]).file_name("a.txt");
    let job = json!({"steps": [{"op": "compress"}], "notify": {"email": true}});
    let form = Form::new().text("job", job.to_string()).part("file", file);
    let post = client
        .request(reqwest::Method::POST, "/v1/jobs")
        .multipart(form);
    let post = post.header("traceparent", format!("00-{TRACE}-{CALLER}-01"));
    let job = post.answer().await.is(202).json();
    client.succeeded(&job).await;
    let posted = whole_trace(&collector, TRACE);
    let told = spans(&posted);
    is_one_trace(&told, (TRACE, CALLER), "filittle-api", "filittle-worker");

    let worker_told = figures(&worker.url).await;
    let api_told = figures(&api.url).await;
    let ended = "filittle_jobs_ended_total{state=\"succeeded\"}";
    assert_eq!(
        (worker_told.value(ended), api_told.value(ended)),
        (1.0, 0.0)
    );
    let mails = "filittle_mails_total{outcome=\"sent\"}";
    assert!((worker_told.value(mails) - 1.0).abs() < f64::EPSILON);
    let submitted = "filittle_jobs_submitted_total{lane=\"bulk\"}";
    assert!((api_told.value(submitted) - 1.0).abs() < f64::EPSILON);
    // Each tells how the queue is.
    for told in [&worker_told, &api_told] {
        assert!(told.has("filittle_jobs_waiting{lane=\"bulk\"}"));
        assert!((told.value("filittle_ready") - 1.0).abs() < f64::EPSILON);
    }
    assert!((worker_told.value("filittle_pool_slots") - 3.0).abs() < f64::EPSILON);
    let lines = api.process.output();
    let probes = lines
        .iter()
        .find_map(|line| line.strip_prefix("probes on "));
    figures(probes.expect("an address for probes")).await;
}

async fn figures(url: &str) -> Exposition {
    let answer = Client::new(url, "").bare(reqwest::Method::GET, "/metrics");
    let answer = answer.answer().await.is(200);
    Exposition::read(std::str::from_utf8(&answer.body).unwrap())
}

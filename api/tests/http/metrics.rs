//! What Prometheus is told, and who may ask.

use std::collections::BTreeSet;

use filittle_api::MetricsFor;
use filittle_testkit::Exposition;
use reqwest::Method;
use serde_json::json;

use crate::answer::{Answer, Send};
use crate::app::TestApp;

const DOCUMENT: &str = include_str!("../../../docs/metrics.md");
const RULES: &str = include_str!("../../../deploy/prometheus-rules.yml");

fn text(answer: &Answer) -> &str {
    std::str::from_utf8(&answer.body).unwrap()
}

async fn told(app: &TestApp) -> Exposition {
    let answer = app.get("/metrics").answer().await.is(200);
    Exposition::read(text(&answer))
}

/// Names that begin as ours do, wherever they stand in a text.
fn names(text: &str) -> BTreeSet<&str> {
    let is_of_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    text.split(|c| !is_of_name(c))
        .filter(|word| {
            ["filittle_", "process_"]
                .iter()
                .any(|begin| word.starts_with(begin))
        })
        .collect()
}

#[tokio::test]
async fn figures_have_the_type_that_prometheus_takes() {
    let app = TestApp::start().await;
    let answer = app.get("/metrics").answer().await.is(200);
    let media_type = answer.header("content-type");
    assert_eq!(media_type, "text/plain; version=0.0.4; charset=utf-8");
    assert_eq!(answer.header("cache-control"), "no-store");
    let told = Exposition::read(text(&answer));
    let version = env!("CARGO_PKG_VERSION");
    assert!(told.has(&format!("filittle_build_info{{version=\"{version}\"}}")));
    for part in ["database", "queue", "store"] {
        let up = told.value(&format!("filittle_part_up{{part=\"{part}\"}}"));
        assert!((up - 1.0).abs() < f64::EPSILON, "{part} is {up}");
    }
    assert!(told.value("process_resident_memory_bytes") > 1e6);
    assert!(told.value("process_open_fds") > 3.0);
}

#[tokio::test]
async fn requests_bytes_and_problems_are_counted() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let before = told(&app).await;
    let file = ada.file("a.txt", &[7; 3000]).await;
    let content = format!("/v1/files/{}/content", file["id"].as_str().unwrap());
    ada.get(&content).answer().await.is(200);
    ada.get("/v1/jobs/nothing").answer().await.is(404);
    let after = told(&app).await;
    let grew = |series: &str| after.value(series) - before.value(series);
    for (series, by) in [
        ("filittle_http_upload_bytes_total", 3000.0),
        ("filittle_http_download_bytes_total", 3000.0),
        ("filittle_http_problems_total{code=\"not-found\"}", 1.0),
        (
            "filittle_http_requests_total{method=\"POST\",route=\"/v1/files\",status=\"201\"}",
            0.0,
        ),
        (
            "filittle_http_requests_total{method=\"PUT\",route=\"/v1/files\",status=\"201\"}",
            1.0,
        ),
        (
            "filittle_http_requests_total{method=\"GET\",route=\"/v1/jobs/{id}\",status=\"404\"}",
            1.0,
        ),
        (
            "filittle_http_request_duration_seconds_count{method=\"GET\",route=\"/v1/files/{id}/content\"}",
            1.0,
        ),
        (
            "filittle_operations_total{operation=\"add_files\",outcome=\"ok\"}",
            1.0,
        ),
    ] {
        assert!(
            (grew(series) - by).abs() < f64::EPSILON,
            "{series} grew by {}",
            grew(series)
        );
    }
    assert!(grew("filittle_database_duration_seconds_count{kind=\"commit\"}") >= 1.0);
    assert!(grew("filittle_database_duration_seconds_count{kind=\"read\"}") >= 1.0);
    let put = "filittle_objects_duration_seconds_count{operation=\"put\",outcome=\"ok\"}";
    assert!(grew(put) >= 1.0);
}

#[tokio::test]
async fn tries_that_come_too_often_are_counted() {
    let app = TestApp::with(|_, settings| settings.logins_per_minute = 1).await;
    let who = json!({"email": "eve@example.org", "password": "wrong password"});
    app.post("/v1/login").json(&who).answer().await.is(401);
    app.post("/v1/login").json(&who).answer().await.is(429);
    let told = told(&app).await;
    let refused = told.value("filittle_http_tries_refused_total{kind=\"login\"}");
    assert!((refused - 1.0).abs() < f64::EPSILON, "{refused}");
}

#[tokio::test]
async fn an_open_stream_is_told_until_it_ends() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let stream = ada.get("/v1/events").header("accept", "text/event-stream");
    let stream = stream.send().await.unwrap();
    let open = "filittle_http_event_streams";
    assert!((told(&app).await.value(open) - 1.0).abs() < f64::EPSILON);
    drop(stream);
    let ended = async { while told(&app).await.value(open) > 0.0 {} };
    tokio::time::timeout(crate::app::LONG, ended)
        .await
        .expect("it ends");
}

#[tokio::test]
async fn what_clients_say_makes_no_series() {
    let app = TestApp::with(|_, settings| settings.logins_per_minute = 0).await;
    let ada = app.user("ada").await;
    let storm = async |from: u32, to: u32| {
        for number in from..to {
            let id = filittle_common::random::uuid_v4();
            ada.get(&format!("/nowhere/{number}"))
                .answer()
                .await
                .is(404);
            ada.get(&format!("/v1/jobs/{id}")).answer().await.is(404);
            ada.get(&format!("/v1/links/{number}"))
                .answer()
                .await
                .is(404);
            ada.get(&format!("/v1/files?name=x{number}"))
                .answer()
                .await
                .is(200);
            let method = Method::from_bytes(format!("M{number}").as_bytes()).unwrap();
            ada.request(method, "/v1/files").answer().await.is(405);
            let login = json!({"email": format!("a{number}@example.org"), "password": "x"});
            let login = app.post("/v1/login").json(&login).answer().await;
            assert!(login.status >= 400, "{login:?}");
        }
    };
    storm(0, 1).await;
    told(&app).await;
    let before: BTreeSet<_> = told(&app).await.series.into_keys().collect();
    storm(1, 170).await;
    let after: BTreeSet<_> = told(&app).await.series.into_keys().collect();
    // The readiness is looked at by a query of its own when nothing was written for a while.
    let new: Vec<_> = (after.difference(&before))
        .filter(|series| !series.contains("\"probe_"))
        .collect();
    assert!(new.is_empty(), "{new:?}");
}

#[tokio::test]
async fn strangers_are_told_nothing() {
    let app = TestApp::start().await;
    for header in ["x-forwarded-for", "forwarded", "via", "x-real-ip"] {
        let proxied = app.get("/metrics").header(header, "127.0.0.1");
        let answer = proxied.answer().await.is(403);
        assert_eq!(answer.json()["code"], "forbidden");
    }
    let app = TestApp::with(|_, settings| settings.metrics = MetricsFor::Nobody).await;
    app.get("/metrics").answer().await.is(404);
    let app = TestApp::with(|_, settings| settings.metrics = MetricsFor::Everybody).await;
    let proxied = app.get("/metrics").header("x-forwarded-for", "192.0.2.1");
    proxied.answer().await.is(200);
}

#[tokio::test]
async fn every_family_stands_in_the_document_and_no_other() {
    let app = TestApp::start().await;
    app.get("/v1/limits").answer().await.is(200);
    let told = told(&app).await.types;
    for (name, kind) in &told {
        let row = format!("| `{name}` | {kind} |");
        assert!(DOCUMENT.contains(&row), "docs/metrics.md has no row {row}");
    }
    for name in names(DOCUMENT) {
        assert!(is_told(&told, name), "docs/metrics.md speaks of {name}");
    }
}

#[tokio::test]
async fn every_name_in_the_rules_is_told() {
    let app = TestApp::start().await;
    app.get("/v1/limits").answer().await.is(200);
    let told = told(&app).await.types;
    let in_rules = names(RULES);
    assert!(in_rules.len() > 5, "{in_rules:?}");
    for name in in_rules {
        assert!(is_told(&told, name), "the rules speak of {name}");
    }
}

/// A family, or a part of a histogram.
fn is_told(told: &std::collections::BTreeMap<String, String>, name: &str) -> bool {
    let parts = ["_bucket", "_sum", "_count"];
    let of_histogram = parts.iter().filter_map(|part| name.strip_suffix(part));
    told.contains_key(name) || of_histogram.into_iter().any(|name| told.contains_key(name))
}

//! What is logged of requests, and what never is. A test binary of its own: the log is one for all
//! of a process.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "../http/answer.rs"]
#[expect(dead_code, reason = "the other test binary uses the rest")]
mod answer;
#[path = "../http/app.rs"]
#[expect(dead_code, reason = "the other test binary uses the rest")]
mod app;
#[path = "../http/openapi/contract.rs"]
mod openapi;

use std::io;
use std::sync::{Arc, Mutex};

use serde_json::json;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::fmt::MakeWriter;

use crate::answer::Send;
use crate::app::{PASSWORD, TestApp};

/// Everything that was logged.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

impl Log {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

#[tokio::test]
async fn secrets_addresses_and_links_are_not_logged_and_routes_are() {
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(LevelFilter::TRACE)
        .with_ansi(false)
        .with_writer(log.clone())
        .finish();
    tracing::subscriber::set_global_default(subscriber).unwrap();

    let app = TestApp::start().await;
    let credentials = json!({"email": "canary@example.org", "password": PASSWORD});
    app.post("/v1/register")
        .json(&credentials)
        .answer()
        .await
        .is(201);
    let tokens = app
        .post("/v1/login")
        .json(&credentials)
        .answer()
        .await
        .is(200)
        .json();
    let wrong = json!({"email": "canary@example.org", "password": "canary-password"});
    app.post("/v1/login").json(&wrong).answer().await.is(401);
    let access = tokens["access_token"].as_str().unwrap();
    let create = app
        .post("/v1/api-keys")
        .bearer_auth(access)
        .json(&json!({"name": "x"}));
    let key = create.answer().await.is(201).json()["key"]
        .as_str()
        .unwrap()
        .to_owned();
    let put = app.request(reqwest::Method::PUT, "/v1/files?name=canary-name.txt");
    let file = put
        .basic_auth(&key, Some(""))
        .body("text")
        .answer()
        .await
        .is(201);
    let url = file.json()["items"][0]["url"].as_str().unwrap().to_owned();
    let answer = app
        .get(&format!("{url}?canary-query=1"))
        .answer()
        .await
        .is(200);
    app.get("/canary-path").answer().await.is(404);

    let text = log.text();
    // What other libraries say at this level is theirs; they are not given any of it to say.
    let ours: String = text
        .lines()
        .filter(|line| line.contains("filittle_"))
        .collect();
    let link = url.rsplit('/').next().unwrap();
    let refresh = tokens["refresh_token"].as_str().unwrap();
    for secret in ["canary", PASSWORD, access, refresh, &key, link] {
        assert!(!ours.contains(secret), "{secret} in {ours}");
    }
    for seen in [
        "/v1/links/{token}",
        "method=GET",
        "status=200",
        answer.header("x-request-id"),
    ] {
        assert!(ours.contains(seen), "{seen} in {ours}");
    }
}

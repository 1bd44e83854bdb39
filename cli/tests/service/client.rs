//! A client of the service.

use std::time::Instant;

use reqwest::{Body, Method, RequestBuilder};
use serde_json::{Value, json};

use crate::answer::{Answer, Send};
use crate::times::LONG;

#[derive(Clone)]
pub(crate) struct Client {
    http: reqwest::Client,
    url: String,
    key: String,
}

impl Client {
    /// With an API key or an access token.
    pub(crate) fn new(url: &str, key: &str) -> Self {
        Self {
            http: http(),
            url: url.to_owned(),
            key: key.to_owned(),
        }
    }

    /// The same client of a service that listens elsewhere now.
    pub(crate) fn at(&self, url: &str) -> Self {
        Self {
            url: url.to_owned(),
            ..self.clone()
        }
    }

    /// A path of the service or a whole URL, with the key.
    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.bare(method, path).bearer_auth(&self.key)
    }

    /// Without the key.
    pub(crate) fn bare(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, self.whole(path))
    }

    /// A path of the service as a whole URL, or a URL as it is.
    pub(crate) fn whole(&self, path: &str) -> String {
        if path.starts_with("http") {
            path.to_owned()
        } else {
            format!("{}{path}", self.url)
        }
    }

    pub(crate) fn key(&self) -> &str {
        &self.key
    }

    pub(crate) fn get(&self, path: &str) -> RequestBuilder {
        self.request(Method::GET, path)
    }

    pub(crate) fn post(&self, path: &str, body: &Value) -> RequestBuilder {
        self.request(Method::POST, path).json(body)
    }

    pub(crate) fn put(&self, name: &str, bytes: impl Into<Body>) -> RequestBuilder {
        let path = format!("/v1/files?name={name}");
        self.request(Method::PUT, &path).body(bytes)
    }

    /// Uploads; answers the file.
    pub(crate) async fn upload(&self, name: &str, bytes: impl Into<Body>) -> Value {
        let answer: Answer = self.put(name, bytes).answer().await;
        answer.is(201).json()["items"][0].clone()
    }

    /// Submits; answers the job.
    pub(crate) async fn submit(&self, job: &Value) -> Value {
        self.post("/v1/jobs", job).answer().await.is(202).json()
    }

    /// Submits one step for one file; answers the job.
    pub(crate) async fn work(&self, file: &Value, step: &Value) -> Value {
        self.submit(&json!({"inputs": [{"file": file["id"]}], "steps": [step]}))
            .await
    }

    /// The job as it stands.
    pub(crate) async fn job(&self, job: &Value) -> Value {
        self.get(&path(job)).answer().await.is(200).json()
    }

    /// The job when it has ended.
    pub(crate) async fn ended(&self, job: &Value) -> Value {
        let deadline = Instant::now() + LONG;
        loop {
            let poll = self.get(&path(job)).header("prefer", "wait=30");
            let job = poll.answer().await.is(200).json();
            if has_ended(&job) {
                return job;
            }
            assert!(Instant::now() < deadline, "it does not end: {job}");
        }
    }

    /// The job when it has succeeded.
    pub(crate) async fn succeeded(&self, job: &Value) -> Value {
        let job = self.ended(job).await;
        assert_eq!(job["state"], "succeeded", "{job}");
        job
    }

    /// The bytes of a job's only output.
    pub(crate) async fn output(&self, job: &Value) -> Vec<u8> {
        let path = format!("{}/outputs/0", path(job));
        self.get(&path).answer().await.is(200).body
    }

    /// The bytes of a file.
    pub(crate) async fn content(&self, file: &Value) -> Vec<u8> {
        let path = format!("/v1/files/{}/content", file["id"].as_str().unwrap());
        self.get(&path).answer().await.is(200).body
    }
}

pub(crate) fn path(job: &Value) -> String {
    format!("/v1/jobs/{}", job["id"].as_str().unwrap())
}

pub(crate) fn has_ended(job: &Value) -> bool {
    job["state"] != "queued" && job["state"] != "running"
}

#[expect(
    clippy::disallowed_methods,
    reason = "it talks to the service of the test only"
)]
fn http() -> reqwest::Client {
    reqwest::Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .timeout(LONG)
        .build()
        .unwrap()
}

//! Room for jobs, uploads and downloads: who comes too much is told to come back, and others are
//! served meanwhile.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::answer::{Answer, Send};
use crate::app::{LONG, TestApp, User};
use crate::jobs::{finish, path, take};

async fn body(user: &User<'_>) -> Value {
    let file = user.file("a.txt", b"some text").await;
    json!({"inputs": [{"file": file["id"]}], "steps": [{"op": "compress"}]})
}

async fn submit(user: &User<'_>, body: &Value) -> Answer {
    user.post("/v1/jobs").json(body).answer().await
}

#[tokio::test]
async fn an_account_with_too_many_jobs_is_told_to_come_back_and_others_are_served() {
    let app = TestApp::with(|config, _| config.limits.backlog_of_owner = 2).await;
    let (ada, eve) = (app.user("ada").await, app.user("eve").await);
    let order = body(&ada).await;
    let first = submit(&ada, &order).await.is(202);
    assert_eq!(first.header("ratelimit-policy"), "\"backlog\";q=2");
    assert_eq!(first.header("ratelimit"), "\"backlog\";r=1");
    let second = submit(&ada, &order).await.is(202);
    assert_eq!(second.header("ratelimit"), "\"backlog\";r=0");
    let third = submit(&ada, &order).await;
    assert_eq!(third.header("retry-after"), "5");
    assert_eq!(third.header("ratelimit"), "\"backlog\";r=0");
    third.refused(429, "too-many-jobs");
    submit(&eve, &body(&eve).await).await.is(202);
    finish(&app, &take(&app).await, b"little").await;
    // What has ended makes room at once, as soon as the rows are counted again.
    let room = async {
        while submit(&ada, &order).await.status == 429 {
            tokio::task::yield_now().await;
        }
    };
    timeout(LONG, room).await.unwrap();
}

#[tokio::test]
async fn there_is_room_again_when_a_job_has_ended() {
    let app = TestApp::with(|config, _| config.limits.backlog_of_owner = 1).await;
    let ada = app.user("ada").await;
    let order = body(&ada).await;
    let job = submit(&ada, &order).await.is(202).json();
    submit(&ada, &order).await.refused(429, "too-many-jobs");
    finish(&app, &take(&app).await, b"packed").await;
    let retry = format!("{}/retry", path(&job));
    let accepted = async {
        while ada.post(&retry).answer().await.status != 202 {
            tokio::task::yield_now().await;
        }
    };
    timeout(LONG, accepted).await.unwrap();
}

#[tokio::test]
async fn a_full_service_tells_everybody_to_come_back() {
    let app = TestApp::with(|config, _| config.limits.backlog = 1).await;
    let (ada, eve) = (app.user("ada").await, app.user("eve").await);
    submit(&ada, &body(&ada).await).await.is(202);
    let refused = submit(&eve, &body(&eve).await).await;
    assert_eq!(refused.header("retry-after"), "5");
    assert_eq!(refused.header("ratelimit"), "\"backlog-of-all\";r=0");
    refused.refused(503, "backlog-full");
}

#[tokio::test]
async fn many_who_submit_at_once_get_no_more_than_there_is_room_for() {
    let app = TestApp::with(|config, _| config.limits.backlog_of_owner = 5).await;
    let ada = app.user("ada").await;
    let order = body(&ada).await;
    let all = futures_util::future::join_all((0..20).map(|_| submit(&ada, &order))).await;
    let accepted = all.iter().filter(|answer| answer.status == 202).count();
    assert_eq!(accepted, 5);
    assert!(all.iter().all(|answer| matches!(answer.status, 202 | 429)));
}

/// The head of a request whose body does not come, and what is answered to it.
async fn announced(user: &User<'_>, head: &str) -> (TcpStream, String) {
    let mut stream = TcpStream::connect(user.app.address).await.unwrap();
    let head = format!(
        "{head} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\ncontent-length: 1000\r\n\r\n",
        user.token
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut status = [0; 12];
    let answered = timeout(LONG, stream.read_exact(&mut status)).await.unwrap();
    answered.unwrap();
    (stream, String::from_utf8_lossy(&status).into_owned())
}

#[tokio::test]
async fn who_has_no_room_is_refused_before_the_body_is_sent() {
    let app = TestApp::with(|config, _| config.limits.backlog_of_owner = 1).await;
    let ada = app.user("ada").await;
    submit(&ada, &body(&ada).await).await.is(202);
    let (_stream, status) = announced(&ada, "PUT /v1/compress?format=gzip").await;
    assert_eq!(status, "HTTP/1.1 429");
}

/// An upload of which only the head has come, and which the service has begun.
async fn begun(user: &User<'_>) -> TcpStream {
    let mut stream = TcpStream::connect(user.app.address).await.unwrap();
    let head = format!(
        "PUT /v1/files HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\n\
         content-length: 4\r\nexpect: 100-continue\r\n\r\n",
        user.token
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut status = [0; 12];
    stream.read_exact(&mut status).await.unwrap();
    // It is asked for when somebody reads it.
    assert_eq!(&status, b"HTTP/1.1 100");
    stream
}

#[tokio::test]
async fn an_account_leaves_places_for_the_uploads_of_others() {
    let app = TestApp::with(|_, settings| {
        settings.max_uploads = 2;
        settings.patience = Duration::ZERO;
    })
    .await;
    let (ada, eve) = (app.user("ada").await, app.user("eve").await);
    let first = begun(&ada).await;
    let refused = ada.put("/v1/files", "more").answer().await;
    assert_eq!(refused.header("retry-after"), "2");
    assert_eq!(
        refused.header("ratelimit-policy"),
        "\"uploads\";q=1;qu=\"concurrent-requests\""
    );
    refused.refused(429, "too-many-requests");
    eve.put("/v1/files", "hers").answer().await.is(201);
    drop(first);
    let accepted = async {
        while ada.put("/v1/files", "more").answer().await.status != 201 {
            tokio::task::yield_now().await;
        }
    };
    timeout(LONG, accepted).await.unwrap();
}

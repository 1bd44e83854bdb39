//! Requests that are sent twice, and do what they do once.

use std::time::Duration;

use futures_util::future::join_all;
use reqwest::RequestBuilder;
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};
use tokio::sync::mpsc;

use crate::answer::{Answer, Send};
use crate::app::{PASSWORD, TestApp, User};
use crate::jobs::{finish, path, submitted, take};

fn keyed(request: RequestBuilder, key: &str) -> RequestBuilder {
    request.header("idempotency-key", key)
}

async fn order(user: &User<'_>) -> Value {
    let file = user.file("a.txt", b"some text").await;
    json!({"inputs": [{"file": file["id"]}], "steps": [{"op": "compress"}]})
}

async fn jobs(user: &User<'_>) -> usize {
    let list = user.get("/v1/jobs").answer().await.json();
    list["items"].as_array().unwrap().len()
}

/// Both times the same answer.
fn same(first: &Answer, second: &Answer) {
    assert_eq!((first.status, &first.body), (second.status, &second.body));
    assert_eq!(first.header("location"), second.header("location"));
}

#[tokio::test]
async fn a_submit_that_is_sent_again_is_answered_again() {
    let app = TestApp::start().await;
    let (ada, eve) = (app.user("ada").await, app.user("eve").await);
    let body = order(&ada).await;
    let submit = |body: &Value| keyed(ada.post("/v1/jobs").json(body), "k-1");
    let first = submit(&body).answer().await.is(202);
    finish(&app, &take(&app).await, b"little").await;
    same(&first, &submit(&body).answer().await);
    let spaced = serde_json::to_string_pretty(&body).unwrap();
    let again = keyed(ada.post("/v1/jobs").body(spaced), "\"k-1\"");
    same(&first, &again.answer().await);
    let mut other = body.clone();
    other["name"] = json!("another");
    submit(&other).answer().await.refused(422, "invalid");
    assert_eq!(jobs(&ada).await, 1);
    let of_eve = order(&eve).await;
    let hers = keyed(eve.post("/v1/jobs").json(&of_eve), "k-1");
    assert_ne!(hers.answer().await.is(202).json()["id"], first.json()["id"]);
}

#[tokio::test]
async fn of_many_that_come_at_once_all_get_the_one_job() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let body = order(&ada).await;
    let submits = (0..8).map(|_| keyed(ada.post("/v1/jobs").json(&body), "k").answer());
    let answers = join_all(submits).await;
    for answer in &answers {
        same(&answers[0], answer);
    }
    assert_eq!((answers[0].status, jobs(&ada).await), (202, 1));
}

#[tokio::test]
async fn what_was_deleted_since_is_gone() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let body = order(&ada).await;
    let submit = || keyed(ada.post("/v1/jobs").json(&body), "k").answer();
    let job = submit().await.is(202).json();
    finish(&app, &take(&app).await, b"little").await;
    ada.delete(&path(&job)).answer().await.is(204);
    submit().await.refused(410, "gone");
}

#[tokio::test]
async fn what_a_request_has_made_is_told_again_whatever_is_there_now() {
    let app = TestApp::with(|config, _| config.limits.backlog_of_owner = 1).await;
    let ada = app.user("ada").await;
    let body = order(&ada).await;
    let submit = |key: &'static str| keyed(ada.post("/v1/jobs").json(&body), key).answer();
    let first = submit("k").await.is(202);
    let form = || {
        let job = json!({"steps": [{"op": "compress"}]}).to_string();
        let part = Part::bytes(b"some text".to_vec()).file_name("a.txt");
        let form = Form::new().text("job", job).part("file", part);
        keyed(ada.post("/v1/jobs").multipart(form), "f").answer()
    };
    form().await.refused(429, "too-many-jobs");
    let refused = submit("another").await;
    assert_eq!(refused.header("ratelimit"), "\"backlog\";r=0");
    refused.refused(429, "too-many-jobs");
    let file = body["inputs"][0]["file"].as_str().unwrap();
    ada.delete(&format!("/v1/files/{file}"))
        .answer()
        .await
        .is(204);
    same(&first, &submit("k").await);
    let end = app.app.db.clock().now() + Duration::from_mins(5);
    let asked = json!({"name": "short", "expires_at": end});
    let make = || keyed(ada.post("/v1/api-keys").json(&asked), "a").answer();
    let made = make().await.is(201);
    app.app.db.clock().advance(Duration::from_mins(6));
    same(&made, &make().await);
}

#[tokio::test]
async fn a_key_is_forgotten_after_a_day() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let body = order(&ada).await;
    let key = ada
        .post("/v1/api-keys")
        .json(&json!({"name": "long"}))
        .answer();
    let key = key.await.is(201).json()["key"].as_str().unwrap().to_owned();
    let submit = async || {
        let request = app.post("/v1/jobs").bearer_auth(&key).json(&body);
        keyed(request, "k").answer().await.is(202).json()["id"].clone()
    };
    let first = submit().await;
    app.app.db.clock().advance(Duration::from_hours(23));
    assert_eq!(submit().await, first);
    app.app.db.clock().advance(Duration::from_hours(2));
    assert_ne!(submit().await, first);
}

#[tokio::test]
async fn a_retry_an_api_key_and_an_account_are_made_once() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let job = submitted(&ada).await;
    finish(&app, &take(&app).await, b"little").await;
    let retry = format!("{}/retry", path(&job));
    let first = keyed(ada.post(&retry), "r").answer().await.is(202);
    same(&first, &keyed(ada.post(&retry), "r").answer().await);
    assert_eq!(jobs(&ada).await, 2);
    ada.delete(&path(&job)).answer().await.is(204);
    same(&first, &keyed(ada.post(&retry), "r").answer().await);

    let make = || keyed(ada.post("/v1/api-keys").json(&json!({"name": "ci"})), "a").answer();
    let first = make().await.is(201);
    same(&first, &make().await);
    let key = first.json()["key"].as_str().unwrap().to_owned();
    app.get("/v1/me").bearer_auth(key).answer().await.is(200);
    let keys = ada.get("/v1/api-keys").answer().await.json();
    assert_eq!(keys["items"].as_array().unwrap().len(), 1);
    let other = ada.post("/v1/api-keys").json(&json!({"name": "other"}));
    keyed(other, "a").answer().await.refused(422, "invalid");

    let register = |email: &str, password: &str| {
        let body = json!({"email": email, "password": password});
        keyed(app.post("/v1/register").json(&body), "x").answer()
    };
    let first = register("bob@example.org", PASSWORD).await.is(201);
    same(&first, &register("bob@example.org", PASSWORD).await);
    let other = register("bob@example.org", "another password").await;
    other.refused(422, "invalid");
    // Keys of those who have no account yet do not meet.
    register("eve@example.org", PASSWORD).await.is(201);
}

#[tokio::test]
async fn an_upload_that_is_sent_again_makes_no_other_file() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let part = |name: &'static str, bytes: &'static str| Part::text(bytes).file_name(name);
    let form = || {
        Form::new()
            .part("file", part("a.txt", "one"))
            .part("file", part("b.txt", "two"))
    };
    let post = |form| keyed(ada.post("/v1/files").multipart(form), "k").answer();
    let first = post(form()).await.is(201);
    same(&first, &post(form()).await);
    let put = |key| keyed(ada.put("/v1/files?name=a.txt", "one"), key).answer();
    let raw = put("p").await.is(201);
    same(&raw, &put("p").await);
    put("k").await.refused(422, "invalid");
    let other = Form::new().part("file", part("a.txt", "three"));
    post(other).await.refused(422, "invalid");
    let files = ada.get("/v1/files").answer().await.json();
    assert_eq!(files["items"].as_array().unwrap().len(), 3);
    app.has_blocks(|count| count == 2).await;
}

#[tokio::test]
async fn a_job_and_a_shortcut_with_their_file_are_made_once() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let form = || {
        let job = json!({"steps": [{"op": "compress"}]}).to_string();
        Form::new()
            .part("file", Part::text("one").file_name("a.txt"))
            .text("job", job)
    };
    let submit = || keyed(ada.post("/v1/jobs").multipart(form()), "j").answer();
    let first = submit().await.is(202);
    same(&first, &submit().await);
    let shortcut = |query: &str| {
        let request = ada.post(&format!("/v1/compress{query}")).body("two");
        let request = request.header("prefer", "respond-async");
        keyed(request, "s").answer()
    };
    let first = shortcut("").await.is(202);
    same(&first, &shortcut("").await);
    shortcut("?level=best").await.refused(422, "invalid");
    assert_eq!(jobs(&ada).await, 2);
}

/// An upload that is held up in the middle until the sender says more or is dropped.
fn held_up(
    ada: &User<'_>,
) -> (
    RequestBuilder,
    mpsc::Sender<Result<Vec<u8>, std::io::Error>>,
) {
    let (more, body) = mpsc::channel(1);
    let body = futures_util::stream::unfold(body, |mut body: mpsc::Receiver<_>| async move {
        let chunk = body.recv().await?;
        Some((chunk, body))
    });
    let request = ada.put("/v1/files", reqwest::Body::wrap_stream(body));
    (keyed(request, "k"), more)
}

#[tokio::test]
async fn while_an_upload_runs_another_with_its_key_is_refused() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let (first, more) = held_up(&ada);
    let first = tokio::spawn(first.answer());
    more.send(Ok(b"one".to_vec())).await.unwrap();
    let second = || keyed(ada.put("/v1/files", "one"), "k").answer();
    // The first may not have taken its key yet: then this one is the first, which is as good.
    let refused = second().await;
    if refused.status == 409 {
        refused.refused(409, "conflict");
        drop(more);
        let made = first.await.unwrap().is(201);
        same(&made, &second().await);
    } else {
        drop(more);
        same(&refused, &first.await.unwrap());
    }
}

#[tokio::test]
async fn an_upload_that_was_cut_off_can_be_sent_again() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let (first, more) = held_up(&ada);
    let first = tokio::spawn(first.send());
    more.send(Ok(b"one".to_vec())).await.unwrap();
    more.send(Err(std::io::Error::other("cut"))).await.unwrap();
    assert!(first.await.unwrap().is_err());
    // The key is given back soon after the connection has ended.
    let again = || keyed(ada.put("/v1/files", "one"), "k").answer();
    let made = loop {
        let answer = again().await;
        if answer.status != 409 {
            break answer.is(201);
        }
    };
    same(&made, &again().await);
}

#[tokio::test]
async fn a_key_that_is_none_is_refused() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    for bad in ["", "\"", "a\"b", &"x".repeat(256)] {
        let request = keyed(ada.post("/v1/jobs").json(&json!({})), bad);
        request.answer().await.refused(400, "bad-request");
    }
    let twice = keyed(keyed(ada.post("/v1/jobs").json(&json!({})), "a"), "b");
    twice.answer().await.refused(400, "bad-request");
}

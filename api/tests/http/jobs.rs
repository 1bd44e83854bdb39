//! Jobs. The worker is played by the tests.

use std::time::{Duration, Instant};

use bytes::Bytes;
use filittle_common::domain::{Item, ItemState, Released};
use filittle_common::engine::{self, End, Made, Taken};
use filittle_common::ids::WorkerId;
use filittle_common::problem::{Kind, Problem};
use filittle_common::queue::Lane;
use filittle_common::wake::Topic;
use filittle_transform::Monitor;
use serde_json::{Value, json};

use crate::answer::{Answer, Send};
use crate::app::{TestApp, User};

/// A job of one file, as it was accepted.
pub(crate) async fn submitted(user: &User<'_>) -> Value {
    let file = user.file("a.txt", b"some text").await;
    let body = json!({"inputs": [{"file": file["id"]}], "steps": [{"op": "compress"}]});
    user.post("/v1/jobs")
        .json(&body)
        .answer()
        .await
        .is(202)
        .json()
}

pub(crate) fn path(job: &Value) -> String {
    format!("/v1/jobs/{}", job["id"].as_str().unwrap())
}

pub(crate) async fn take(app: &TestApp) -> Taken {
    let db = &app.app.db;
    let worker = WorkerId::new(db.clock().now());
    engine::register(db, worker, "test", Duration::from_secs(9))
        .await
        .unwrap();
    for lane in Lane::ALL {
        if let Some(taken) = engine::take(db, worker, lane, 1).await.unwrap().pop() {
            return taken;
        }
    }
    panic!("no job waits");
}

/// Ends a job with one output of these bytes.
pub(crate) async fn finish(app: &TestApp, taken: &Taken, bytes: &'static [u8]) {
    finish_with(app, taken, &[("a.txt.zst", bytes)]).await;
}

/// Ends a job with these outputs.
pub(crate) async fn finish_with(app: &TestApp, taken: &Taken, outputs: &[(&str, &'static [u8])]) {
    finish_as(app, taken, outputs, "application/zstd").await;
}

/// The same, and takes all of them for this type.
pub(crate) async fn finish_as(
    app: &TestApp,
    taken: &Taken,
    outputs: &[(&str, &'static [u8])],
    media_type: &str,
) {
    let mut made = Vec::new();
    for &(name, bytes) in outputs {
        let mut writer = app.app.blobs.writer(1 << 20);
        writer.write(Bytes::from_static(bytes)).await.unwrap();
        made.push(Made {
            name: name.into(),
            media_type: media_type.into(),
            item: Some(0),
            step: 0,
            stored: writer.finish().await.unwrap(),
        });
    }
    let done = |item: &Item| Item {
        state: ItemState::Succeeded,
        ..item.clone()
    };
    let end = End::Done {
        items: taken.job.items.iter().map(done).collect(),
        made,
    };
    engine::finish(&app.app.db, taken, end).await.unwrap();
    app.app.wake.publish(Topic::Job(taken.job.id));
}

#[tokio::test]
async fn a_job_from_its_submit_to_its_bytes() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let file = ada.file("a.txt", b"some text").await;
    let body = json!({
        "inputs": [{"file": file["id"]}],
        "steps": [{"op": "compress"}],
        "name": "letters",
        "metadata": {"order": "17"},
    });
    let answer = ada.post("/v1/jobs").json(&body).answer().await.is(202);
    let job = answer.json();
    let path = path(&job);
    assert_eq!(answer.header("location"), path);
    assert_eq!(answer.header("retry-after"), "1");
    assert_eq!(
        (&job["state"], &job["priority"]),
        (&json!("queued"), &json!("normal"))
    );
    assert_eq!(
        job["items"],
        json!([{"input": 0, "name": "a.txt", "state": "queued"}])
    );
    assert_eq!(job["steps"][0]["op"], "compress");
    assert_eq!(
        (&job["metadata"], &job["outputs"]),
        (&body["metadata"], &json!([]))
    );

    let taken = take(&app).await;
    let running = ada.get(&path).answer().await.is(200);
    assert_eq!(running.json()["state"], "running");
    assert_eq!(running.json()["items"][0]["state"], "running");
    assert_eq!(running.header("retry-after"), "1");
    finish(&app, &taken, b"little").await;
    let ended = ada.get(&path).answer().await.is(200);
    assert_eq!(ended.header("retry-after"), "");
    let job = ended.json();
    assert_eq!(job["state"], "succeeded");
    assert_eq!(job["items"][0]["state"], "succeeded");
    assert_eq!(job["outputs"][0]["name"], "a.txt.zst");

    let bytes = ada.get(&format!("{path}/outputs/0")).answer().await.is(200);
    assert_eq!(&bytes.body[..], b"little");
    assert_eq!(bytes.header("content-type"), "application/zstd");
    let part = ada
        .get(&format!("{path}/outputs/0"))
        .header("range", "bytes=1-2");
    assert_eq!(&part.answer().await.is(206).body[..], b"it");
    ada.get(&format!("{path}/outputs/1"))
        .answer()
        .await
        .refused(404, "not-found");
    let url = job["outputs"][0]["url"].as_str().unwrap();
    assert_eq!(&app.get(url).answer().await.is(200).body[..], b"little");
}

#[tokio::test]
async fn a_poll_of_what_was_seen_is_short_until_something_happens() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let job = submitted(&ada).await;
    let poll = |tag: &str| ada.get(&path(&job)).header("if-none-match", tag).answer();
    let queued = ada
        .get(&path(&job))
        .answer()
        .await
        .header("etag")
        .to_owned();
    let same = poll(&queued).await.is(304);
    assert_eq!(same.header("retry-after"), "1");
    let taken = take(&app).await;
    let running = poll(&queued).await.is(200).header("etag").to_owned();
    finish(&app, &taken, b"little").await;
    let ended = poll(&running).await.is(200).header("etag").to_owned();
    poll(&ended).await.is(304);
}

#[tokio::test]
async fn a_running_job_tells_how_far_it_is() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let job = submitted(&ada).await;
    let taken = take(&app).await;
    let before = ada.get(&path(&job)).answer().await.is(200);
    assert_eq!(before.json().get("progress"), None);
    let shown = app.app.live.show(taken.job.id, Monitor::new(9));
    let answer = ada
        .get(&path(&job))
        .header("if-none-match", before.header("etag"));
    let running = answer.answer().await.is(200);
    let progress = json!({"done": 0, "total": 9, "unit": "bytes", "phase": "waiting"});
    assert_eq!(running.json()["progress"], progress);
    drop(shown);
    finish(&app, &taken, b"little").await;
    let ended = ada.get(&path(&job)).answer().await.is(200);
    assert_eq!(ended.json().get("progress"), None);
}

#[tokio::test]
async fn whoever_waits_is_answered_at_the_end() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let job = submitted(&ada).await;
    let taken = take(&app).await;
    let waits = ada.get(&path(&job)).header("prefer", "wait=60");
    let began = Instant::now();
    let (answer, ()) = tokio::join!(waits.answer(), finish(&app, &taken, b"little"));
    let answer = answer.is(200);
    assert_eq!(answer.json()["state"], "succeeded");
    assert_eq!(answer.header("preference-applied"), "wait=60");
    assert!(began.elapsed() < Duration::from_secs(10));
}

#[tokio::test]
async fn whoever_waits_is_answered_when_the_time_is_over() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let job = submitted(&ada).await;
    let answer = ada
        .get(&path(&job))
        .header("prefer", "wait=1")
        .answer()
        .await
        .is(200);
    assert_eq!(answer.json()["state"], "queued");
    assert_eq!(answer.header("preference-applied"), "wait=1");
    assert_eq!(answer.header("retry-after"), "1");
    let file = ada.file("b.txt", b"text").await;
    let body = json!({"inputs": [{"file": file["id"]}], "steps": [{"op": "compress"}]});
    let submit = ada
        .post("/v1/jobs")
        .header("prefer", "wait=1")
        .json(&body)
        .answer()
        .await;
    assert_eq!(submit.is(202).header("preference-applied"), "wait=1");
}

#[tokio::test]
async fn bad_parameters_are_all_told_at_submit() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let body = json!({
        "inputs": [],
        "steps": [{"op": "dither", "levels": 1}, {"op": "nonsense"}],
        "colour": "red",
    });
    let answer = ada.post("/v1/jobs").json(&body).answer().await;
    let problem = answer.refused(422, "invalid");
    let told = problem["errors"].to_string();
    for pointer in ["/inputs", "/steps/0/levels", "/steps/1/op", "/colour"] {
        assert!(
            told.contains(&format!("\"{pointer}\"")),
            "{pointer} in {told}"
        );
    }
    let body = json!({"inputs": [{"file": "019b0000-0000-7000-8000-000000000000"}], "steps": [{"op": "compress"}]});
    ada.post("/v1/jobs")
        .json(&body)
        .answer()
        .await
        .invalid(&["/inputs/0/file"]);
}

#[tokio::test]
async fn a_job_is_cancelled_retried_and_deleted() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let job = submitted(&ada).await;
    let path = path(&job);
    let to = |verb: &str| ada.post(&format!("{path}/{verb}")).answer();
    to("retry").await.refused(409, "conflict");
    ada.delete(&path).answer().await.refused(409, "conflict");
    assert_eq!(to("cancel").await.is(200).json()["state"], "cancelled");
    to("cancel").await.refused(409, "conflict");

    let again = to("retry").await.is(202);
    let retried = again.json();
    assert_eq!(retried["retry_of"], job["id"]);
    assert_eq!(again.header("location"), crate::jobs::path(&retried));
    take(&app).await;
    let asked = ada
        .post(&format!("{}/cancel", crate::jobs::path(&retried)))
        .answer()
        .await;
    assert_eq!(asked.is(202).json()["state"], "running");

    ada.delete(&path).answer().await.is(204);
    ada.get(&path).answer().await.refused(410, "gone");
}

#[tokio::test]
async fn a_job_of_another_is_not_there() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let bob = app.user("bob").await;
    let path = path(&submitted(&ada).await);
    bob.get(&path).answer().await.refused(404, "not-found");
    bob.get(&path)
        .header("prefer", "wait=60")
        .answer()
        .await
        .refused(404, "not-found");
    bob.get(&format!("{path}/outputs/0"))
        .answer()
        .await
        .refused(404, "not-found");
    bob.delete(&path).answer().await.refused(404, "not-found");
    bob.get(&format!("{path}/events"))
        .answer()
        .await
        .refused(404, "not-found");
    for verb in ["cancel", "retry"] {
        bob.post(&format!("{path}/{verb}"))
            .answer()
            .await
            .refused(404, "not-found");
    }
    assert_eq!(
        bob.get("/v1/jobs").answer().await.json()["items"],
        json!([])
    );
    let theirs = ada.file("a.txt", b"text").await;
    let body = json!({"inputs": [{"file": theirs["id"]}], "steps": [{"op": "compress"}]});
    bob.post("/v1/jobs")
        .json(&body)
        .answer()
        .await
        .invalid(&["/inputs/0/file"]);
}

#[tokio::test]
async fn lists_of_jobs_are_narrowed_by_state() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let first = submitted(&ada).await;
    app.app.db.clock().advance(Duration::from_millis(1));
    let second = submitted(&ada).await;
    ada.post(&format!("{}/cancel", path(&first)))
        .answer()
        .await
        .is(200);
    let ids = async |query: &str| {
        let list = ada
            .get(&format!("/v1/jobs{query}"))
            .answer()
            .await
            .is(200)
            .json();
        let items = list["items"].as_array().unwrap();
        items
            .iter()
            .map(|job| job["id"].clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(ids("").await, [second["id"].clone(), first["id"].clone()]);
    assert_eq!(ids("?state=cancelled").await, [first["id"].clone()]);
    assert_eq!(ids("?limit=1").await, [second["id"].clone()]);
    for query in ["?state=nonsense", "?state="] {
        ada.get(&format!("/v1/jobs{query}"))
            .answer()
            .await
            .invalid(&["/state"]);
    }
}

#[tokio::test]
async fn no_time_to_wait_is_no_waiting() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let file = ada.file("a.txt", b"text").await;
    let body = json!({"inputs": [{"file": file["id"]}], "steps": [{"op": "compress"}]});
    let clock = app.app.db.clock();
    let worker = WorkerId::new(clock.now());
    engine::register(&app.app.db, worker, "test", Duration::from_secs(9))
        .await
        .unwrap();
    for (wait, lane) in [("wait=0", Lane::Bulk), ("wait=1", Lane::Interactive)] {
        let submit = ada.post("/v1/jobs").header("prefer", wait).json(&body);
        let submit = submit.answer().await.is(202);
        assert_eq!(submit.header("preference-applied"), wait);
        let taken = engine::take(&app.app.db, worker, lane, 1).await.unwrap();
        assert_eq!(taken.len(), 1, "{wait}");
        finish(&app, &taken[0], b"little").await;
    }
}

#[tokio::test]
async fn the_history_of_a_job_tells_what_happened_and_nothing_of_the_inside() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let job = submitted(&ada).await;
    let clock = app.app.db.clock();
    let began = clock.now();
    let events = format!("{}/events", path(&job));
    let kinds = async || {
        let history = ada.get(&events).answer().await.is(200).json();
        let items = history["items"].as_array().unwrap();
        let kind = |event: &Value| event["kind"].as_str().unwrap().to_owned();
        items.iter().map(kind).collect::<Vec<_>>()
    };
    assert_eq!(kinds().await, ["submitted"]);

    let error = Problem::new(Kind::Internal, "a block was damaged");
    engine::finish(
        &app.app.db,
        &take(&app).await,
        End::Retry {
            error,
            not_before: began,
        },
    )
    .await
    .unwrap();
    engine::ready_due(&app.app.db).await.unwrap();
    let end = End::GiveBack {
        reason: Released::Shutdown,
        not_before: None,
    };
    engine::finish(&app.app.db, &take(&app).await, end)
        .await
        .unwrap();
    finish(&app, &take(&app).await, b"little").await;

    let history = ada.get(&events).answer().await.is(200).json();
    let at = job["created_at"].clone();
    let problem = &history["items"][2]["error"];
    assert_eq!(problem["code"], "internal");
    let expected = json!({"items": [
        {"id": 1, "kind": "submitted", "at": at},
        {"id": 2, "kind": "started", "at": at, "attempt": 1},
        {"id": 3, "kind": "retrying", "at": at, "failures": 1, "not_before": at, "error": problem},
        {"id": 4, "kind": "started", "at": at, "attempt": 2},
        {"id": 5, "kind": "retrying", "at": at, "reason": "shutdown"},
        {"id": 6, "kind": "started", "at": at, "attempt": 3},
        {"id": 7, "kind": "succeeded", "at": at},
    ]});
    assert_eq!(history, expected);

    app.get(&events)
        .answer()
        .await
        .refused(401, "unauthenticated");
    ada.get(&format!("{events}?limit=1"))
        .answer()
        .await
        .invalid(&["/limit"]);
    ada.delete(&path(&job)).answer().await.is(204);
    ada.get(&events).answer().await.refused(410, "gone");
}

#[tokio::test]
async fn the_history_of_a_cancelled_job_ends_with_it() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let job = submitted(&ada).await;
    ada.post(&format!("{}/cancel", path(&job)))
        .answer()
        .await
        .is(200);
    let history = ada
        .get(&format!("{}/events", path(&job)))
        .answer()
        .await
        .is(200)
        .json();
    assert_eq!(history["items"][1]["kind"], "cancelled");
    assert_eq!(history["items"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn a_job_is_cancelled_and_deleted_only_as_it_was_seen() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let path = path(&submitted(&ada).await);
    let seen = ada.get(&path).answer().await.is(200);
    let taken = take(&app).await;
    let cancel = format!("{path}/cancel");
    let as_seen = |request: reqwest::RequestBuilder, seen: &Answer| {
        request.header("if-match", seen.header("etag")).answer()
    };
    as_seen(ada.post(&cancel), &seen)
        .await
        .refused(412, "precondition-failed");
    assert!(!engine::is_cancel_asked(&app.app.db, &taken).await.unwrap());
    let running = ada.get(&path).answer().await.is(200);
    as_seen(ada.post(&cancel), &running).await.is(202);
    finish(&app, &taken, b"little").await;
    as_seen(ada.delete(&path), &running)
        .await
        .refused(412, "precondition-failed");
    let ended = ada.get(&path).answer().await.is(200);
    as_seen(ada.delete(&path), &ended).await.is(204);
}

#[tokio::test]
async fn a_job_whose_time_is_over_is_gone_before_it_is_taken_away() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let file = ada.file("a.txt", b"some text").await;
    let order = json!({"inputs": [{"file": file["id"]}], "steps": [{"op": "compress"}],
        "keep_seconds": 60});
    let job = ada
        .post("/v1/jobs")
        .json(&order)
        .answer()
        .await
        .is(202)
        .json();
    finish(&app, &take(&app).await, b"little").await;
    ada.get(&path(&job)).answer().await.is(200);
    app.app.db.clock().advance(Duration::from_secs(61));
    for place in ["", "/outputs/0", "/outputs.zip", "/events"] {
        let place = format!("{}{place}", path(&job));
        ada.get(&place).answer().await.refused(410, "gone");
    }
    let list = ada.get("/v1/jobs").answer().await.json();
    assert!(list["items"].as_array().unwrap().is_empty());
}

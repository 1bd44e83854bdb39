//! Events as they come.

use bytes::Bytes;
use filittle_common::wake::Topic;
use filittle_transform::Monitor;
use reqwest::{Method, RequestBuilder, Response};
use serde_json::{Value, json};
use tokio::time::timeout;

use crate::answer::{Answer, Send};
use crate::app::{LONG, TestApp, User};
use crate::jobs::{finish, path, submitted, take};
use crate::openapi;

/// One event as a client sees it.
#[derive(Debug, Default, PartialEq)]
struct Event {
    id: Option<String>,
    kind: String,
    data: Value,
}

/// A stream that is read.
struct Stream {
    response: Response,
    text: String,
}

impl Stream {
    async fn open(request: RequestBuilder) -> Self {
        let request = request.header("accept", "text/event-stream");
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), 200);
        let head = Answer {
            status: response.status().as_u16(),
            headers: response.headers().clone(),
            path: response.url().path().to_owned(),
            body: Bytes::new(),
        };
        openapi::check(&Method::GET, &head);
        let header = |name| response.headers()[name].to_str().unwrap();
        assert_eq!(header("content-type"), "text/event-stream");
        assert_eq!(header("cache-control"), "no-cache, no-transform");
        assert_eq!(header("x-accel-buffering"), "no");
        let mut stream = Self {
            response,
            text: String::new(),
        };
        assert_eq!(stream.frame().await.unwrap(), "retry: 2000");
        stream
    }

    /// What stands between two empty lines; nothing when the stream has ended.
    async fn frame(&mut self) -> Option<String> {
        loop {
            if let Some((frame, rest)) = self.text.split_once("\n\n") {
                let (frame, rest) = (frame.to_owned(), rest.to_owned());
                self.text = rest;
                return Some(frame);
            }
            let chunk = timeout(LONG, self.response.chunk())
                .await
                .unwrap()
                .unwrap()?;
            self.text.push_str(std::str::from_utf8(&chunk).unwrap());
        }
    }

    async fn next(&mut self) -> Option<Event> {
        let frame = self.frame().await?;
        let mut event = Event::default();
        for line in frame.lines() {
            match line.split_once(": ").unwrap() {
                ("id", id) => event.id = Some(id.into()),
                ("event", kind) => event.kind = kind.into(),
                ("data", data) => event.data = serde_json::from_str(data).unwrap(),
                other => panic!("{other:?}"),
            }
        }
        Some(event)
    }

    /// The kinds and jobs of the next events.
    async fn kinds(&mut self, count: usize) -> Vec<(String, Value)> {
        let mut kinds = Vec::new();
        for _ in 0..count {
            let event = self.next().await.unwrap();
            kinds.push((event.kind, event.data["job"].clone()));
        }
        kinds
    }

    async fn has_ended(&mut self) -> bool {
        self.frame().await.is_none()
    }
}

async fn follow(user: &User<'_>, job: &Value) -> Stream {
    Stream::open(user.get(&format!("{}/events", path(job)))).await
}

fn kinds(list: &[(&str, &Value)]) -> Vec<(String, Value)> {
    list.iter()
        .map(|(kind, job)| ((*kind).to_owned(), job["id"].clone()))
        .collect()
}

#[tokio::test]
async fn a_job_is_told_from_its_beginning_and_as_it_goes_on_until_its_end() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let job = submitted(&ada).await;
    let mut stream = follow(&ada, &job).await;
    let first = stream.next().await.unwrap();
    let expected = Event {
        id: Some("1".into()),
        kind: "submitted".into(),
        data: json!({"job": job["id"], "id": 1, "kind": "submitted", "at": job["created_at"]}),
    };
    assert_eq!(first, expected);
    let taken = take(&app).await;
    app.app.wake.publish(Topic::Job(taken.job.id));
    let second = stream.next().await.unwrap();
    assert_eq!(
        (second.id.as_deref(), second.kind.as_str()),
        (Some("2"), "started")
    );
    assert_eq!(second.data["attempt"], 1);
    finish(&app, &taken, b"little").await;
    let third = stream.next().await.unwrap();
    assert_eq!(
        (third.id.as_deref(), third.kind.as_str()),
        (Some("3"), "succeeded")
    );
    assert!(stream.has_ended().await);
}

#[tokio::test]
async fn who_comes_again_misses_nothing_and_hears_nothing_twice() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let job = submitted(&ada).await;
    let taken = take(&app).await;
    let events = format!("{}/events", path(&job));
    let again = |id: &'static str| {
        ada.get(&events)
            .header("accept", "text/event-stream")
            .header("last-event-id", id)
    };
    let mut stream = Stream::open(again("1")).await;
    assert_eq!(stream.kinds(1).await, kinds(&[("started", &job)]));
    finish(&app, &taken, b"little").await;
    let mut stream = Stream::open(again("2")).await;
    assert_eq!(stream.kinds(1).await, kinds(&[("succeeded", &job)]));
    assert!(stream.has_ended().await);
    // Nothing is left to tell: a browser would otherwise come again for ever.
    let over = again("3").answer().await.is(204);
    assert!(over.body.is_empty());
    // Nobody has seen what is not there: then a backup was restored.
    let mut stream = Stream::open(again("99")).await;
    let all = [("submitted", &job), ("started", &job), ("succeeded", &job)];
    assert_eq!(stream.kinds(3).await, kinds(&all));
    assert!(stream.has_ended().await);
    again("x").answer().await.refused(400, "bad-request");
    again("-1").answer().await.refused(400, "bad-request");
}

#[tokio::test]
async fn progress_is_told_without_an_id() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let job = submitted(&ada).await;
    let taken = take(&app).await;
    let _shown = app.app.live.show(taken.job.id, Monitor::new(90));
    let mut all = Stream::open(ada.get("/v1/events")).await;
    let mut one = follow(&ada, &job).await;
    for stream in [&mut all, &mut one] {
        assert_eq!(
            stream.kinds(2).await,
            kinds(&[("submitted", &job), ("started", &job)])
        );
        let expected = Event {
            id: None,
            kind: "progress".into(),
            data: json!({"job": job["id"], "done": 0, "total": 90, "unit": "bytes",
                "phase": "waiting"}),
        };
        assert_eq!(stream.next().await.unwrap(), expected);
    }
}

#[tokio::test]
async fn the_stream_of_an_account_tells_all_its_jobs_and_no_others() {
    let app = TestApp::start().await;
    let (ada, eve) = (app.user("ada").await, app.user("eve").await);
    let first = submitted(&ada).await;
    submitted(&eve).await;
    let mut stream = Stream::open(ada.get("/v1/events")).await;
    let second = submitted(&ada).await;
    let expected = kinds(&[("submitted", &first), ("submitted", &second)]);
    assert_eq!(stream.kinds(2).await, expected);
    let taken = take(&app).await;
    finish(&app, &taken, b"little").await;
    app.app.wake.publish(Topic::Owner(ada.member.owner));
    let started = stream.next().await.unwrap();
    assert_eq!(
        (started.kind.as_str(), &started.data["job"]),
        ("started", &first["id"])
    );
    let place = started.id.unwrap();
    let again = ada.get("/v1/events").header("last-event-id", &place);
    let mut stream = Stream::open(again).await;
    assert_eq!(stream.kinds(1).await, kinds(&[("succeeded", &first)]));
    let number: i64 = place.split('.').next().unwrap().parse().unwrap();
    let beyond = place.replacen(&number.to_string(), &(number + 1000).to_string(), 1);
    let again = ada.get("/v1/events").header("last-event-id", &beyond);
    let mut stream = Stream::open(again).await;
    assert_eq!(stream.kinds(2).await, expected);
    ada.get("/v1/events")
        .header("last-event-id", "1")
        .answer()
        .await
        .refused(400, "bad-request");
}

#[tokio::test]
async fn a_stream_without_history_begins_now() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    submitted(&ada).await;
    let mut stream = Stream::open(ada.get("/v1/events?history=false")).await;
    let later = submitted(&ada).await;
    assert_eq!(stream.kinds(1).await, kinds(&[("submitted", &later)]));
    let wrong = ada.get("/v1/events?history=maybe&x=1");
    wrong.answer().await.invalid(&["/history", "/x"]);
}

#[tokio::test]
async fn streams_are_for_those_who_are_signed_in_and_of_what_is_theirs() {
    let app = TestApp::start().await;
    let (ada, eve) = (app.user("ada").await, app.user("eve").await);
    let job = submitted(&ada).await;
    let events = format!("{}/events", path(&job));
    let asks = |request: RequestBuilder| request.header("accept", "text/event-stream").answer();
    asks(eve.get(&events)).await.refused(404, "not-found");
    asks(app.get(&events)).await.refused(401, "unauthenticated");
    asks(app.get("/v1/events"))
        .await
        .refused(401, "unauthenticated");
    ada.delete(&path(&job))
        .answer()
        .await
        .refused(409, "conflict");
}

#[tokio::test]
async fn an_account_has_so_many_streams_and_others_still_have_theirs() {
    let app = TestApp::with(|_, settings| settings.max_streams_of_owner = 1).await;
    let (ada, eve) = (app.user("ada").await, app.user("eve").await);
    let job = submitted(&ada).await;
    let first = follow(&ada, &job).await;
    let refused = ada.get("/v1/events").answer().await;
    assert_eq!(refused.header("retry-after"), "2");
    refused.refused(429, "too-many-requests");
    Stream::open(eve.get("/v1/events")).await;
    drop(first);
    // The service sees that the client has gone when it next writes, or is told at once.
    let seated = async {
        while ada.get("/v1/events").send().await.unwrap().status() == 429 {
            tokio::task::yield_now().await;
        }
    };
    timeout(LONG, seated).await.unwrap();
}

#[tokio::test]
async fn streams_end_when_the_service_does() {
    let mut app = TestApp::start().await;
    let mut stream = Stream::open(app.user("ada").await.get("/v1/events")).await;
    app.stop();
    assert!(stream.has_ended().await);
    app.ended().await;
}

//! Jobs that bring their files, and those whose result is the answer.

use reqwest::RequestBuilder;
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};
use tokio::time::timeout;

use filittle_common::domain::{Item, ItemState};
use filittle_common::engine::{self, End};
use filittle_common::problem::{Kind, Problem};
use filittle_common::wake::Topic;

use crate::answer::{Answer, Send};
use crate::app::{LONG, TestApp, User};
use crate::jobs::{finish, path, take};

fn file(name: &str, bytes: &[u8]) -> Part {
    Part::bytes(bytes.to_vec()).file_name(name.to_owned())
}

fn order() -> Part {
    Part::text(json!({"steps": [{"op": "compress"}], "name": "letters"}).to_string())
}

fn submit(user: &User<'_>, form: Form) -> RequestBuilder {
    user.post("/v1/jobs").multipart(form)
}

/// Answers when the job of a request waits for a worker.
async fn is_submitted(app: &TestApp, user: &User<'_>) {
    let mut woken = app.app.wake.subscribe(Topic::Owner(user.member.owner));
    let submitted = async {
        while user.get("/v1/jobs").answer().await.json()["items"] == json!([]) {
            woken.woken().await;
        }
    };
    timeout(LONG, submitted).await.unwrap();
}

/// What is answered to a request whose job ends well.
async fn worked_off(app: &TestApp, user: &User<'_>, request: RequestBuilder) -> Answer {
    let answer = tokio::spawn(request.answer());
    is_submitted(app, user).await;
    finish(app, &take(app).await, b"little").await;
    answer.await.unwrap()
}

async fn no_blocks_and_no_jobs(ada: &User<'_>) {
    ada.app.has_blocks(|count| count == 0).await;
    assert_eq!(
        ada.get("/v1/jobs").answer().await.json()["items"],
        json!([])
    );
}

#[tokio::test]
async fn a_form_of_files_and_a_job_in_any_order_is_a_job() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let forms = [
        Form::new()
            .part("job", order())
            .part("file", file("a.txt", b"one"))
            .part("file", file("../b.txt", b"two")),
        Form::new()
            .part("file", file("a.txt", b"one"))
            .part("file", file("../b.txt", b"two"))
            .part("job", order()),
    ];
    for form in forms {
        let answer = submit(&ada, form).answer().await.is(202);
        let job = answer.json();
        assert_eq!(answer.header("location"), path(&job));
        assert_eq!(job["name"], "letters");
        let items: Vec<_> = (job["items"].as_array().unwrap().iter())
            .map(|item| item["name"].as_str().unwrap())
            .collect();
        assert_eq!(items[0], "a.txt");
        assert!(!items[1].contains('/'), "{items:?}");
    }
    assert_eq!(
        ada.get("/v1/files").answer().await.json()["items"],
        json!([])
    );
}

#[tokio::test]
async fn what_is_wrong_with_a_form_is_told_and_nothing_of_it_stays() {
    let app = TestApp::with(|config, _| config.limits.parts = 2).await;
    let ada = app.user("ada").await;
    // Each another content: what two uploads share is left to the collector.
    let number = std::cell::Cell::new(0);
    let a = || {
        number.set(number.get() + 1);
        file("a.txt", number.get().to_string().as_bytes())
    };
    let with_inputs = json!({"inputs": [], "steps": [{"op": "compress"}], "x": 1}).to_string();
    let table: [(Form, &[&str]); 6] = [
        (Form::new().part("file", a()), &["/job"]),
        (Form::new().part("job", order()), &["/file"]),
        (
            Form::new().part("file", a()).text("job", with_inputs),
            &["/x", "/inputs"],
        ),
        (
            Form::new()
                .part("file", a())
                .part("job", order())
                .part("job", order()),
            &["/job"],
        ),
        (Form::new().part("file", a()).text("a~b", "x"), &["/a~0b"]),
        (
            Form::new()
                .part("file", a())
                .text("job", json!({"steps": [{"op": "fly"}]}).to_string()),
            &["/steps/0/op"],
        ),
    ];
    for (form, pointers) in table {
        submit(&ada, form).answer().await.invalid(pointers);
    }
    let not_json = Form::new().part("file", a()).text("job", "{");
    submit(&ada, not_json)
        .answer()
        .await
        .refused(400, "bad-request");
    let empty = Form::new()
        .part("file", file("a.txt", b""))
        .part("job", order());
    submit(&ada, empty)
        .answer()
        .await
        .refused(422, "empty-file");
    let too_many = (0..3).fold(Form::new(), |form, _| form.part("file", a()));
    submit(&ada, too_many)
        .answer()
        .await
        .refused(413, "too-large");
    let long = "x".repeat((1 << 20) + 1);
    let too_long = Form::new().part("file", a()).text("job", long);
    submit(&ada, too_long)
        .answer()
        .await
        .refused(413, "too-large");
    no_blocks_and_no_jobs(&ada).await;
}

#[tokio::test]
async fn a_shortcut_answers_with_what_its_job_made() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let form = Form::new().part("file", file("a.txt", b"some text"));
    let ways = [
        ada.put("/v1/compress?level=best", "some text"),
        ada.post("/v1/compress?level=best").body("some text"),
        ada.post("/v1/compress?level=best").multipart(form),
    ];
    for request in ways {
        let answer = worked_off(&app, &ada, request).await.is(200);
        assert_eq!(answer.body, "little");
        assert_eq!(answer.header("content-type"), "application/zstd");
        assert!(answer.header("content-disposition").contains("a.txt.zst"));
        let place = answer.header("content-location");
        assert_eq!(ada.get(place).answer().await.is(200).body, "little");
        let link = answer.header("link");
        let job = link
            .strip_prefix('<')
            .and_then(|link| link.strip_suffix(">; rel=\"job\""))
            .unwrap();
        let job = ada.get(job).answer().await.is(200).json();
        assert_eq!(job["steps"][0]["level"], "best");
        ada.delete(&path(&job)).answer().await.is(204);
    }
}

#[tokio::test]
async fn a_shortcut_whose_job_failed_answers_its_problem() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let request = ada.put("/v1/dither?levels=2", "no picture");
    let answer = tokio::spawn(request.answer());
    is_submitted(&app, &ada).await;
    let taken = take(&app).await;
    let failed = |item: &Item| Item {
        state: ItemState::Failed,
        error: Some(Problem::new(Kind::UnsupportedMediaType, "it is a text")),
        ..item.clone()
    };
    let end = End::Done {
        items: taken.job.items.iter().map(failed).collect(),
        made: Vec::new(),
    };
    engine::finish(&app.app.db, &taken, end).await.unwrap();
    app.app.wake.publish(Topic::Job(taken.job.id));
    let answer = answer.await.unwrap();
    assert!(answer.header("link").contains("rel=\"job\""));
    let body = answer.refused(415, "unsupported-media-type");
    assert_eq!(body["detail"], "it is a text");
}

#[tokio::test]
async fn a_shortcut_that_is_cancelled_says_so() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let answer = tokio::spawn(ada.put("/v1/compress", "some text").answer());
    is_submitted(&app, &ada).await;
    let job = ada.get("/v1/jobs").answer().await.json()["items"][0].clone();
    let cancel = format!("{}/cancel", path(&job));
    ada.post(&cancel).answer().await.is(200);
    answer.await.unwrap().refused(409, "conflict");
}

#[tokio::test]
async fn who_would_rather_not_wait_gets_the_job() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    for (preference, applied) in [("respond-async", "respond-async"), ("wait=0", "wait=0")] {
        let request = ada.put("/v1/compress", "some text");
        let answer = request.header("prefer", preference).answer().await.is(202);
        assert_eq!(answer.header("preference-applied"), applied);
        assert_eq!(answer.header("location"), path(&answer.json()));
        assert_eq!(answer.header("retry-after"), "1");
        assert_eq!(answer.json()["state"], "queued");
    }
}

#[tokio::test]
async fn the_time_that_was_waited_for_is_told_with_the_result() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    for (preference, applied) in [("wait=30", "wait=30"), ("wait=600", "wait=60"), ("x", "")] {
        let request = ada.put("/v1/compress", "some text");
        let answer = worked_off(&app, &ada, request.header("prefer", preference)).await;
        assert_eq!(answer.header("preference-applied"), applied);
        let jobs = ada.get("/v1/jobs").answer().await.json();
        let job = path(&jobs["items"][0]);
        ada.delete(&job).answer().await.is(204);
    }
}

#[tokio::test]
async fn a_file_that_comes_raw_is_called_as_the_query_says() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let job = async |query: &str| {
        let request = ada.put(&format!("/v1/{query}"), "some text");
        let request = request.header("prefer", "respond-async");
        request.answer().await.is(202).json()
    };
    for (query, name) in [
        ("compress", "file.txt"),
        ("compress?name=a.csv", "a.csv"),
        ("compress?format=gzip&name=..%2Fa.csv", "a.csv"),
        ("dither?name=a.png", "a.png"),
        ("resize?width=5&name=a.png", "a.png"),
        ("convert?format=png&name=a.png", "a.png"),
    ] {
        assert_eq!(job(query).await["items"][0]["name"], name, "{query}");
    }
    let zip = job("compress?format=zip&name=all.zip").await;
    assert_eq!(zip["items"][0]["name"], "file.txt");
    assert_eq!(zip["steps"][0]["name"], "all.zip");
}

#[tokio::test]
async fn a_name_is_told_once_and_not_beside_a_form() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let twice = ada.put("/v1/dither?name=a&name=b", "x");
    twice.answer().await.invalid(&["/name"]);
    let form = Form::new().part("file", file("a.txt", b"one"));
    let both = ada.post("/v1/compress?name=b.txt").multipart(form);
    both.answer().await.invalid(&["/name"]);
    no_blocks_and_no_jobs(&ada).await;
}

#[tokio::test]
async fn wrong_parameters_are_told_before_the_body_is_read() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let never = futures_util::stream::pending::<Result<Vec<u8>, std::io::Error>>();
    let body = reqwest::Body::wrap_stream(never);
    let request = ada.put("/v1/dither?levels=1&sharpness=3", body);
    request.answer().await.invalid(&["/levels", "/sharpness"]);
    app.post("/v1/dither")
        .answer()
        .await
        .refused(401, "unauthenticated");
    ada.get("/v1/dither")
        .answer()
        .await
        .refused(405, "method-not-allowed");
    no_blocks_and_no_jobs(&ada).await;
}

#[tokio::test]
async fn a_shortcut_takes_one_file() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let form = Form::new()
        .part("file", file("a.txt", b"one"))
        .part("file", file("b.txt", b"two"));
    let request = ada.post("/v1/compress").multipart(form);
    request.answer().await.invalid(&["/file"]);
    ada.put("/v1/compress", "")
        .answer()
        .await
        .refused(422, "empty-file");
    no_blocks_and_no_jobs(&ada).await;
}

#[tokio::test]
async fn colors_need_no_number_sign() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let request = ada.put("/v1/dither?colors=000,fff,f00", "x");
    let answer = request
        .header("prefer", "respond-async")
        .answer()
        .await
        .is(202);
    let colors: Value = answer.json()["steps"][0]["colors"].clone();
    assert_eq!(colors.as_array().unwrap().len(), 3, "{colors}");
}

//! Signed links: no login, one thing, for a time.

use std::time::Duration;

use filittle_common::domain::{Item, ItemState};
use filittle_common::engine::{self, End};
use filittle_common::problem::{Kind, Problem};
use serde_json::json;

use crate::answer::Send;
use crate::app::TestApp;
use crate::jobs::{finish, path, submitted, take};

#[tokio::test]
async fn the_url_of_a_file_needs_no_login_and_ends() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let file = ada.file("a.txt", b"some text").await;
    let url = file["url"].as_str().unwrap();
    let answer = app.get(url).answer().await.is(200);
    assert_eq!(&answer.body[..], b"some text");
    assert_eq!(answer.header("referrer-policy"), "no-referrer");
    let part = app
        .get(url)
        .header("range", "bytes=5-")
        .answer()
        .await
        .is(206);
    assert_eq!(&part.body[..], b"text");
    app.get(&format!("{url}/0"))
        .answer()
        .await
        .refused(404, "not-found");
    // Half of a link's life is the least that it has left.
    app.app
        .db
        .clock()
        .advance(Duration::from_hours(12) - Duration::from_secs(1));
    app.get(url).answer().await.is(200);
    app.app
        .db
        .clock()
        .advance(Duration::from_hours(12) + Duration::from_secs(1));
    app.get(url).answer().await.refused(410, "gone");
}

#[tokio::test]
async fn a_changed_link_opens_nothing() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let file = ada.file("a.txt", b"some text").await;
    let url = file["url"].as_str().unwrap();
    let (base, token) = url.rsplit_once('/').unwrap();
    let changed = if token.ends_with('A') { "B" } else { "A" };
    let tokens = [
        format!("{}{changed}", &token[..token.len() - 1]),
        format!("B{}", &token[1..]),
        token[1..].to_owned(),
        format!("{token}A"),
        "x".into(),
    ];
    for token in tokens {
        app.get(&format!("{base}/{token}"))
            .answer()
            .await
            .refused(404, "not-found");
    }
}

#[tokio::test]
async fn a_browser_is_shown_a_page_where_a_link_is_bad_or_too_old() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let file = ada.file("a.txt", b"some text").await;
    let url = file["url"].as_str().unwrap();
    let life = Duration::from_hours(24);
    app.app.db.clock().advance(life);
    let bad = [
        "/v1/links/x",
        "/v1/links/x/0",
        "/v1/links/%00",
        "/v1/links/x/y",
    ];
    let cases = bad.map(|path| (path, 404)).into_iter().chain([(url, 410)]);
    for (path, status) in cases {
        let asked = app.get(path).header("accept", "text/html,*/*;q=0.8");
        let page = asked.answer().await.is(status);
        assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
        let policy = page.header("content-security-policy");
        assert!(
            policy.starts_with("default-src 'none'; style-src"),
            "{policy}"
        );
        assert_eq!(page.header("x-content-type-options"), "nosniff");
        assert_eq!(page.header("referrer-policy"), "no-referrer");
        assert_eq!(page.header("cache-control"), "private, no-store");
        assert_eq!(page.header("vary"), "accept");
        let program = app.get(path).answer().await;
        assert_eq!(program.header("vary"), "accept");
        program.refused(status, if status == 404 { "not-found" } else { "gone" });
    }
    let unsubscribe = app.post("/v1/unsubscribe/x").header("accept", "text/html");
    let page = unsubscribe.answer().await.is(404);
    assert!(page.header("content-type").starts_with("text/html"));
}

#[tokio::test]
async fn a_link_of_a_job_shows_its_outputs_to_people_and_to_programs() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let file = ada.file("a.txt", b"some text").await;
    let body = json!({
        "inputs": [{"file": file["id"]}],
        "steps": [{"op": "compress"}],
        "name": "<script>alert(1)</script>",
    });
    let job = ada
        .post("/v1/jobs")
        .json(&body)
        .answer()
        .await
        .is(202)
        .json();
    let taken = take(&app).await;
    finish(&app, &taken, b"little").await;
    let job = ada.get(&path(&job)).answer().await.json();
    let (page, _) = job["outputs"][0]["url"]
        .as_str()
        .unwrap()
        .rsplit_once('/')
        .unwrap();

    let told = app.get(page).answer().await.is(200);
    assert_eq!(told.json()["outputs"][0]["name"], "a.txt.zst");
    assert_eq!(told.header("cache-control"), "private, no-store");
    let url = told.json()["outputs"][0]["url"]
        .as_str()
        .unwrap()
        .to_owned();
    assert_eq!(&app.get(&url).answer().await.is(200).body[..], b"little");
    app.get(&format!("{page}/1"))
        .answer()
        .await
        .refused(404, "not-found");

    let shown = app
        .get(page)
        .header("accept", "text/html,*/*;q=0.8")
        .answer()
        .await
        .is(200);
    assert!(shown.header("content-type").starts_with("text/html"));
    assert!(
        shown
            .header("content-security-policy")
            .starts_with("default-src 'none'")
    );
    let html = String::from_utf8(shown.body.to_vec()).unwrap();
    assert!(html.contains(&url) && html.contains("a.txt.zst"));
    assert!(!html.contains("<script"), "{html}");

    ada.delete(&path(&job)).answer().await.is(204);
    app.get(page).answer().await.refused(410, "gone");
}

#[tokio::test]
async fn the_page_of_a_job_names_what_failed_and_why() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    submitted(&ada).await;
    let taken = take(&app).await;
    let failed = |item: &Item| Item {
        name: "<i>.txt".into(),
        state: ItemState::Failed,
        error: Some(Problem::new(Kind::UnsupportedMediaType, "it is a text")),
        ..item.clone()
    };
    let end = End::Done {
        items: taken.job.items.iter().map(failed).collect(),
        made: Vec::new(),
    };
    engine::finish(&app.app.db, &taken, end).await.unwrap();
    let (id, owner) = (taken.job.id, ada.member.owner);
    let until = app.app.db.clock().now() + Duration::from_hours(1);
    let token = app.app.accounts.links().sign_job(owner, id, until);
    let page = app.get(&format!("/v1/links/{token}"));
    let page = page.header("accept", "text/html").answer().await.is(200);
    let html = String::from_utf8(page.body.to_vec()).unwrap();
    assert!(html.contains("These files failed"), "{html}");
    assert!(html.contains("it is a text"), "{html}");
    assert!(
        html.contains("i&#62;.txt") && !html.contains("<i>"),
        "{html}"
    );
}

#[tokio::test]
async fn a_link_of_a_job_that_runs_tells_how_it_stands() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let job = submitted(&ada).await;
    let id = job["id"].as_str().unwrap().parse().unwrap();
    let end = app.app.db.clock().now() + Duration::from_hours(1);
    let token = app.app.accounts.links().sign_job(ada.member.owner, id, end);
    let page = app
        .get(&format!("/v1/links/{token}"))
        .header("accept", "text/html");
    let html = String::from_utf8(page.answer().await.is(200).body.to_vec()).unwrap();
    assert!(
        html.contains("queued") && html.contains("refresh"),
        "{html}"
    );
}

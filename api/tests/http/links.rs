//! Signed links: no login, one thing, for a time.

use std::time::Duration;

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

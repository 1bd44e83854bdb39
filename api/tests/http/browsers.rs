//! What browsers are told with every answer.

use crate::answer::{Answer, Send};
use crate::app::TestApp;
use crate::jobs::{path, submitted};

fn is_guarded(answer: &Answer) {
    let has = |name: &str, value: &str| assert_eq!(answer.header(name), value, "{answer:?}");
    has("x-content-type-options", "nosniff");
    has("referrer-policy", "no-referrer");
    assert!(
        answer
            .header("content-security-policy")
            .starts_with("default-src 'none'"),
        "{answer:?}"
    );
    assert!(
        matches!(
            answer.header("cross-origin-resource-policy"),
            "same-origin" | "same-site"
        ),
        "{answer:?}"
    );
    assert_ne!(answer.header("cache-control"), "", "{answer:?}");
}

#[tokio::test]
async fn every_answer_tells_browsers_to_run_nothing_and_to_guess_nothing() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let job = path(&submitted(&ada).await);
    let file = ada.file("a.txt", b"some text").await;
    let content = format!("/v1/files/{}/content", file["id"].as_str().unwrap());
    for answer in [
        ada.get("/v1/me").answer().await.is(200),
        ada.get(&job).answer().await.is(200),
        ada.get(&content).answer().await.is(200),
        app.get(file["url"].as_str().unwrap())
            .answer()
            .await
            .is(200),
        app.get("/livez").answer().await.is(200),
        app.get("/v1/limits").answer().await.is(200),
        app.get("/v1/me").answer().await.is(401),
        app.get("/nowhere").answer().await.is(404),
        app.post("/v1/limits").answer().await.is(405),
        ada.put("/v1/dither?levels=1", "x").answer().await.is(422),
    ] {
        is_guarded(&answer);
        assert_eq!(answer.header("strict-transport-security"), "");
    }
}

#[tokio::test]
async fn where_clients_come_by_tls_they_shall_always_do() {
    let app = TestApp::with(|config, _| config.public_url = "https://files.example".into()).await;
    let answer = app.get("/livez").answer().await;
    assert_eq!(
        answer.header("strict-transport-security"),
        "max-age=31536000"
    );
}

//! The form of all refusals, and what is true of every answer.

use reqwest::Method;
use serde_json::json;

use crate::answer::Send;
use crate::app::TestApp;

#[tokio::test]
async fn what_is_not_there_is_a_problem() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    for path in [
        "/page",
        "/page/",
        "/page/..%2Fmod.rs",
        "/v2/files",
        "/v1/uploads",
        "/v1/changes",
        "/v1//files",
        "/v1/files/",
    ] {
        app.get(path).answer().await.refused(404, "not-found");
    }
    for id in [
        "x",
        "1",
        "00000000-0000-0000-0000-000000000000",
        "%00",
        "..%2f",
    ] {
        ada.get(&format!("/v1/files/{id}"))
            .answer()
            .await
            .refused(404, "not-found");
        ada.get(&format!("/v1/jobs/{id}"))
            .answer()
            .await
            .refused(404, "not-found");
        ada.get(&format!("/v1/jobs/{id}/outputs/0"))
            .answer()
            .await
            .refused(404, "not-found");
        ada.delete(&format!("/v1/api-keys/{id}"))
            .answer()
            .await
            .refused(404, "not-found");
    }
}

#[tokio::test]
async fn a_wrong_method_is_told_the_right_ones() {
    let app = TestApp::start().await;
    let answer = app.request(Method::DELETE, "/v1/me").answer().await;
    let mut allowed: Vec<_> = answer.header("allow").split(',').collect();
    allowed.sort_unstable();
    assert_eq!(allowed, ["GET", "HEAD", "PATCH"]);
    answer.refused(405, "method-not-allowed");
}

#[tokio::test]
async fn what_is_not_json_is_told_with_its_place() {
    let app = TestApp::start().await;
    for body in ["", "{", "{\"email\": }", "\u{feff}{}", "nonsense"] {
        let problem = app
            .post("/v1/login")
            .body(body)
            .answer()
            .await
            .refused(400, "bad-request");
        assert!(
            problem["detail"]
                .as_str()
                .unwrap()
                .contains("line 1 column"),
            "{problem}"
        );
    }
    app.post("/v1/login")
        .body("[]")
        .answer()
        .await
        .invalid(&[""]);
    let wrong = json!({"email": 5, "password": "x"});
    app.post("/v1/login")
        .json(&wrong)
        .answer()
        .await
        .invalid(&["/email"]);
    let deep = "[".repeat(100_000);
    app.post("/v1/login")
        .body(deep)
        .answer()
        .await
        .refused(400, "bad-request");
    let form = app
        .post("/v1/login")
        .header("content-type", "image/png")
        .body("{}");
    form.answer().await.refused(415, "unsupported-media-type");
}

#[tokio::test]
async fn a_body_of_json_has_at_most_a_megabyte() {
    let app = TestApp::start().await;
    let body = json!({"email": "x".repeat(1 << 20), "password": "x"});
    app.post("/v1/login")
        .json(&body)
        .answer()
        .await
        .refused(413, "too-large");
}

#[tokio::test]
async fn every_answer_has_an_id_and_a_trace() {
    let app = TestApp::start().await;
    let trace = "4bf92f3577b34da6a3ce929d0e0e4736";
    let sent = format!("00-{trace}-00f067aa0ba902b7-01");
    for path in ["/livez", "/v1/me", "/nowhere"] {
        let one = app.get(path).header("traceparent", &sent).answer().await;
        let two = app
            .get(path)
            .header("traceparent", "nonsense")
            .answer()
            .await;
        assert_ne!(one.header("x-request-id"), "");
        assert_ne!(one.header("x-request-id"), two.header("x-request-id"));
        let back = one.header("traceparent");
        assert!(
            back.starts_with(&format!("00-{trace}-")) && back.ends_with("-01"),
            "{back}"
        );
        assert_ne!(back, sent);
        assert_eq!(two.header("traceparent").len(), 55);
        assert!(!two.header("traceparent").contains(trace));
    }
}

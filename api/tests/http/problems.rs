//! The form of all refusals, and what is true of every answer.

use filittle_common::problem::Kind;
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
async fn what_is_reserved_is_not_there_and_what_asks_for_it_is_told_where() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let file = ada.file("a.txt", b"some text").await;
    let id = file["id"].as_str().unwrap();
    let reserved = [
        (Method::PUT, format!("/v1/files/{id}/content")),
        (Method::POST, "/v1/files/from-blocks".into()),
        (Method::GET, format!("/v1/files/{id}/versions")),
        (Method::GET, format!("/v1/files/{id}/manifest")),
        (Method::GET, format!("/v1/files/{id}/links")),
        (Method::POST, "/v1/blocks/missing".into()),
        (Method::PUT, "/v1/blocks/00".into()),
        (Method::POST, "/v1/uploads".into()),
        (Method::GET, "/v1/changes".into()),
        (Method::GET, "/v1/devices".into()),
        (Method::GET, "/v1/trash".into()),
        (Method::POST, "/v1/archives".into()),
        (Method::GET, "/v1/images".into()),
        (Method::GET, "/v1/categories".into()),
        (Method::GET, "/v1/posts".into()),
        (Method::GET, "/v1/admin/accounts".into()),
    ];
    for (method, path) in reserved {
        let answer = ada.request(method, &path).answer().await;
        answer.refused(404, "not-found");
    }
    let order = |steps: serde_json::Value| json!({"inputs": [{"file": id}], "steps": steps});
    let asks = async |path: &str, body: serde_json::Value, pointers: &[&str]| {
        let answer = ada.post(path).json(&body).answer().await;
        answer.invalid(pointers);
    };
    let zstd = json!([{"op": "compress"}]);
    asks("/v1/jobs?dry_run=true", order(zstd.clone()), &["/dry_run"]).await;
    let mut hooked = order(zstd.clone());
    hooked["notify"] = json!({"webhooks": ["https://example.org"]});
    asks("/v1/jobs", hooked, &["/notify/webhooks"]).await;
    let url = json!({"inputs": [{"url": "https://example.org/a.png"}], "steps": zstd});
    asks("/v1/jobs", url, &["/inputs/0/url"]).await;
    for (step, pointer) in [
        (json!({"op": "crop"}), "/steps/0/op"),
        (
            json!({"op": "convert", "format": "webp"}),
            "/steps/0/format",
        ),
        (
            json!({"op": "convert", "format": "png", "lossless": true}),
            "/steps/0/lossless",
        ),
    ] {
        asks("/v1/jobs", order(json!([step])), &[pointer]).await;
    }
    let scoped = json!({"name": "a", "scopes": ["files"]});
    asks("/v1/api-keys", scoped, &["/scopes"]).await;
}

#[tokio::test]
async fn the_type_of_a_problem_leads_to_what_it_means_and_what_to_do() {
    let app = TestApp::start().await;
    let document = std::fs::read_to_string("../docs/problems.md").unwrap();
    let rows: Vec<Vec<&str>> = (document.lines())
        .filter(|line| line.starts_with("| `"))
        .map(|line| line.trim_matches([' ', '|']).split(" | ").collect())
        .collect();
    let mut told = 0;
    for kind in Kind::ALL {
        let path = format!("/problems/{}", kind.code());
        let text = app.get(&path).answer().await.is(200);
        assert_eq!(text.header("content-type"), "text/plain; charset=utf-8");
        let text = String::from_utf8(text.body.to_vec()).unwrap();
        assert!(text.starts_with(kind.title()) && text.contains("What to do: "));
        let page = app.get(&path).header("accept", "text/html").answer().await;
        let page = String::from_utf8(page.is(200).body.to_vec()).unwrap();
        assert!(
            page.contains(&format!("<h1>{}</h1>", kind.title())),
            "{page}"
        );
        let when: Vec<&str> = (text.lines())
            .filter_map(|line| line.strip_prefix("- "))
            .collect();
        let code = format!("`{}`", kind.code());
        let written: Vec<String> = (rows.iter())
            .filter(|row| row[0] == code)
            .inspect(|row| assert_eq!(row[1], kind.status().to_string(), "{row:?}"))
            .map(|row| row[2..].join(" | ").replace('`', ""))
            .collect();
        assert_eq!(when, written, "docs/problems.md of {code}");
        told += written.len();
    }
    assert_eq!(told, rows.len(), "docs/problems.md has what is no problem");
    app.get("/problems/nothing")
        .answer()
        .await
        .refused(404, "not-found");
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

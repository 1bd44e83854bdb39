//! Requests that are meant to do harm: too many parts, parts without names, and clients that close
//! one half of their connection.

use std::time::Duration;

use std::fmt::Write;

use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::answer::{Answer, Send};
use crate::app::{LONG, TestApp, User};

async fn send(user: &User<'_>, path: &str, body: String) -> Answer {
    user.post(path)
        .header("content-type", "multipart/form-data; boundary=x")
        .body(body)
        .answer()
        .await
}

/// So many parts, and what is said of each.
fn parts(count: usize, said: impl Fn(usize) -> String) -> String {
    let mut body = String::new();
    for number in 0..count {
        let said = said(number);
        write!(
            body,
            "--x\r\ncontent-disposition: form-data{said}\r\n\r\n{number}\r\n"
        )
        .unwrap();
    }
    body + "--x--\r\n"
}

async fn nothing_is_left(user: &User<'_>) {
    user.app.has_blocks(|count| count == 0).await;
    for list in ["/v1/files", "/v1/jobs"] {
        assert_eq!(user.get(list).answer().await.json()["items"], json!([]));
    }
}

#[tokio::test]
async fn a_thousand_and_one_files_are_too_many_and_leave_nothing() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let body = parts(1001, |n| format!("; name=\"file\"; filename=\"{n}\""));
    for path in ["/v1/files", "/v1/jobs"] {
        send(&ada, path, body.clone())
            .await
            .refused(413, "too-large");
        nothing_is_left(&ada).await;
    }
}

#[tokio::test]
async fn seventeen_fields_are_refused_and_leave_nothing() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let body = parts(17, |n| format!("; name=\"field{n}\""));
    for path in ["/v1/files", "/v1/jobs", "/v1/compress"] {
        send(&ada, path, body.clone()).await.invalid(&["/field0"]);
    }
    let query: Vec<_> = (0..17).map(|n| format!("field{n}=1")).collect();
    let answer = ada.get(&format!("/v1/jobs?{}", query.join("&")));
    let told = answer.answer().await.refused(422, "invalid");
    assert_eq!(told["errors"].as_array().unwrap().len(), 17);
    nothing_is_left(&ada).await;
}

#[tokio::test]
async fn parts_without_a_name_are_refused_and_leave_nothing() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    for said in ["", "; filename=\"a\"", "; name=\"\"; filename=\"a\""] {
        for path in ["/v1/files", "/v1/jobs"] {
            let body = parts(1, |_| said.to_owned());
            send(&ada, path, body).await.invalid(&["/"]);
        }
    }
    nothing_is_left(&ada).await;
}

#[tokio::test]
async fn a_field_named_twice_is_refused() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let body = r#"{"name": "a", "name": "b"}"#;
    let answer = ada.patch("/v1/me").body(body).answer().await;
    let told = answer.refused(400, "bad-request");
    assert!(
        told["detail"]
            .as_str()
            .unwrap()
            .contains("\"name\" stands there twice")
    );
    let twice = ada.get("/v1/jobs?limit=1&limit=2").answer().await;
    twice.refused(422, "invalid");
}

/// Sends this, closes its half of the connection, and answers what comes.
async fn half_closed(app: &TestApp, sent: &str) -> String {
    let mut stream = TcpStream::connect(app.address).await.unwrap();
    stream.write_all(sent.as_bytes()).await.unwrap();
    stream.shutdown().await.unwrap();
    let mut answer = Vec::new();
    // It may be closed the hard way.
    let _ = timeout(LONG, stream.read_to_end(&mut answer))
        .await
        .unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test]
async fn a_connection_whose_client_closed_its_half_ends_and_leaves_nothing() {
    let app = TestApp::with(|_, settings| {
        settings.max_uploads = 1;
        settings.patience = Duration::ZERO;
    })
    .await;
    let ada = app.user("ada").await;
    let signed = format!("host: x\r\nauthorization: Bearer {}\r\n", ada.token);
    for sent in [
        "GET /livez HTTP/1.1\r\nhost: x".to_owned(),
        format!("PUT /v1/files HTTP/1.1\r\n{signed}content-length: 9\r\n\r\nsome"),
        format!(
            "PUT /v1/files HTTP/1.1\r\n{signed}transfer-encoding: chunked\r\n\r\n4\r\nsome\r\n"
        ),
        format!(
            "POST /v1/files HTTP/1.1\r\n{signed}content-length: 999\r\n\
             content-type: multipart/form-data; boundary=x\r\n\r\n\
             --x\r\ncontent-disposition: form-data; name=\"file\"\r\n\r\nsome"
        ),
    ] {
        let answer = half_closed(&app, &sent).await;
        assert!(!answer.starts_with("HTTP/1.1 2"), "{sent}: {answer}");
        assert!(!answer.starts_with("HTTP/1.1 5"), "{sent}: {answer}");
    }
    nothing_is_left(&ada).await;
    // The only place for uploads is free.
    let accepted = async {
        while ada.put("/v1/files", "text").answer().await.status != 201 {
            tokio::task::yield_now().await;
        }
    };
    timeout(LONG, accepted).await.unwrap();
}

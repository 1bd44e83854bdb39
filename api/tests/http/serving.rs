//! Connections: slow heads, ends, and those who wait meanwhile.

use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::answer::Send;
use crate::app::{LONG, TestApp};
use crate::jobs::submitted;
use crate::uploads::spoken;

#[tokio::test]
async fn a_head_that_does_not_come_to_an_end_is_given_up() {
    let app = TestApp::with(|_, settings| settings.head_timeout = Duration::from_millis(200)).await;
    let began = Instant::now();
    let answer = spoken(&app, b"GET /livez HTTP/1.1\r\nhost: x\r\nx-slow: ").await;
    assert!(
        answer.is_empty() || answer.starts_with("HTTP/1.1 408"),
        "{answer}"
    );
    assert!(began.elapsed() < Duration::from_secs(10));
}

#[tokio::test]
async fn a_head_that_is_too_large_is_refused() {
    let app = TestApp::start().await;
    let long = format!(
        "GET /livez HTTP/1.1\r\nhost: x\r\nx: {}\r\n\r\n",
        "y".repeat(100_000)
    );
    let many = format!(
        "GET /livez HTTP/1.1\r\nhost: x\r\n{}\r\n",
        "x: y\r\n".repeat(200)
    );
    for head in [long, many] {
        let mut stream = TcpStream::connect(app.address).await.unwrap();
        // It may be refused while it is still being sent.
        let _ = stream.write_all(head.as_bytes()).await;
        let mut answer = Vec::new();
        let _ = tokio::time::timeout(LONG, stream.read_to_end(&mut answer))
            .await
            .unwrap();
        assert!(!answer.starts_with(b"HTTP/1.1 200"));
    }
    app.get("/livez").answer().await.is(200);
}

#[tokio::test]
async fn an_end_lets_requests_end_and_takes_no_new_ones() {
    let mut app = TestApp::start().await;
    let mut idle = TcpStream::connect(app.address).await.unwrap();
    idle.write_all(b"GET /livez HTTP/1.1\r\nhost: x\r\n\r\n")
        .await
        .unwrap();
    let mut some = [0; 12];
    idle.read_exact(&mut some).await.unwrap();
    assert_eq!(&some, b"HTTP/1.1 200");
    let ada = app.user("ada").await;
    let head = format!(
        "PUT /v1/files HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\ncontent-length: 4\r\n\r\nab",
        ada.token
    );
    let mut slow = TcpStream::connect(app.address).await.unwrap();
    slow.write_all(head.as_bytes()).await.unwrap();
    // The server has begun with it when it has answered somebody who came later.
    app.get("/livez").answer().await.is(200);
    let address = app.address;
    app.stop();
    slow.write_all(b"cd").await.unwrap();
    let mut answer = String::new();
    slow.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 201"), "{answer}");
    app.ended().await;
    assert!(TcpStream::connect(address).await.is_err());
}

#[tokio::test]
async fn an_end_does_not_wait_for_those_who_wait() {
    let mut app = TestApp::start().await;
    let ada = app.user("ada").await;
    let job = submitted(&ada).await;
    let path = format!("/v1/jobs/{}", job["id"].as_str().unwrap());
    let waits = ada.get(&path).header("prefer", "wait=60");
    let waiting = tokio::spawn(async move { waits.answer().await });
    let began = Instant::now();
    app.get("/livez").answer().await.is(200);
    app.stop();
    let answer = waiting.await.unwrap().is(200);
    assert_eq!(answer.json()["state"], "queued");
    app.ended().await;
    assert!(began.elapsed() < LONG);
}

#[tokio::test]
async fn what_does_not_end_in_time_is_cut_off() {
    let mut app = TestApp::with(|_, settings| settings.drain = Duration::from_millis(100)).await;
    let ada = app.user("ada").await;
    let head = format!(
        "PUT /v1/files HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\ncontent-length: 4\r\n\r\nab",
        ada.token
    );
    let mut slow = TcpStream::connect(app.address).await.unwrap();
    slow.write_all(head.as_bytes()).await.unwrap();
    app.get("/livez").answer().await.is(200);
    app.stop();
    app.ended().await;
    let mut answer = Vec::new();
    let _ = slow.read_to_end(&mut answer).await;
    assert!(answer.is_empty());
}

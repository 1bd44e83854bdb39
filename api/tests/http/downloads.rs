//! Clients that ask for bytes and do not take them.

use std::time::Duration;

use reqwest::Method;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};

use crate::answer::Send;
use crate::app::{LONG, TestApp, User};

/// More than the buffers of two sockets hold.
const MUCH: usize = 24 << 20;
const PATIENCE: Duration = Duration::from_millis(500);

async fn much(user: &User<'_>) -> String {
    let file = user.file("much", &vec![0; MUCH]).await;
    format!("/v1/files/{}/content", file["id"].as_str().unwrap())
}

/// Asks for a content, takes the first bytes of the answer and then nothing more.
async fn asks(user: &User<'_>, path: &str) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4096).unwrap();
    let mut stream = socket.connect(user.app.address).await.unwrap();
    let head = format!(
        "GET {path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\n\r\n",
        user.token
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut status = [0; 12];
    stream.read_exact(&mut status).await.unwrap();
    assert_eq!(&status, b"HTTP/1.1 200");
    stream
}

#[tokio::test]
async fn more_downloads_than_there_is_memory_for_are_told_to_come_back() {
    let app = TestApp::with(|_, settings| {
        settings.max_downloads = 1;
        settings.patience = Duration::ZERO;
    })
    .await;
    let ada = app.user("ada").await;
    let path = much(&ada).await;
    let stalled = asks(&ada, &path).await;
    let answer = ada.get(&path).answer().await;
    assert_eq!(answer.header("retry-after"), "2");
    answer.refused(503, "unavailable");
    // What has no bytes needs no place.
    let head = ada.request(Method::HEAD, &path).answer().await.is(200);
    let known = ada
        .get(&path)
        .header("if-none-match", head.header("etag"))
        .answer();
    known.await.is(304);
    drop(stalled);
    has_room_again(&ada, &path).await;
}

#[tokio::test]
async fn a_client_that_takes_nothing_is_cut_off() {
    let app = TestApp::with(|_, settings| {
        settings.max_downloads = 1;
        settings.patience = Duration::ZERO;
        settings.write_timeout = PATIENCE;
    })
    .await;
    let ada = app.user("ada").await;
    let path = much(&ada).await;
    let mut stalled = asks(&ada, &path).await;
    has_room_again(&ada, &path).await;
    let mut rest = Vec::new();
    let _ = tokio::time::timeout(LONG, stalled.read_to_end(&mut rest))
        .await
        .expect("the connection has ended");
    assert!(rest.len() < MUCH, "{} bytes came", rest.len());
}

#[tokio::test]
async fn a_client_that_is_slow_but_takes_its_bytes_is_served() {
    // Long enough for a busy machine, and yet far shorter than all of it takes.
    let patience = 8 * PATIENCE;
    let app = TestApp::with(|_, settings| settings.write_timeout = patience).await;
    let ada = app.user("ada").await;
    let path = much(&ada).await;
    let mut slow = asks(&ada, &path).await;
    let (mut all, mut some) = (0, vec![0; MUCH / 16]);
    while all < MUCH {
        let part = tokio::time::timeout(LONG, slow.read_exact(&mut some));
        all += part.await.expect("it goes on").expect("it is not cut off");
        tokio::time::sleep(patience / 8).await;
    }
}

async fn has_room_again(user: &User<'_>, path: &str) {
    let again = async { while user.get(path).answer().await.status != 200 {} };
    tokio::time::timeout(LONG, again)
        .await
        .expect("there is room again");
}

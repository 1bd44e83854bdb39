//! How contents come in, and that nothing stays of those that do not.

use std::time::Duration;

use reqwest::Method;
use reqwest::multipart::{Form, Part};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::answer::Send;
use crate::app::{LONG, TestApp, User};

const MIB: usize = 1 << 20;

fn part(name: &str, bytes: &[u8]) -> Part {
    Part::bytes(bytes.to_vec()).file_name(name.to_owned())
}

/// Bytes that do not repeat.
fn noise(length: usize) -> Vec<u8> {
    let mut state = 1_u32;
    let next = || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state.to_le_bytes()[0]
    };
    std::iter::repeat_with(next).take(length).collect()
}

/// No file, no block.
async fn nothing_is_left(ada: &User<'_>) {
    ada.app.has_blocks(|count| count == 0).await;
    assert_eq!(
        ada.get("/v1/files").answer().await.json()["items"],
        json!([])
    );
}

#[tokio::test]
async fn a_form_makes_a_file_of_each_part() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let big = noise(5 * MIB + 17);
    let form = Form::new()
        .part("file", part("a.txt", b"one"))
        .part("file", part("b.bin", &big));
    let answer = ada.post("/v1/files").multipart(form).answer().await.is(201);
    assert_eq!(answer.header("location"), "/v1/files");
    let items = answer.json()["items"].clone();
    assert_eq!(
        (&items[0]["name"], &items[1]["name"]),
        (&json!("a.txt"), &json!("b.bin"))
    );
    assert_eq!(items[1]["size"], json!(big.len()));
    let content = ada.get(&format!(
        "/v1/files/{}/content",
        items[1]["id"].as_str().unwrap()
    ));
    assert!(content.answer().await.is(200).body == big);
}

#[tokio::test]
async fn raw_bytes_make_a_file_whatever_they_are_said_to_be() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let types = [
        None,
        Some("application/x-www-form-urlencoded"),
        Some("text/html"),
        Some("nonsense"),
    ];
    for said in types {
        for method in [Method::POST, Method::PUT] {
            let mut request = ada
                .request(method, "/v1/files?name=a.txt")
                .body("some text");
            if let Some(said) = said {
                request = request.header("content-type", said);
            }
            let answer = request.answer().await.is(201);
            let file = &answer.json()["items"][0];
            assert_eq!(
                (&file["name"], &file["media_type"]),
                (&json!("a.txt"), &json!("text/plain"))
            );
            let location = format!("/v1/files/{}", file["id"].as_str().unwrap());
            assert_eq!(answer.header("location"), location);
        }
    }
}

#[tokio::test]
async fn json_is_a_file_when_it_is_put_and_an_import_is_refused_with_its_pointer() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let send = |method| {
        let request = ada.request(method, "/v1/files?name=a.json");
        request
            .json(&json!({"url": "http://example.org/a.png"}))
            .answer()
    };
    send(Method::POST).await.invalid(&["/url"]);
    nothing_is_left(&ada).await;
    send(Method::PUT).await.is(201);
}

#[tokio::test]
async fn a_body_without_a_length_is_taken() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let bytes = noise(3 * MIB);
    let chunks: Vec<_> = bytes
        .chunks(1000)
        .map(|chunk| Ok::<_, std::io::Error>(chunk.to_vec()))
        .collect();
    let body = reqwest::Body::wrap_stream(futures_util::stream::iter(chunks));
    let file = ada.put("/v1/files", body).answer().await.is(201).json()["items"][0].clone();
    assert_eq!(file["size"], json!(bytes.len()));
}

#[tokio::test]
async fn names_are_only_names() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    for name in ["../../etc/passwd", "a\u{202e}gpj.exe", "C:\\x\\y.txt"] {
        let form = Form::new().part("file", part(name, b"text"));
        let file = ada
            .post("/v1/files")
            .multipart(form)
            .answer()
            .await
            .is(201)
            .json();
        let kept = file["items"][0]["name"].as_str().unwrap();
        assert!(!kept.contains(['/', '\\', '\0', '\u{202e}']), "{kept:?}");
    }
}

#[tokio::test]
async fn what_is_too_large_is_refused_before_it_is_read_and_leaves_nothing() {
    let app = TestApp::with(|config, _| config.limits.file_bytes = 6 << 20).await;
    let ada = app.user("ada").await;
    let head = format!(
        "PUT /v1/files HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\n\
         content-length: {}\r\nexpect: 100-continue\r\n\r\n",
        ada.token,
        (6 << 20) + 1
    );
    let answer = spoken(&app, head.as_bytes()).await;
    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
    nothing_is_left(&ada).await;
}

#[tokio::test]
async fn what_grows_too_large_leaves_nothing() {
    let app = TestApp::with(|config, _| config.limits.file_bytes = 6 << 20).await;
    let ada = app.user("ada").await;
    // Without a length, and with a content that is put before it is too much.
    let chunks = (0..)
        .map(|_| Ok::<_, std::io::Error>(noise(64 << 10)))
        .take(97);
    let body = reqwest::Body::wrap_stream(futures_util::stream::iter(chunks));
    ada.put("/v1/files", body)
        .answer()
        .await
        .refused(413, "too-large");
    nothing_is_left(&ada).await;
    let form = Form::new()
        .part("file", part("good.txt", b"good"))
        .part("file", part("large.bin", &noise((6 << 20) + 1)));
    ada.post("/v1/files")
        .multipart(form)
        .answer()
        .await
        .refused(413, "too-large");
    nothing_is_left(&ada).await;
}

#[tokio::test]
async fn an_empty_file_is_refused_with_all_that_came_with_it() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    ada.put("/v1/files", "")
        .answer()
        .await
        .refused(422, "empty-file");
    let form = Form::new()
        .part("file", part("a", b"good"))
        .part("file", part("b", b""));
    ada.post("/v1/files")
        .multipart(form)
        .answer()
        .await
        .refused(422, "empty-file");
    nothing_is_left(&ada).await;
}

#[tokio::test]
async fn a_form_has_files_and_nothing_else() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    ada.post("/v1/files").multipart(Form::new()).answer().await;
    let form = Form::new()
        .part("file", part("a", b"good"))
        .text("owner", "eve");
    ada.post("/v1/files")
        .multipart(form)
        .answer()
        .await
        .invalid(&["/owner"]);
    let empty = "--x--\r\n";
    let request = ada
        .post("/v1/files")
        .header("content-type", "multipart/form-data; boundary=x");
    request.body(empty).answer().await.invalid(&["/file"]);
    nothing_is_left(&ada).await;
}

#[tokio::test]
async fn a_form_has_at_most_as_many_files_as_are_set() {
    let app = TestApp::with(|config, _| config.limits.parts = 3).await;
    let ada = app.user("ada").await;
    let form = |count: usize| {
        (0..count).fold(Form::new(), |form, n| {
            form.part("file", part("a", &[b'a', n.to_le_bytes()[0]]))
        })
    };
    ada.post("/v1/files")
        .multipart(form(4))
        .answer()
        .await
        .refused(413, "too-large");
    nothing_is_left(&ada).await;
    ada.post("/v1/files")
        .multipart(form(3))
        .answer()
        .await
        .is(201);
}

#[tokio::test]
async fn a_damaged_form_is_refused() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let long = "x".repeat(71);
    let head = "content-disposition: form-data; name=\"file\"; filename=\"a\"";
    let forms = [
        (
            "multipart/form-data",
            format!("--x\r\n{head}\r\n\r\ntext\r\n--x--\r\n"),
        ),
        ("multipart/form-data; boundary=", "text".into()),
        (
            "multipart/form-data; boundary=x",
            format!("--x\r\n{head}\r\n\r\ntext\r\n--x"),
        ),
        (
            "multipart/form-data; boundary=x",
            format!("--x\r\n{head}\r\n\r\ntext"),
        ),
        ("multipart/form-data; boundary=x", format!("--x\r\n{head}")),
        (
            "multipart/form-data; boundary=x",
            "no boundary at all".into(),
        ),
        (
            "multipart/form-data; boundary=x",
            format!("--x\r\nx: {}", "y".repeat(1 << 20)),
        ),
        ("multipart/form-data; boundary=x", "y".repeat(1 << 20)),
    ];
    let too_long = format!("multipart/form-data; boundary={long}");
    let body = format!("--{long}\r\n{head}\r\n\r\ntext\r\n--{long}--\r\n");
    for (said, body) in forms.into_iter().chain([(too_long.as_str(), body)]) {
        let request = ada
            .post("/v1/files")
            .header("content-type", said)
            .body(body.clone());
        let answer = request.answer().await;
        assert_eq!(
            answer.status,
            400,
            "{said} {}",
            &body[..body.len().min(200)]
        );
        answer.refused(400, "bad-request");
    }
    nothing_is_left(&ada).await;
}

/// Sends the head and some of the body, waits until a block of it is stored, and goes away.
async fn cut_after(app: &TestApp, head: &str, body: &[u8]) {
    let mut stream = TcpStream::connect(app.address).await.unwrap();
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(body).await.unwrap();
    app.has_blocks(|count| count > 0).await;
    drop(stream);
}

#[tokio::test]
async fn a_body_that_is_cut_off_leaves_nothing() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let some = noise(9 * MIB);
    let token = &ada.token;
    let head = format!("host: x\r\nauthorization: Bearer {token}\r\n");
    let length = format!(
        "PUT /v1/files HTTP/1.1\r\n{head}content-length: {}\r\n\r\n",
        10 * MIB
    );
    cut_after(&app, &length, &some).await;
    nothing_is_left(&ada).await;

    let chunked = format!("PUT /v1/files HTTP/1.1\r\n{head}transfer-encoding: chunked\r\n\r\n");
    let chunk = [format!("{:x}\r\n", some.len()).as_bytes(), &some, b"\r\n"].concat();
    cut_after(&app, &chunked, &chunk).await;
    nothing_is_left(&ada).await;

    let form = format!(
        "POST /v1/files HTTP/1.1\r\n{head}content-type: multipart/form-data; boundary=x\r\n\
         content-length: {}\r\n\r\n--x\r\ncontent-disposition: form-data; name=\"file\"; \
         filename=\"a\"\r\n\r\n",
        10 * MIB
    );
    cut_after(&app, &form, &some).await;
    nothing_is_left(&ada).await;
}

#[tokio::test]
async fn more_uploads_than_there_is_memory_for_are_told_to_come_back() {
    let app = TestApp::with(|_, settings| {
        settings.max_uploads = 1;
        settings.patience = Duration::ZERO;
    })
    .await;
    let ada = app.user("ada").await;
    let head = format!(
        "PUT /v1/files HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\n\
         content-length: {}\r\n\r\n",
        ada.token,
        10 * MIB
    );
    let mut stream = TcpStream::connect(app.address).await.unwrap();
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(&noise(5 * MIB)).await.unwrap();
    app.has_blocks(|count| count > 0).await;
    let answer = ada.put("/v1/files", "text").answer().await;
    assert_ne!(answer.header("retry-after"), "");
    answer.refused(503, "unavailable");
    drop(stream);
    nothing_is_left(&ada).await;
    let again = async { while ada.put("/v1/files", "text").answer().await.status != 201 {} };
    tokio::time::timeout(Duration::from_secs(10), again)
        .await
        .expect("there is room again");
}

/// What is answered to these very bytes.
pub(crate) async fn spoken(app: &TestApp, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(app.address).await.unwrap();
    stream.write_all(bytes).await.unwrap();
    let mut answer = Vec::new();
    tokio::time::timeout(LONG, stream.read_to_end(&mut answer))
        .await
        .unwrap()
        .unwrap();
    String::from_utf8(answer).unwrap()
}

#[tokio::test]
async fn bytes_that_came_otherwise_than_they_were_sent_are_refused_and_leave_nothing() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let of_ab = "sha-256=:+44g/C5MPySMYMOb1lLzwTRymLuXe4tNWQO4UFViBgM=:";
    let of_nothing = "sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:";
    let send = |digest: &'static str| {
        let request = ada.put("/v1/files?name=a.txt", "ab");
        request.header("content-digest", digest).answer()
    };
    send(of_nothing).await.refused(400, "bad-request");
    send("sha-256=ab").await.refused(400, "bad-request");
    app.has_blocks(|count| count == 0).await;
    send("sha-512=:AAAA:").await.is(201);
    let file = send(of_ab).await.is(201).json();
    let expected = "fb8e20fc2e4c3f248c60c39bd652f3c1347298bb977b8b4d5903b85055620603";
    assert_eq!(file["items"][0]["sha256"], expected);
}

#[tokio::test]
async fn json_that_is_announced_too_long_is_refused_before_it_is_sent() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let mut stream = TcpStream::connect(app.address).await.unwrap();
    let head = format!(
        "POST /v1/jobs HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\n\
         content-type: application/json\r\ncontent-length: 2000000\r\n\r\n",
        ada.token
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut status = [0; 12];
    let answered = tokio::time::timeout(LONG, stream.read_exact(&mut status)).await;
    answered.unwrap().unwrap();
    assert_eq!(&status, b"HTTP/1.1 413");
}

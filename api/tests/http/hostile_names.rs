//! Names of files that are meant to do harm: they come out harmless, and the file is there.

use serde_json::Value;

use crate::answer::Send;
use crate::app::{TestApp, User};

/// A name, and what must be left of it.
fn hostile() -> Vec<(Vec<u8>, String)> {
    let long = "n".repeat(10_000);
    let table = [
        ("../../../etc/passwd", "etcpasswd"),
        ("..\\\\..\\\\windows\\\\system.ini", "windowssystem.ini"),
        ("a\\\"; filename=\\\"b.exe", "a\"; filename=\"b.exe"),
        (
            "it's `id` $(id) %0a %2e%2e%2f",
            "it's `id` $(id) %0a %2e%2e%2f",
        ),
        ("photo\u{202e}gpj.exe", "photogpj.exe"),
        ("\u{2066}photo\u{2069}.png", "photo.png"),
        ("CON", "_CON"),
        ("nul.txt", "_nul.txt"),
        ("LPT1.png", "_LPT1.png"),
        ("...", "file"),
        ("   ", "file.txt"),
        ("e\u{301}.png", "\u{e9}.png"),
        (long.as_str(), &long[..255]),
    ];
    let texts = table.map(|(name, left)| (name.as_bytes().to_vec(), left.to_owned()));
    let raw = (b"a\0b.txt".to_vec(), "ab.txt".to_owned());
    texts.into_iter().chain([raw]).collect()
}

/// One `file` part with these very bytes as its name.
fn form(name: &[u8]) -> Vec<u8> {
    [
        b"--x\r\ncontent-disposition: form-data; name=\"file\"; filename=\"".as_slice(),
        name,
        b"\"\r\n\r\nsome text\r\n--x--\r\n",
    ]
    .concat()
}

async fn upload(user: &User<'_>, body: Vec<u8>) -> crate::answer::Answer {
    user.post("/v1/files")
        .header("content-type", "multipart/form-data; boundary=x")
        .body(body)
        .answer()
        .await
}

/// It may be saved under its name, and its name is one value.
async fn is_saved_well(user: &User<'_>, file: &Value) {
    let url = file["url"].as_str().unwrap();
    let answer = user.app.get(url).answer().await.is(200);
    assert_eq!(&answer.body[..], b"some text");
    let said = answer.header("content-disposition");
    let (_, quoted) = said.split_once("filename=\"").unwrap();
    let (plain, rest) = quoted.split_once('"').unwrap();
    assert!(plain.bytes().all(|byte| (0x20..0x7f).contains(&byte)));
    let starred = rest.is_empty() || rest.starts_with("; filename*=UTF-8''");
    assert!(starred && !rest.contains('"'), "{said}");
}

#[tokio::test]
async fn hostile_names_of_parts_come_out_harmless() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    for (name, left) in hostile() {
        let shown = String::from_utf8_lossy(&name).into_owned();
        let answer = upload(&ada, form(&name)).await;
        if answer.status == 400 {
            // What no head of a part may have.
            answer.refused(400, "bad-request");
            assert!(name.contains(&0) || name.len() > 8000, "{shown}");
            continue;
        }
        let file = answer.is(201).json()["items"][0].clone();
        assert_eq!(file["name"], left, "{shown}");
        is_saved_well(&ada, &file).await;
    }
}

#[tokio::test]
async fn a_line_end_in_a_name_is_no_more_than_a_damaged_form() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let answer = upload(&ada, form(b"a\r\nset-cookie: x=y\r\n.txt")).await;
    assert_eq!(answer.header("set-cookie"), "");
    answer.refused(400, "bad-request");
    app.has_blocks(|count| count == 0).await;
}

#[tokio::test]
async fn hostile_names_in_the_query_come_out_harmless() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    for (name, left) in [
        ("..%2F..%2Fetc%2Fpasswd", "etcpasswd"),
        ("a%0D%0Aset-cookie:%20x=y", "aset-cookie: x=y"),
        ("a%00b", "ab"),
        ("%E2%80%AEgpj.exe", "gpj.exe"),
        ("prn", "_prn"),
    ] {
        let file = ada.file(name, b"some text").await;
        assert_eq!(file["name"], left);
        is_saved_well(&ada, &file).await;
    }
    // No UTF-8 at all.
    let path = "/v1/files?name=%ff%fe";
    let answer = ada.put(path, "some text").answer().await;
    assert!(matches!(answer.status, 201 | 422), "{answer:?}");
}

//! All that a job made, as one archive.

use std::io::{Cursor, Read};

use reqwest::Method;
use serde_json::json;
use zip::ZipArchive;

use crate::answer::Send;
use crate::app::{TestApp, User};
use crate::jobs::{finish, finish_with, path, submitted, take};

const OUTPUTS: [(&str, &[u8]); 3] = [
    ("a.txt.zst", b"little"),
    ("n\u{e4}ive \u{65e5}\u{672c}.bin", b"less"),
    ("photos/deep/empty", b""),
];

/// The path of the archive of a job that has ended with [`OUTPUTS`].
async fn archive(app: &TestApp, user: &User<'_>) -> String {
    let job = submitted(user).await;
    finish_with(app, &take(app).await, &OUTPUTS).await;
    format!("{}/outputs.zip", path(&job))
}

#[tokio::test]
async fn an_archive_has_all_that_a_job_made() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let answer = ada.get(&archive(&app, &ada).await).answer().await.is(200);
    assert_eq!(answer.header("content-type"), "application/zip");
    assert!(
        answer
            .header("content-disposition")
            .starts_with("attachment; ")
    );
    assert_eq!(
        answer.header("content-length"),
        answer.body.len().to_string()
    );
    let mut zip = ZipArchive::new(Cursor::new(answer.body)).unwrap();
    assert_eq!(zip.len(), OUTPUTS.len());
    for (index, (name, bytes)) in OUTPUTS.iter().enumerate() {
        let mut member = zip.by_index(index).unwrap();
        assert_eq!(member.name().unwrap(), *name);
        assert_eq!(member.unix_mode(), Some(0o100_644));
        let mut read = Vec::new();
        // Which also compares the checksum.
        member.read_to_end(&mut read).unwrap();
        assert_eq!(read, *bytes);
    }
}

#[tokio::test]
async fn every_part_of_an_archive_can_be_asked_for() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let path = archive(&app, &ada).await;
    let whole = ada.get(&path).answer().await.is(200);
    let tag = whole.header("etag").to_owned();
    let size = whole.body.len();
    for start in (0..size).step_by(7) {
        let end = (start + 40).min(size);
        let part = ada
            .get(&path)
            .header("range", format!("bytes={start}-{}", end - 1))
            .header("if-range", &tag)
            .answer()
            .await
            .is(206);
        assert_eq!(part.body, whole.body[start..end]);
        let place = format!("bytes {start}-{}/{size}", end - 1);
        assert_eq!(part.header("content-range"), place);
    }
    let other = ada
        .get(&path)
        .header("range", "bytes=0-1")
        .header("if-range", "\"x\"");
    assert_eq!(other.answer().await.is(200).body, whole.body);
    let behind = ada.get(&path).header("range", format!("bytes={size}-"));
    behind.answer().await.refused(416, "range-not-satisfiable");
    let known = ada.get(&path).header("if-none-match", &tag);
    known.answer().await.is(304);
    let head = ada.request(Method::HEAD, &path).answer().await.is(200);
    assert_eq!(head.header("content-length"), size.to_string());
}

#[tokio::test]
async fn there_is_no_archive_of_nothing_and_none_for_strangers() {
    let app = TestApp::start().await;
    let (ada, eve) = (app.user("ada").await, app.user("eve").await);
    let job = submitted(&ada).await;
    let zip = format!("{}/outputs.zip", path(&job));
    ada.get(&zip).answer().await.refused(409, "conflict");
    finish(&app, &take(&app).await, b"little").await;
    eve.get(&zip).answer().await.refused(404, "not-found");
    app.get(&zip).answer().await.refused(401, "unauthenticated");
    let other = submitted(&ada).await;
    ada.post(&format!("{}/cancel", path(&other)))
        .answer()
        .await
        .is(200);
    let zip = format!("{}/outputs.zip", path(&other));
    ada.get(&zip).answer().await.refused(404, "not-found");
    ada.delete(&path(&job)).answer().await.is(204);
    let zip = format!("{}/outputs.zip", path(&job));
    ada.get(&zip).answer().await.refused(410, "gone");
}

#[tokio::test]
async fn an_archive_has_a_harmless_name() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let file = ada.file("a.txt", b"some text").await;
    for (name, expected) in [
        ("a/b", "ab.zip"),
        ("CON", "_CON.zip"),
        ("\u{202e}abc", "abc.zip"),
    ] {
        let order = json!({"inputs": [{"file": file["id"]}], "steps": [{"op": "compress"}],
            "name": name});
        let job = ada
            .post("/v1/jobs")
            .json(&order)
            .answer()
            .await
            .is(202)
            .json();
        finish_with(&app, &take(&app).await, &OUTPUTS).await;
        let archive = ada.get(&format!("{}/outputs.zip", path(&job))).answer();
        let shown = archive
            .await
            .is(200)
            .header("content-disposition")
            .to_owned();
        assert!(
            shown.contains(&format!("filename=\"{expected}\"")),
            "{shown}"
        );
    }
}

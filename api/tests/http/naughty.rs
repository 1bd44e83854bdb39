//! The big list of naughty strings through every text that a client may send, and back: each comes
//! back as it was, or is refused with its pointer.

use filittle_testkit::naughty_strings;
use reqwest::Url;
use serde_json::{Value, json};

use crate::answer::{Answer, Send};
use crate::app::{TestApp, User};
use crate::jobs::{finish_with, path, submitted, take};

fn naughty() -> Vec<String> {
    let all: Vec<String> = serde_json::from_str(&naughty_strings()).unwrap();
    assert!(all.len() > 400, "it is a big list");
    all
}

/// A path with this in its query.
fn with_query(path: &str, name: &str, value: &str) -> String {
    let mut url = Url::parse("http://x").unwrap().join(path).unwrap();
    url.query_pairs_mut().append_pair(name, value);
    format!("{}?{}", url.path(), url.query().unwrap())
}

/// The body when it was taken; nothing when it was refused, and nothing else was wrong.
fn taken(answer: Answer, pointers: &[&str], text: &str) -> Option<Value> {
    if answer.status < 300 {
        return Some(answer.json());
    }
    let body = answer.refused(422, "invalid");
    for error in body["errors"].as_array().unwrap() {
        let pointer = error["pointer"].as_str().unwrap();
        assert!(pointers.contains(&pointer), "{text:?}: {body}");
    }
    None
}

#[tokio::test]
async fn names_of_jobs_and_metadata() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let file = ada.file("a.txt", b"some text").await;
    let mut accepted = 0;
    for text in naughty() {
        let body = json!({
            "inputs": [{"file": file["id"]}],
            "steps": [{"op": "compress"}],
            "name": text,
            "metadata": {"order": text},
        });
        let answer = ada.post("/v1/jobs").json(&body).answer().await;
        let Some(job) = taken(answer, &["/name", "/metadata/order"], &text) else {
            continue;
        };
        accepted += 1;
        let shown = ada.get(&path(&job)).answer().await.is(200).json();
        assert_eq!(shown["name"], text);
        assert_eq!(shown["metadata"]["order"], text);
        let list = with_query("/v1/jobs", "metadata.order", &text);
        let found = ada.get(&list).answer().await.is(200).json();
        let items = found["items"].as_array().unwrap();
        assert!(items.iter().any(|item| item["id"] == job["id"]), "{text:?}");
        assert!(items.iter().all(|item| item["metadata"]["order"] == text));
    }
    assert!(accepted > 400, "only {accepted} were accepted");
}

#[tokio::test]
async fn keys_of_metadata() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let file = ada.file("a.txt", b"some text").await;
    for text in naughty() {
        let body = json!({
            "inputs": [{"file": file["id"]}],
            "steps": [{"op": "compress"}],
            "metadata": {text.as_str(): "17"},
        });
        let answer = ada.post("/v1/jobs").json(&body).answer().await;
        if answer.status == 422 {
            let body = answer.refused(422, "invalid");
            let pointer = body["errors"][0]["pointer"].as_str().unwrap();
            assert!(pointer.starts_with("/metadata/"), "{text:?}: {body}");
            continue;
        }
        let job = answer.is(202).json();
        assert_eq!(job["metadata"][text.as_str()], "17");
    }
}

async fn describe(user: &User<'_>, file: &str, body: Value, text: &str) -> Option<Value> {
    let answer = user.patch(file).json(&body).answer().await;
    taken(answer, &["/category", "/tags/0"], text)
}

#[tokio::test]
async fn categories_and_tags_of_files() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let file = ada.file("a.txt", b"some text").await;
    let path = format!("/v1/files/{}", file["id"].as_str().unwrap());
    for text in naughty() {
        if let Some(said) = describe(&ada, &path, json!({"category": text}), &text).await {
            let right = if text.is_empty() {
                Value::Null
            } else {
                json!(text)
            };
            assert_eq!(said["category"], right);
            let found = ada
                .get(&with_query("/v1/files", "category", &text))
                .answer();
            assert!(found.await.status < 500, "{text:?}");
        }
        if let Some(said) = describe(&ada, &path, json!({"tags": [text]}), &text).await {
            assert_eq!(said["tags"], json!([text]));
            let found = ada
                .get(&with_query("/v1/files", "tag", &text))
                .answer()
                .await;
            assert_eq!(
                found.is(200).json()["items"][0]["id"],
                file["id"],
                "{text:?}"
            );
        }
    }
}

#[tokio::test]
async fn names_of_accounts_and_keys() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    for text in naughty() {
        let answer = ada
            .patch("/v1/me")
            .json(&json!({"name": text}))
            .answer()
            .await;
        if let Some(me) = taken(answer, &["/name"], &text) {
            assert_eq!(me["name"], text);
        }
        let answer = ada
            .post("/v1/api-keys")
            .json(&json!({"name": text}))
            .answer()
            .await;
        if let Some(key) = taken(answer, &["/name"], &text) {
            assert_eq!(key["name"], text);
            let id = key["id"].as_str().unwrap();
            ada.delete(&format!("/v1/api-keys/{id}"))
                .answer()
                .await
                .is(204);
        }
    }
}

#[tokio::test]
async fn addresses_and_passwords() {
    let app = TestApp::with(|_, settings| settings.logins_per_minute = 0).await;
    for text in naughty() {
        let body = json!({"email": text, "password": text});
        let answer = app.post("/v1/login").json(&body).answer().await;
        // No one of them is an account.
        assert!(matches!(answer.status, 401 | 422), "{text:?}: {answer:?}");
    }
}

#[tokio::test]
async fn parameters_and_cursors() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    for text in naughty() {
        for (path, name) in [
            ("/v1/jobs", "cursor"),
            ("/v1/jobs", "state"),
            ("/v1/jobs", "limit"),
            ("/v1/files", "media_type"),
            ("/v1/files", "name"),
        ] {
            let answer = ada.get(&with_query(path, name, &text)).answer().await;
            assert!(
                matches!(answer.status, 200 | 422),
                "{path} {name} {text:?}: {answer:?}"
            );
        }
        let shortcut = with_query("/v1/dither", "levels", &text);
        let request = ada.put(&shortcut, "no picture");
        let answer = request.header("prefer", "respond-async").answer().await;
        // Some of them are numbers.
        if answer.status != 422 {
            assert_eq!(answer.status, 202, "{text:?}: {answer:?}");
        }
    }
}

#[tokio::test]
async fn names_of_results_in_pages_and_archives() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let job = path(&submitted(&ada).await);
    let names = naughty();
    let outputs: Vec<_> = names
        .iter()
        .map(|name| (name.as_str(), b"little".as_slice()))
        .collect();
    finish_with(&app, &take(&app).await, &outputs[..]).await;
    let ended = ada.get(&job).answer().await.is(200).json();
    let told: Vec<_> = ended["outputs"].as_array().unwrap().iter().collect();
    assert_eq!(told.len(), names.len());
    for (output, name) in told.iter().zip(&names) {
        assert_eq!(output["name"], *name);
        let url = output["url"].as_str().unwrap();
        let bytes = app.get(url).answer().await.is(200);
        // What stands there is one value, and names one file.
        let said = bytes.header("content-disposition");
        assert!(said.starts_with("attachment; filename=\""), "{said}");
        assert!(!said.contains(['\r', '\n']), "{said}");
    }
    let (page, _) = told[0]["url"].as_str().unwrap().rsplit_once('/').unwrap();
    let shown = app.get(page).header("accept", "text/html").answer().await;
    let html = String::from_utf8(shown.is(200).body.to_vec()).unwrap();
    for tag in [
        "<script",
        "<img",
        "<svg",
        "<iframe",
        "<object",
        "<a onclick",
    ] {
        assert!(!html.to_lowercase().contains(tag), "{tag}");
    }
    let archive = ada
        .get(&format!("{job}/outputs.zip"))
        .answer()
        .await
        .is(200);
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(archive.body)).unwrap();
    assert_eq!(archive.len(), names.len());
    for number in 0..archive.len() {
        let member = archive.by_index(number).unwrap();
        let name = member.name().unwrap();
        assert!(member.enclosed_name().is_some(), "{name:?}");
        // A `/` stands between folders; it leads nowhere but down.
        let leads_down = |part: &str| !["", ".", ".."].contains(&part);
        assert!(name.split('/').all(leads_down), "{name:?}");
        assert!(
            !name.contains('\\') && !name.contains(char::is_control),
            "{name:?}"
        );
    }
}

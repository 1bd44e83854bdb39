//! Lists of files, what is said of them, and whose they are.

use serde_json::{Value, json};

use crate::answer::Send;
use crate::app::TestApp;

#[tokio::test]
async fn a_file_is_described_and_deleted() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let file = ada.file("a.txt", b"some text").await;
    let path = format!("/v1/files/{}", file["id"].as_str().unwrap());
    assert_eq!(
        (&file["name"], &file["size"], &file["version"]),
        (&json!("a.txt"), &json!(9), &json!(1))
    );
    assert_eq!(ada.get(&path).answer().await.is(200).json(), file);

    let said = json!({"name": "b.txt", "category": "letters", "tags": ["x", "y"]});
    let after = ada.patch(&path).json(&said).answer().await.is(200).json();
    assert_eq!(
        (&after["name"], &after["category"], &after["tags"]),
        (&said["name"], &said["category"], &said["tags"])
    );
    ada.patch(&path)
        .json(&json!({"owner": "x", "size": 1}))
        .answer()
        .await
        .invalid(&["/owner", "/size"]);

    ada.delete(&path).answer().await.is(204);
    ada.get(&path).answer().await.refused(410, "gone");
}

#[tokio::test]
async fn a_file_of_another_is_not_there() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let bob = app.user("bob").await;
    let file = ada.file("a.txt", b"some text").await;
    let path = format!("/v1/files/{}", file["id"].as_str().unwrap());
    bob.get(&path).answer().await.refused(404, "not-found");
    bob.get(&format!("{path}/content"))
        .answer()
        .await
        .refused(404, "not-found");
    bob.patch(&path)
        .json(&json!({"name": "b"}))
        .answer()
        .await
        .refused(404, "not-found");
    bob.delete(&path).answer().await.refused(404, "not-found");
    assert_eq!(
        bob.get("/v1/files").answer().await.json()["items"],
        json!([])
    );
    ada.get(&path).answer().await.is(200);
}

#[tokio::test]
async fn what_was_seen_is_not_sent_again_and_nothing_unseen_is_overwritten() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let file = ada.file("a.txt", b"some text").await;
    let path = format!("/v1/files/{}", file["id"].as_str().unwrap());
    let tag = ada.get(&path).answer().await.header("etag").to_owned();
    assert!(tag.starts_with('"'), "it is strong");
    let again = ada
        .get(&path)
        .header("if-none-match", &tag)
        .answer()
        .await
        .is(304);
    assert!(again.body.is_empty());
    assert_eq!(again.header("etag"), tag);

    let change = |tag: &str, name: &str| {
        ada.patch(&path)
            .header("if-match", tag)
            .json(&json!({"name": name}))
            .answer()
    };
    change(&tag, "b.txt").await.is(200);
    change(&tag, "c.txt")
        .await
        .refused(412, "precondition-failed");
    ada.delete(&path)
        .header("if-match", &tag)
        .answer()
        .await
        .refused(412, "precondition-failed");
    let now = ada
        .get(&path)
        .header("if-none-match", &tag)
        .answer()
        .await
        .is(200);
    assert_eq!(now.json()["name"], "b.txt");
    change(now.header("etag"), "d.txt").await.is(200);
    change("*", "e.txt").await.is(200);
}

#[tokio::test]
async fn a_list_goes_on_where_it_ended_also_when_files_come_meanwhile() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let mut names = Vec::new();
    for n in 0..5 {
        app.app
            .db
            .clock()
            .advance(std::time::Duration::from_millis(1));
        ada.file(&format!("{n}.txt"), b"text").await;
        names.insert(0, format!("{n}.txt"));
    }
    let mut seen: Vec<String> = Vec::new();
    let mut path = "/v1/files?limit=2&media_type=text/plain".to_owned();
    loop {
        let page = ada.get(&path).answer().await.is(200);
        let of = |file: &Value| file["name"].as_str().unwrap().to_owned();
        seen.extend(page.json()["items"].as_array().unwrap().iter().map(of));
        app.app
            .db
            .clock()
            .advance(std::time::Duration::from_millis(1));
        ada.file("later.txt", b"text").await;
        let Some(cursor) = page.json()["next_cursor"].as_str().map(str::to_owned) else {
            assert_eq!(page.header("link"), "");
            break;
        };
        let link = page.header("link");
        path = link
            .strip_prefix('<')
            .unwrap()
            .strip_suffix(">; rel=\"next\"")
            .unwrap()
            .to_owned();
        assert!(
            path.contains(&cursor) && path.contains("media_type="),
            "{path}"
        );
    }
    assert_eq!(seen, names);
}

#[tokio::test]
async fn wrong_parameters_are_named() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let table: [(&str, &[&str]); 8] = [
        ("limit=0", &["/limit"]),
        ("limit=101", &["/limit"]),
        ("limit=ten", &["/limit"]),
        ("limit=1&limit=2", &["/limit"]),
        ("cursor=%00", &["/cursor"]),
        ("cursor=AAAA&limit=x", &["/limit", "/cursor"]),
        ("colour=red", &["/colour"]),
        ("name=%00", &["/name"]),
    ];
    for (query, pointers) in table {
        ada.get(&format!("/v1/files?{query}"))
            .answer()
            .await
            .invalid(pointers);
    }
}

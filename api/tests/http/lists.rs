//! What lists are narrowed to.

use std::time::Duration;

use serde_json::{Value, json};

use crate::answer::Send;
use crate::app::TestApp;

#[tokio::test]
async fn jobs_are_found_by_their_metadata() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let file = ada.file("a.txt", b"some text").await;
    for metadata in [
        json!({"order": "17", "a b": "x"}),
        json!({"order": "17"}),
        json!({}),
    ] {
        let body = json!({"inputs": [{"file": file["id"]}], "steps": [{"op": "compress"}],
            "metadata": metadata});
        ada.post("/v1/jobs").json(&body).answer().await.is(202);
    }
    let count = async |query: &str| {
        let list = ada.get(&format!("/v1/jobs?{query}")).answer().await.is(200);
        list.json()["items"].as_array().unwrap().len()
    };
    assert_eq!(count("metadata.order=17").await, 2);
    assert_eq!(
        count("metadata.order=17&metadata.a%20b=x&state=queued").await,
        1
    );
    assert_eq!(count("metadata.order=18").await, 0);
    let page = ada.get("/v1/jobs?metadata.order=17&limit=1").answer().await;
    let next = page
        .header("link")
        .split(['<', '>'])
        .nth(1)
        .unwrap()
        .to_owned();
    assert_eq!(
        ada.get(&next).answer().await.json()["items"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    let wrong = |query| ada.get(query).answer();
    wrong("/v1/jobs?metadata.a=1&metadata.a=2")
        .await
        .invalid(&["/metadata.a"]);
    wrong("/v1/jobs?metadata.=1").await.invalid(&["/metadata."]);
    let many = "/v1/jobs?metadata.a=1&metadata.b=1&metadata.c=1&metadata.d=1";
    wrong(many).await.invalid(&["/metadata"]);
}

#[tokio::test]
async fn what_no_metadata_has_is_refused_with_its_pointer() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    ada.get("/v1/jobs?metadata.a=%00")
        .answer()
        .await
        .invalid(&["/metadata"]);
    ada.put("/v1/compress?format=zip&name=%00", "some text")
        .answer()
        .await
        .invalid(&["/name"]);
}

#[tokio::test]
async fn a_page_of_long_jobs_has_fewer_and_all_are_found() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let file = ada.file("a.txt", b"some text").await;
    let inputs = vec![json!({"file": file["id"]}); 1000];
    let order = json!({"inputs": inputs, "steps": [{"op": "compress"}]});
    let mut submitted = Vec::new();
    for _ in 0..3 {
        app.app.db.clock().advance(Duration::from_secs(1));
        let job = ada.post("/v1/jobs").json(&order).answer().await.is(202);
        submitted.insert(0, job.json()["id"].clone());
    }
    let ids = |page: &Value| -> Vec<Value> {
        let items = page["items"].as_array().unwrap();
        items.iter().map(|job| job["id"].clone()).collect()
    };
    let first = ada.get("/v1/jobs?limit=100").answer().await.is(200).json();
    assert_eq!(ids(&first), submitted[..2]);
    let cursor = first["next_cursor"].as_str().unwrap();
    let next = format!("/v1/jobs?limit=100&cursor={cursor}");
    let last = ada.get(&next).answer().await.is(200).json();
    assert_eq!(
        (ids(&last), &last["next_cursor"]),
        (submitted[2..].to_vec(), &Value::Null)
    );
}

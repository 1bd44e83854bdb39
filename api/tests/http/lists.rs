//! What lists are narrowed to.

use serde_json::json;

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

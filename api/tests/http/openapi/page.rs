//! `/openapi.json` and `/docs`.

use filittle_api::openapi;

use crate::answer::Send;
use crate::app::TestApp;

#[tokio::test]
async fn everybody_can_read_the_document() {
    let app = TestApp::start().await;
    let answer = app.get("/openapi.json").answer().await.is(200);
    assert_eq!(&answer.json(), openapi());
    assert_eq!(answer.json()["openapi"], "3.1.0");
}

#[tokio::test]
async fn the_page_and_all_that_it_needs_come_from_the_service_itself() {
    let app = TestApp::start().await;
    let page = app.get("/docs").answer().await.is(200);
    let policy = page.header("content-security-policy");
    assert!(
        policy.starts_with("default-src 'none'; script-src 'self'; "),
        "{policy}"
    );
    let html = String::from_utf8(page.body.to_vec()).unwrap();
    let quoted = html.split('"');
    let needed: Vec<&str> = quoted.filter(|text| text.starts_with("docs/")).collect();
    assert_eq!(needed.len(), 3, "{html}");
    for name in needed {
        let file = app.get(&format!("/{name}")).answer().await.is(200);
        let media_type = match name.rsplit_once('.') {
            Some((_, "css")) => "text/css; charset=utf-8",
            _ => "text/javascript; charset=utf-8",
        };
        assert_eq!(file.header("content-type"), media_type, "{name}");
        assert!(!file.body.is_empty(), "{name}");
    }
}

#[tokio::test]
async fn the_licence_of_the_page_goes_with_it() {
    let app = TestApp::start().await;
    for name in ["LICENSE", "NOTICE"] {
        let text = app.get(&format!("/docs/{name}")).answer().await.is(200);
        assert_eq!(text.header("content-type"), "text/plain; charset=utf-8");
    }
    let nothing = app.get("/docs/nothing").answer().await;
    nothing.refused(404, "not-found");
}

//! A content that is HTML, SVG and PDF at once, from every route that gives bytes: it is never shown
//! as anything that runs.

use crate::answer::{Answer, Send};
use crate::app::TestApp;
use crate::jobs::{finish_as, path, submitted, take};

/// Browsers that guess find a page in it, a picture with a script, or a document.
const POLYGLOT: &[u8] = b"%PDF-1.4\n<!doctype html><html><body><script>alert(1)</script>\n\
    <svg xmlns=\"http://www.w3.org/2000/svg\" onload=\"alert(2)\"><script>alert(3)</script></svg>\n\
    1 0 obj<</OpenAction<</S/JavaScript/JS(app.alert(4))>>>>endobj\n%%EOF";
/// The same, and no one can take it for a document.
const PAGE: &[u8] = b"<svg xmlns=\"http://www.w3.org/2000/svg\" onload=\"alert(2)\">\
    <script>alert(1)</script></svg><!doctype html><script>alert(2)</script>";

fn runs_nowhere(answer: &Answer, from: &str) {
    let shown = answer.header("content-type");
    let inert = [
        "application/octet-stream",
        "application/pdf",
        "application/zip",
        "text/plain; charset=utf-8",
    ];
    assert!(inert.contains(&shown), "{from}: {shown}");
    let said = answer.header("content-disposition");
    assert!(said.starts_with("attachment; "), "{from}: {said}");
    assert_eq!(answer.header("x-content-type-options"), "nosniff", "{from}");
    let policy = answer.header("content-security-policy");
    assert!(policy.starts_with("default-src 'none'"), "{from}: {policy}");
    assert!(policy.ends_with("sandbox"), "{from}: {policy}");
    assert_eq!(
        answer.header("cross-origin-resource-policy"),
        "same-site",
        "{from}"
    );
}

#[tokio::test]
async fn what_could_run_runs_from_no_route() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    for bytes in [POLYGLOT, PAGE] {
        for (name, media_type) in [
            ("a.html", "text/html"),
            ("a.svg", "image/svg+xml"),
            ("a.pdf", "application/pdf"),
            ("a.xhtml", "application/xhtml+xml"),
            ("a", "text/xml"),
        ] {
            let file = ada.file(name, bytes).await;
            let content = format!("/v1/files/{}/content", file["id"].as_str().unwrap());
            let job = path(&submitted(&ada).await);
            finish_as(&app, &take(&app).await, &[(name, bytes)], media_type).await;
            let ended = ada.get(&job).answer().await.is(200).json();
            let (link, _) = ended["outputs"][0]["url"]
                .as_str()
                .unwrap()
                .rsplit_once('/')
                .unwrap();
            for from in [
                content,
                file["url"].as_str().unwrap().to_owned(),
                format!("{job}/outputs/0"),
                format!("{job}/outputs.zip"),
                format!("{link}/0"),
            ] {
                let whole = ada.get(&from).answer().await.is(200);
                runs_nowhere(&whole, &from);
                let part = ada.get(&from).header("range", "bytes=9-").answer().await;
                runs_nowhere(&part.is(206), &from);
            }
        }
    }
}

#[tokio::test]
async fn the_result_of_a_shortcut_runs_nowhere() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let request = ada.put("/v1/compress?format=gzip", "some text");
    let answer = tokio::spawn(request.answer());
    let taken = async {
        while ada.get("/v1/jobs").answer().await.json()["items"][0].is_null() {
            tokio::task::yield_now().await;
        }
        take(&app).await
    };
    let taken = tokio::time::timeout(crate::app::LONG, taken).await.unwrap();
    finish_as(&app, &taken, &[("a.html", PAGE)], "text/html").await;
    runs_nowhere(&answer.await.unwrap().is(200), "a shortcut");
}

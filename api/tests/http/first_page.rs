//! The page at `/`, as it is served. What it does in a browser is tested with the binary.

use std::path::Path;

use crate::answer::Send;
use crate::app::TestApp;

/// What the page refers to, and what that refers to.
fn references(text: &str) -> Vec<String> {
    let marks = ["href=\"page/", "src=\"page/", "from \"./"];
    let after = |mark: &'static str| {
        let parts = text.split(mark).skip(1);
        parts.filter_map(|rest| Some(format!("/page/{}", rest.split_once('"')?.0)))
    };
    marks.into_iter().flat_map(after).collect()
}

#[tokio::test]
async fn the_page_and_all_it_refers_to_come_with_a_strict_policy_and_are_little() {
    let app = TestApp::start().await;
    let mut left = vec!["/".to_owned()];
    let mut seen = std::collections::BTreeSet::new();
    let mut bytes = 0;
    while let Some(path) = left.pop() {
        if !seen.insert(path.clone()) {
            continue;
        }
        let answer = app.get(&path).answer().await.is(200);
        let policy = answer.header("content-security-policy");
        assert!(policy.starts_with("default-src 'none';"), "{policy}");
        assert!(policy.contains("script-src 'self';"), "{policy}");
        assert!(policy.contains("frame-ancestors 'none'"), "{policy}");
        assert!(!policy.contains("unsafe"), "{policy}");
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "no-referrer"),
            ("cross-origin-opener-policy", "same-origin"),
        ] {
            assert_eq!(answer.header(name), value, "{path}");
        }
        assert!(answer.header("permissions-policy").contains("camera=()"));
        let text = String::from_utf8(answer.body.to_vec()).unwrap();
        let is_script = Path::new(&path).extension() == Some("js".as_ref());
        let own_type = answer.header("content-type").starts_with("text/javascript");
        assert_eq!(own_type, is_script, "{path}");
        bytes += text.len();
        left.extend(references(&text));
    }
    assert!(seen.len() > 10, "{seen:?}");
    assert!(bytes < 84_000, "{bytes} bytes");
}

#[tokio::test]
async fn a_browser_that_has_the_page_is_not_sent_it_again() {
    let app = TestApp::start().await;
    let answer = app.get("/").answer().await.is(200);
    let tag = answer.header("etag").to_owned();
    assert!(tag.starts_with('"'), "{tag}");
    let again = app.get("/").header("if-none-match", &tag);
    let again = again.answer().await.is(304);
    assert_eq!(again.body.len(), 0);
    let other = app.get("/page/app.js").header("if-none-match", &tag);
    other.answer().await.is(200);
}

#[test]
fn the_page_writes_no_markup_and_takes_nothing_from_elsewhere() {
    let mut files = 0;
    for entry in std::fs::read_dir("first_page").unwrap() {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        for word in [
            "innerHTML",
            "outerHTML",
            "insertAdjacentHTML",
            "document.write",
            "eval(",
            "//cdn",
            "https://",
            "localStorage.",
        ] {
            assert!(!text.contains(word), "{} has {word}", path.display());
        }
        files += 1;
    }
    assert!(files > 10, "{files}");
}

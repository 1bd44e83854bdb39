//! The bytes of files: ranges and conditions of RFC 9110, and what keeps browsers from harm.

use reqwest::Method;
use serde_json::Value;

use crate::answer::{Answer, Send};
use crate::app::{TestApp, User};

/// 10,000 bytes, each of which tells its place.
fn bytes() -> Vec<u8> {
    (0..10_000_u32)
        .map(|n| (n % 251).to_le_bytes()[0])
        .collect()
}

fn path(file: &Value) -> String {
    format!("/v1/files/{}/content", file["id"].as_str().unwrap())
}

async fn ranged(user: &User<'_>, path: &str, range: &str) -> Answer {
    user.get(path).header("range", range).answer().await
}

#[tokio::test]
async fn the_whole_comes_with_its_digest_and_tag() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let file = ada.file("a.bin", &bytes()).await;
    let answer = ada.get(&path(&file)).answer().await.is(200);
    assert!(answer.body == bytes());
    assert_eq!(answer.header("content-length"), "10000");
    assert_eq!(answer.header("accept-ranges"), "bytes");
    assert_eq!(
        answer.header("etag"),
        format!("\"{}\"", file["sha256"].as_str().unwrap())
    );
    assert!(answer.header("content-digest").starts_with("sha-256=:"));
    assert_eq!(answer.header("x-content-type-options"), "nosniff");
    assert_eq!(answer.header("cross-origin-resource-policy"), "same-site");
    assert!(
        answer
            .header("content-security-policy")
            .ends_with("; sandbox")
    );
    let head = ada
        .request(Method::HEAD, &path(&file))
        .answer()
        .await
        .is(200);
    assert!(head.body.is_empty());
    assert_eq!(head.header("content-length"), "10000");
}

#[tokio::test]
async fn what_is_packed_is_a_coding_for_who_asks_for_that_and_accepts_it() {
    const GZIP: &[u8] = include_bytes!("../../../pack/fuzz/seeds/stream/text.gz");
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let file = ada.file("a.txt.gz", GZIP).await;
    let (path, url) = (path(&file), file["url"].as_str().unwrap());
    let accepting = |path: &str| ada.get(path).header("accept-encoding", "br, gzip");
    let stored = accepting(&path).answer().await.is(200);
    assert_eq!(stored.header("content-encoding"), "", "nobody asked for it");
    assert_eq!(stored.header("content-type"), "application/gzip");
    let asked = format!("{path}?unpack=true");
    let coded = accepting(&asked).answer().await.is(200);
    assert!(coded.body == GZIP && stored.body == GZIP);
    assert_eq!(coded.header("content-encoding"), "gzip");
    assert_eq!(coded.header("vary"), "accept-encoding");
    assert_eq!(coded.header("content-type"), "application/octet-stream");
    assert!(
        coded
            .header("content-disposition")
            .contains("filename=\"a.txt\"")
    );
    let tag = coded.header("etag");
    assert_ne!(tag, stored.header("etag"), "another form has another tag");
    let again = accepting(&asked).header("if-none-match", tag);
    again.answer().await.is(304);
    let refused = ada.get(&asked).header("accept-encoding", "zstd");
    refused.answer().await.refused(406, "not-acceptable");
    let plain = self::path(&ada.file("a.bin", &bytes()).await);
    let plain = accepting(&format!("{plain}?unpack=true")).answer().await;
    assert_eq!(plain.is(200).header("content-encoding"), "");
    let wrong = ada.get(&format!("{path}?unpack=yes")).answer().await;
    wrong.refused(422, "invalid");
    let linked = accepting(&format!("{url}?unpack=true&utm_source=mail"));
    let linked = linked.answer().await.is(200);
    assert_eq!(linked.header("content-encoding"), "gzip");
    let wrong = ada.get(&format!("{url}?unpack=yes")).answer().await;
    wrong.refused(422, "invalid");
}

#[tokio::test]
async fn ranges() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let file = ada.file("a.bin", &bytes()).await;
    let path = path(&file);
    let table = [
        ("bytes=0-499", 0..500),
        ("bytes=500-999", 500..1000),
        ("bytes=-500", 9500..10000),
        ("bytes=9500-", 9500..10000),
        ("bytes=0-0", 0..1),
        ("bytes=9999-", 9999..10000),
        ("bytes=-1", 9999..10000),
        ("bytes=0-99999999999999999999999", 0..10000),
        ("bytes=-99999", 0..10000),
    ];
    for (range, expected) in table {
        let answer = ranged(&ada, &path, range).await.is(206);
        assert!(answer.body == bytes()[expected.clone()], "{range}");
        let place = format!("bytes {}-{}/10000", expected.start, expected.end - 1);
        assert_eq!(answer.header("content-range"), place);
        assert_eq!(
            answer.header("content-digest"),
            "",
            "it is of the whole only"
        );
    }
    for range in ["bytes=10000-", "bytes=-0", "bytes=20000-30000"] {
        let answer = ranged(&ada, &path, range).await;
        assert_eq!(answer.header("content-range"), "bytes */10000");
        answer.refused(416, "range-not-satisfiable");
    }
    for range in [
        "bytes=5-2",
        "bytes=0-0,5-5",
        "lines=0-1",
        "bytes=x",
        "",
        "bytes",
    ] {
        assert!(
            ranged(&ada, &path, range).await.is(200).body == bytes(),
            "{range}"
        );
    }
}

#[tokio::test]
async fn ranges_of_contents_of_many_blocks() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let large = bytes().repeat(900);
    let file = ada.file("a.bin", &large).await;
    let block = 4 << 20;
    for range in [
        0..1,
        block - 1..block + 1,
        block..2 * block,
        100..large.len(),
        0..large.len(),
    ] {
        let asked = format!("bytes={}-{}", range.start, range.end - 1);
        let answer = ranged(&ada, &path(&file), &asked).await.is(206);
        assert!(answer.body == large[range], "{asked}");
    }
}

#[tokio::test]
async fn conditions() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let file = ada.file("a.bin", &bytes()).await;
    let path = path(&file);
    let tag = format!("\"{}\"", file["sha256"].as_str().unwrap());
    let weak = format!("W/{tag}");
    let with = |name: &'static str, value: &str| ada.get(&path).header(name, value).answer();
    for known in [tag.as_str(), &weak, "*", &format!("\"x\", {tag}")] {
        let answer = with("if-none-match", known).await.is(304);
        assert!(answer.body.is_empty());
        assert_eq!(answer.header("etag"), tag);
    }
    with("if-none-match", "\"x\"").await.is(200);
    with("if-match", &tag).await.is(200);
    with("if-match", "*").await.is(200);
    for other in ["\"x\"", &weak] {
        with("if-match", other)
            .await
            .refused(412, "precondition-failed");
    }
    let if_range = |value: &str| {
        ada.get(&path)
            .header("range", "bytes=0-9")
            .header("if-range", value)
            .answer()
    };
    if_range(&tag).await.is(206);
    for other in ["\"x\"", &weak, "Sat, 29 Oct 1994 19:43:31 GMT"] {
        if_range(other).await.is(200);
    }
    let both = ada
        .get(&path)
        .header("range", "bytes=0-9")
        .header("if-none-match", &tag);
    both.answer().await.is(304);
    let head = ada
        .request(Method::HEAD, &path)
        .header("range", "bytes=0-9");
    assert_eq!(
        head.answer().await.is(200).header("content-length"),
        "10000"
    );
}

#[tokio::test]
async fn only_the_version_that_is_there_is_given() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let path = path(&ada.file("a.bin", &bytes()).await);
    ada.get(&format!("{path}?version=1")).answer().await.is(200);
    for version in ["0", "2", "-1"] {
        ada.get(&format!("{path}?version={version}"))
            .answer()
            .await
            .refused(404, "not-found");
    }
    ada.get(&format!("{path}?version=x"))
        .answer()
        .await
        .invalid(&["/version"]);
}

#[tokio::test]
async fn what_a_browser_could_run_is_saved_as_bytes() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let active = [
        ("a.html", "<!doctype html><script>alert(1)</script>"),
        (
            "a.svg",
            "<svg xmlns=\"http://www.w3.org/2000/svg\"><script>alert(1)</script></svg>",
        ),
        (
            "a.xml",
            "<?xml version=\"1.0\"?><x xmlns=\"http://www.w3.org/1999/xhtml\"/>",
        ),
        ("a.pdf", "%PDF-1.4\n%%EOF"),
        ("a.swf", "FWS\u{9}\u{0}\u{0}\u{0}\u{0}"),
        ("a.js", "alert(1)"),
    ];
    for (name, text) in active {
        let file = ada.file(name, text.as_bytes()).await;
        for path in [path(&file), file["url"].as_str().unwrap().to_owned()] {
            let answer = ada.get(&path).answer().await.is(200);
            let shown = answer.header("content-type");
            let harmless = [
                "application/octet-stream",
                "application/pdf",
                "text/plain; charset=utf-8",
            ];
            assert!(harmless.contains(&shown), "{name}: {shown}");
            assert!(
                answer
                    .header("content-disposition")
                    .starts_with("attachment; ")
            );
            assert_eq!(answer.header("x-content-type-options"), "nosniff");
            assert!(
                answer
                    .header("content-security-policy")
                    .ends_with("; sandbox")
            );
        }
    }
}

#[tokio::test]
async fn conditions_count_in_the_order_of_the_standard() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let file = ada.file("a.bin", &bytes()).await;
    let path = path(&file);
    let tag = format!("\"{}\"", file["sha256"].as_str().unwrap());
    let with = |fields: &[(&'static str, &str)]| {
        let fields = fields.iter();
        fields
            .fold(ada.get(&path), |request, (name, value)| {
                request.header(*name, *value)
            })
            .answer()
    };
    // RFC 9110, section 13.2.2: If-Match, then If-None-Match, then If-Range.
    let other = with(&[("if-match", "\"x\""), ("if-none-match", &tag)]);
    other.await.refused(412, "precondition-failed");
    with(&[("if-match", &tag), ("if-none-match", &tag)])
        .await
        .is(304);
    let part = [
        ("if-match", tag.as_str()),
        ("if-range", &tag),
        ("range", "bytes=1-2"),
    ];
    assert_eq!(with(&part).await.is(206).body.len(), 2);
    let outside = [("if-none-match", tag.as_str()), ("range", "bytes=10000-")];
    with(&outside).await.is(304);
    let changed = [("if-range", "\"x\""), ("range", "bytes=10000-")];
    with(&changed).await.is(200);
    // There is no time of the last change, so conditions on it are not looked at.
    let never = "Thu, 01 Jan 1970 00:00:00 GMT";
    for name in ["if-modified-since", "if-unmodified-since"] {
        with(&[(name, never)]).await.is(200);
    }
    // Two fields are no range, and an If-Range without a range means nothing.
    with(&[("range", "bytes=0-1"), ("range", "bytes=2-3")])
        .await
        .is(200);
    with(&[("if-range", &tag)]).await.is(200);
    let lists = [("if-match", "\"x\""), ("if-match", tag.as_str())];
    with(&lists).await.is(200);
}

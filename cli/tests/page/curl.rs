//! The lines for a shell that the page shows.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::visit::Visit;

/// Runs a line as somebody would who copied it.
fn run(visit: &Visit, folder: &Path, line: &str) -> Vec<u8> {
    let mut sh = Command::new("sh");
    sh.args(["-euc", line]).current_dir(folder);
    let output = sh.env("FILITTLE_KEY", &visit.welcome.key).output().unwrap();
    assert!(output.status.success(), "{line}: {output:?}");
    output.stdout
}

async fn lines(visit: &Visit, details: &str) -> String {
    visit.browser.click(&format!("{details} summary")).await;
    let shown = format!("document.querySelector('{details} code')?.textContent");
    let text = visit
        .browser
        .until(&shown)
        .await
        .as_str()
        .unwrap()
        .to_owned();
    assert!(text.contains("$FILITTLE_KEY"), "{text}");
    assert!(!text.contains(&visit.welcome.key), "{text}");
    text
}

#[tokio::test(flavor = "multi_thread")]
async fn the_lines_that_are_shown_do_what_the_page_does() {
    let visit = Visit::signed_in().await;
    let browser = &visit.browser;
    let photo = visit.photo("it's a \"photo\", really.jpg");
    browser.choose(&[&photo]).await;
    let line = lines(&visit, "#order-curl").await;
    browser.start_until("succeeded").await;
    let by_page = &jobs(&visit).await["items"][0];

    let by_hand: Value = serde_json::from_slice(&run(&visit, visit.folder.path(), &line)).unwrap();
    let by_hand = visit.client.succeeded(&by_hand).await;
    assert_eq!(by_hand["steps"], by_page["steps"]);
    assert_eq!(by_hand["items"][0]["name"], by_page["items"][0]["name"]);
    assert_eq!(
        by_hand["outputs"][0]["sha256"],
        by_page["outputs"][0]["sha256"]
    );

    let empty = tempfile::tempdir().unwrap();
    browser
        .until("document.querySelectorAll('#jobs > li').length === 2")
        .await;
    let all = lines(&visit, "#jobs > li:last-child .curl").await;
    let download = all
        .lines()
        .find(|line| line.contains("/outputs/0"))
        .unwrap();
    run(&visit, empty.path(), download);
    let name = by_page["outputs"][0]["name"].as_str().unwrap();
    let bytes = std::fs::read(empty.path().join(name)).unwrap();
    assert!(bytes == visit.client.output(by_page).await);
    for what in ["/retry", "-X DELETE"] {
        let line = all.lines().find(|line| line.contains(what)).unwrap();
        run(&visit, empty.path(), line);
    }
    browser
        .until("document.querySelectorAll('#jobs > li').length === 3")
        .await;
    let listed = lines(&visit, ".jobs > .curl").await;
    let listed: Value = serde_json::from_slice(&run(&visit, empty.path(), &listed)).unwrap();
    assert_eq!(listed["items"].as_array().unwrap().len(), 2);
    visit.is_clean(&[]).await;
}

async fn jobs(visit: &Visit) -> Value {
    use crate::answer::Send;
    visit.client.get("/v1/jobs").answer().await.is(200).json()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_is_copied_by_its_button() {
    let visit = Visit::signed_in().await;
    let browser = &visit.browser;
    let line = lines(&visit, "#order-curl").await;
    let spy = "Object.defineProperty(navigator, 'clipboard', { value: {
        writeText: async (text) => { window.copied = text } } })";
    browser.script(spy, &[]).await;
    browser.click("#order-curl button").await;
    browser.shows("#order-curl button", "Copied").await;
    assert_eq!(browser.until("window.copied").await, line);
    visit.is_clean(&[]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_for_the_lines_is_made_on_demand_and_shown_until_it_was_seen() {
    let visit = Visit::signed_in().await;
    let browser = &visit.browser;
    browser.click("#key-make").await;
    let export = browser
        .until("document.querySelector('#key-line').textContent")
        .await;
    let export = export.as_str().unwrap();
    let listed = lines(&visit, ".jobs > .curl").await;
    let listed = run(&visit, visit.folder.path(), &format!("{export}\n{listed}"));
    let listed: Value = serde_json::from_slice(&listed).unwrap();
    assert!(listed["items"].is_array(), "{listed}");
    browser.click("#key-actions button:last-child").await;
    let left = "return document.body.textContent.includes('export FILITTLE_KEY')";
    assert_eq!(browser.script(left, &[]).await, false);
    browser
        .until("document.activeElement.id === 'key-make'")
        .await;
    visit.is_clean(&[]).await;
}

//! The lines for a shell that the page shows.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::answer::Send;
use crate::client::Client;
use crate::visit::Visit;

/// Runs a line as somebody would who copied it.
fn run(visit: &Visit, folder: &Path, line: &str) -> Vec<u8> {
    let mut sh = Command::new("sh");
    sh.args(["-euc", line]).current_dir(folder);
    let output = sh.env("FILITTLE_KEY", &visit.welcome.key).output().unwrap();
    assert!(output.status.success(), "{line}: {output:?}");
    output.stdout
}

/// All lines that a part of the page shows.
async fn lines(visit: &Visit, details: &str) -> Vec<String> {
    visit.browser.click(&format!("{details} summary")).await;
    let shown = format!(
        "document.querySelector('{details} code') &&
         [...document.querySelectorAll('{details} code')].map((it) => it.textContent)"
    );
    let all = visit.browser.until(&shown).await;
    let all = all.as_array().unwrap().iter();
    let all: Vec<String> = all.map(|it| it.as_str().unwrap().to_owned()).collect();
    for text in &all {
        assert!(text.contains("$FILITTLE_KEY"), "{text}");
        assert!(!text.contains(&visit.welcome.key), "{text}");
    }
    all
}

/// The only one.
async fn only_line(visit: &Visit, details: &str) -> String {
    let all = lines(visit, details).await;
    assert_eq!(all.len(), 1, "{all:#?}");
    all.into_iter().next().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_lines_that_are_shown_do_what_the_page_does() {
    let visit = Visit::signed_in().await;
    let browser = &visit.browser;
    let photo = visit.photo("it's a \"photo\", really.jpg");
    browser.choose(&[&photo]).await;
    let line = only_line(&visit, "#order-curl").await;
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
    let with = |what: &str| all.iter().find(|line| line.contains(what)).unwrap();
    // Where the file is that the job was made of, it stays.
    let before = std::fs::read(&photo).unwrap();
    run(&visit, photo.parent().unwrap(), with("/outputs/0"));
    assert!(std::fs::read(&photo).unwrap() == before);
    let name = by_page["outputs"][0]["name"].as_str().unwrap();
    let result = photo.with_file_name(format!("little-{name}"));
    assert!(std::fs::read(result).unwrap() == visit.client.output(by_page).await);
    run(&visit, empty.path(), with("/retry"));
    assert!(all.last().unwrap().contains("-X DELETE"), "{all:#?}");
    run(&visit, empty.path(), with("-X DELETE"));
    browser
        .until("document.querySelectorAll('#jobs > li').length === 3")
        .await;
    let listed = only_line(&visit, ".jobs > .curl").await;
    let listed: Value = serde_json::from_slice(&run(&visit, empty.path(), &listed)).unwrap();
    assert_eq!(listed["items"].as_array().unwrap().len(), 2);
    visit.is_clean(&[]).await;
}

async fn jobs(visit: &Visit) -> Value {
    visit.client.get("/v1/jobs").answer().await.is(200).json()
}

#[tokio::test(flavor = "multi_thread")]
async fn each_line_is_copied_by_its_own_button() {
    let visit = Visit::signed_in().await;
    let browser = &visit.browser;
    let line = only_line(&visit, "#order-curl").await;
    let spy = "Object.defineProperty(navigator, 'clipboard', { value: {
        writeText: async (text) => { window.copied = text } } })";
    browser.script(spy, &[]).await;
    browser.click("#order-curl button").await;
    browser.shows("#order-curl button", "Copied").await;
    assert_eq!(browser.until("window.copied").await, line);

    browser.choose(&[&visit.photo("photo.jpg")]).await;
    browser.start_until("succeeded").await;
    let all = lines(&visit, "#jobs .curl").await;
    for (place, line) in all.iter().enumerate() {
        let copy = format!("#jobs .curl div:nth-of-type({}) button", place + 1);
        browser.click(&copy).await;
        browser.shows(&copy, "Copied").await;
        assert_eq!(browser.until("window.copied").await, *line);
        assert_eq!(line.lines().count(), 1, "{line}");
    }
    visit.is_clean(&[]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_for_the_lines_is_made_on_demand_shown_until_it_was_seen_and_deleted() {
    let visit = Visit::signed_in().await;
    let browser = &visit.browser;
    browser.click("#keys-open").await;
    browser.shows("#keys-list", "not used yet").await;
    browser.click("#key-make").await;
    let export = browser
        .until("document.querySelector('#key-line').textContent")
        .await;
    let export = export.as_str().unwrap();
    let listed = only_line(&visit, ".jobs > .curl").await;
    let script = format!("{export}\n{listed}");
    let listed = run(&visit, visit.folder.path(), &script);
    let listed: Value = serde_json::from_slice(&listed).unwrap();
    assert!(listed["items"].is_array(), "{listed}");
    browser.click("#key-actions button:last-child").await;
    let left = "return document.body.textContent.includes('export FILITTLE_KEY')";
    assert_eq!(browser.script(left, &[]).await, false);
    browser
        .until("document.activeElement.id === 'key-make'")
        .await;

    browser
        .until("document.querySelectorAll('#keys-list li').length === 2")
        .await;
    let delete = "#keys-list li:first-child .sure";
    browser
        .shows("#keys-list li:first-child", "made in a browser")
        .await;
    browser.click(delete).await;
    browser.shows(delete, "Really delete?").await;
    browser.click(delete).await;
    browser
        .until("document.querySelectorAll('#keys-list li').length === 1")
        .await;
    let key = export.strip_prefix("export FILITTLE_KEY=").unwrap();
    let refused = Client::new(&visit.service.url, key).get("/v1/me");
    refused.answer().await.is(401);
    // The first one is still there.
    visit.client.get("/v1/me").answer().await.is(200);
    visit.is_clean(&[]).await;
}

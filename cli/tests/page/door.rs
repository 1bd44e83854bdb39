//! Signing in.

use serde_json::json;

use crate::service::filittle;
use crate::visit::Visit;

/// The link that the first start printed.
fn printed(visit: &Visit) -> String {
    let lines = visit.service.process.output();
    let link = lines.iter().find(|line| line.contains("/#token=flo_"));
    link.unwrap_or_else(|| panic!("no link in {lines:#?}"))
        .trim()
        .to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_opens_the_door_and_a_wrong_one_is_told() {
    let visit = Visit::new().await;
    let browser = &visit.browser;
    browser.go(&visit.service.url).await;
    browser.enter(&visit.welcome.address, "wrong horse").await;
    browser
        .shows("#door-problem", "The address or the password is wrong")
        .await;
    let focused = browser
        .script("return document.activeElement.id", &[])
        .await;
    assert_eq!(focused, "password");
    browser.sign_in(&visit.welcome).await;
    browser.shows("#who", "admin@localhost").await;
    browser.click("#sign-out").await;
    browser.shows("#door-news", "You are signed out").await;
    let kept = browser.script("return sessionStorage.length + localStorage.length", &[]);
    assert_eq!(kept.await, 0);
    visit.is_clean(&["401"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_printed_link_signs_in_once_and_its_token_leaves_the_address_at_once() {
    let visit = Visit::new().await;
    let browser = &visit.browser;
    let link = printed(&visit);
    assert!(link.starts_with(&visit.service.url), "{link}");
    browser.go(&link).await;
    browser.at_desk().await;
    assert_eq!(browser.address().await, format!("{}/", visit.service.url));
    let steps = browser.script("return history.length", &[]).await;
    browser.click("#sign-out").await;
    browser.go(&link).await;
    browser.shows("#door-news", "This link was used").await;
    assert!(!browser.address().await.contains("flo_"), "after {steps}");
    visit.is_clean(&["401"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_prints_another_link_while_the_service_runs() {
    let visit = Visit::new().await;
    let data = visit.folder.path().join("data");
    let mut command = filittle();
    command.args(["admin", "link", "--data"]);
    let made = command.arg(&data).output().unwrap();
    assert!(made.status.success(), "{made:?}");
    let link = String::from_utf8(made.stdout).unwrap();
    visit.browser.go(link.trim()).await;
    visit.browser.at_desk().await;
    let mut command = filittle();
    command.args(["admin", "link", "--email", "nobody@example.org", "--data"]);
    let refused = command.arg(&data).output().unwrap();
    assert!(!refused.status.success(), "{refused:?}");
    visit.is_clean(&[]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_link_of_a_verification_mail_tells_what_came_of_it() {
    let visit = Visit::new().await;
    let url = format!("{}/#verify=flv_unknown", visit.service.url);
    visit.browser.go(&url).await;
    visit
        .browser
        .shows("#door-news", "This link was used already")
        .await;
    assert!(!visit.browser.address().await.contains("flv_"));
    visit.is_clean(&["404"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_can_be_made_where_the_operator_lets() {
    let visit = Visit::new().await;
    let browser = &visit.browser;
    browser.go(&visit.service.url).await;
    browser.click("#door-switch").await;
    browser.enter("ada@example.org", "short").await;
    let short = "Password: must have at least 8 characters and at most 1024 bytes.";
    browser.reads("#door-problem", short).await;
    browser.enter(&visit.welcome.address, "correct horse").await;
    let taken = "This address has an account already; log in instead.";
    browser.reads("#door-problem", taken).await;
    browser.enter("ada@example.org", "correct horse").await;
    browser.shows("#who", "ada@example.org").await;
    visit.is_clean(&["409", "422"]).await;

    let closed = Visit::with(&["--registration", "closed"]).await;
    closed.browser.go(&closed.service.url).await;
    closed
        .browser
        .until("!document.querySelector('#door').hidden")
        .await;
    let hidden = "return document.querySelector('#other-door').hidden";
    assert_eq!(closed.browser.script(hidden, &[]).await, json!(true));
    closed.is_clean(&[]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_tries_too_often_is_told_when_to_come_again() {
    let visit = Visit::with(&["--logins-per-minute", "1"]).await;
    let browser = &visit.browser;
    browser.go(&visit.service.url).await;
    browser.enter(&visit.welcome.address, "wrong horse").await;
    browser.shows("#door-problem", "password is wrong").await;
    browser
        .enter(&visit.welcome.address, &visit.welcome.password)
        .await;
    browser
        .shows("#door-problem", "Too many tries; try again in")
        .await;
    visit.is_clean(&["401", "429"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_that_was_used_leaves_who_is_signed_in_where_they_are() {
    let visit = Visit::new().await;
    let link = printed(&visit);
    visit.browser.go(&link).await;
    visit.browser.at_desk().await;
    let again = "location.hash = new URL(arguments[0]).hash";
    visit.browser.script(again, &[json!(link)]).await;
    visit.browser.shows("#news", "This link was used").await;
    visit.browser.at_desk().await;
    assert!(!visit.browser.address().await.contains("flo_"));
    visit.is_clean(&["401"]).await;
}

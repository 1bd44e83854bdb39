//! What is asked for.

use reqwest::Method;
use serde_json::{Value, json};

use crate::answer::Send;
use crate::times::until;
use crate::visit::Visit;

/// The mails that were written.
fn mails(visit: &Visit) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(visit.folder.path().join("data/mail")) else {
        return Vec::new();
    };
    let paths = entries.map(|entry| entry.unwrap().path());
    let mails = paths.filter(|path| path.extension().is_some_and(|it| it == "eml"));
    mails
        .map(|path| std::fs::read_to_string(path).unwrap())
        .collect()
}

async fn newest(visit: &Visit) -> Value {
    let jobs = visit.client.get("/v1/jobs").answer().await.is(200).json();
    jobs["items"][0].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_comes_when_it_is_asked_for_and_the_line_with_curl_asks_for_it_too() {
    let visit = Visit::signed_in().await;
    let browser = &visit.browser;
    browser
        .reads("#mail-about", &format!("To {}.", visit.welcome.address))
        .await;
    browser.choose(&[&visit.photo("quiet.jpg")]).await;
    browser.click("#order-curl summary").await;
    browser.shows("#order-curl code", "quiet.jpg").await;
    let asks = "document.querySelector('#order-curl code').textContent.includes('\"notify\":{\"email\":true}')";
    assert_eq!(browser.script(&format!("return {asks}"), &[]).await, false);
    browser.start_until("succeeded").await;
    browser.choose(&[&visit.photo("photo.jpg")]).await;
    browser.click("#mail").await;
    browser.until(asks).await;
    browser.start_until("succeeded").await;
    let mail = until("there is a mail", async || mails(&visit).pop()).await;
    assert!(mail.contains("photo.jpg"), "{mail}");
    assert_eq!(mails(&visit).len(), 1);
    visit.is_clean(&[]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_is_not_verified_is_told_beside_the_mail() {
    let visit = Visit::new().await;
    let browser = &visit.browser;
    browser.go(&visit.service.url).await;
    browser.click("#door-switch").await;
    browser.enter("ada@example.org", "correct horse").await;
    browser.at_desk().await;
    browser
        .shows("#mail-about", "To ada@example.org. It is not verified yet")
        .await;
    visit.is_clean(&[]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_ended_mails_is_told_so_and_turns_them_on_again() {
    let visit = Visit::new().await;
    let off = visit.client.request(Method::PATCH, "/v1/me");
    let off = off.json(&json!({"mails": "unsubscribed"}));
    off.answer().await.is(200);
    let browser = &visit.browser;
    browser.go(&visit.service.url).await;
    browser.sign_in(&visit.welcome).await;
    browser
        .shows("#mail-about", "You have ended mails about jobs.")
        .await;
    browser
        .until("document.querySelector('#mail').disabled")
        .await;
    browser.click("#mail-on").await;
    browser
        .until("!document.querySelector('#mail').disabled")
        .await;
    let me = visit.client.get("/v1/me").answer().await.is(200).json();
    assert_eq!(me["mails"], "on");
    visit.is_clean(&[]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn colours_stand_in_the_place_of_levels_and_small_pictures_are_enlarged_on_demand() {
    let visit = Visit::signed_in().await;
    let browser = &visit.browser;
    browser.choose(&[&visit.photo("photo.jpg")]).await;
    browser.set("#resize-width", "900").await;
    browser.click("#resize-upscale").await;
    browser.click("#on-dither").await;
    browser.set("#dither-colors", "000, fff f00,").await;
    browser
        .until("document.querySelector('#dither-levels').disabled")
        .await;
    browser.start_until("succeeded").await;
    let job = newest(&visit).await;
    assert_eq!(job["steps"][0]["upscale"], true);
    let colors = json!(["#000000", "#ffffff", "#ff0000"]);
    assert_eq!(job["steps"][1]["colors"], colors, "{job}");
    browser
        .until("document.querySelector('.compare .after')?.naturalWidth === 900")
        .await;

    browser.choose(&[&visit.photo("photo.jpg")]).await;
    browser.set("#dither-colors", "000, red").await;
    browser.click("#order-go").await;
    browser.shows("#order-problem", "Dither, colours: ").await;
    browser
        .until("document.activeElement.id === 'dither-colors'")
        .await;
    browser.set("#dither-colors", "").await;
    browser
        .until("!document.querySelector('#dither-levels').disabled")
        .await;
    visit.is_clean(&["422"]).await;
}

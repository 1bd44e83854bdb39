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
async fn small_pictures_are_enlarged_and_dithered_to_a_list_of_colours_on_demand() {
    let visit = Visit::signed_in().await;
    let browser = &visit.browser;
    browser.choose(&[&visit.photo("photo.jpg")]).await;
    browser.set("#resize-width", "900").await;
    browser.click("#resize-upscale").await;
    browser.click("#on-dither").await;
    browser.set("#dither-from", "colors").await;
    browser.set("#dither-colors", "000, fff f00,").await;
    browser.start_until("succeeded").await;
    let job = newest(&visit).await;
    assert_eq!(job["steps"][0]["upscale"], true);
    let colors = json!(["#000000", "#ffffff", "#ff0000"]);
    assert_eq!(job["steps"][1]["colors"], colors, "{job}");
    browser
        .until("document.querySelector('.compare .after')?.naturalWidth === 900")
        .await;

    browser.choose(&[&visit.photo("photo.jpg")]).await;
    browser.set("#dither-colors", "000, crimson").await;
    browser.click("#order-go").await;
    browser.shows("#order-problem", "Dither, colours: ").await;
    browser
        .until("document.activeElement.id === 'dither-colors'")
        .await;
    visit.is_clean(&["422"]).await;
}

/// Which of the controls that say the colours are shown.
const SHOWN: &str = "['levels', 'palette', 'colors', 'extract', 'device', 'format']
    .filter((it) => document.querySelector('#dither-' + it).offsetParent).join()";

#[tokio::test(flavor = "multi_thread")]
async fn one_choice_says_where_colours_come_from_and_shows_only_what_it_needs() {
    let visit = Visit::signed_in().await;
    let browser = &visit.browser;
    browser.choose(&[&visit.photo("photo.jpg")]).await;
    browser.only("dither").await;
    for (from, shown) in [
        ("levels", "levels,format"),
        ("palette", "palette,format"),
        ("colors", "colors,format"),
        ("extract", "extract,format"),
        ("device", "device"),
    ] {
        browser.set("#dither-from", from).await;
        assert_eq!(browser.script(&format!("return {SHOWN}"), &[]).await, shown);
    }
    browser.set("#dither-from", "palette").await;
    browser.set("#dither-palette", "game-boy").await;
    let swatches = "document.querySelectorAll('#dither-palette ~ .swatches i').length === 4";
    browser.until(swatches).await;
    browser.set("#dither-format", "gif").await;
    browser.set("#dither-color_space", "oklab").await;
    browser.start_until("succeeded").await;
    browser.is_drawn(".compare .after").await;
    let step = newest(&visit).await["steps"][0].clone();
    for (name, value) in [
        ("palette", "game-boy"),
        ("format", "gif"),
        ("color_space", "oklab"),
    ] {
        assert_eq!(step[name], value, "{step}");
    }
    visit.is_clean(&[]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_panel_shows_is_downloaded_as_its_bytes() {
    let visit = Visit::signed_in().await;
    let browser = &visit.browser;
    browser.choose(&[&visit.photo("photo.jpg")]).await;
    browser.only("dither").await;
    browser.set("#dither-from", "device").await;
    browser.set("#dither-device", "waveshare-7in3e").await;
    browser
        .shows("#dither-device ~ .hint", "800 × 480, raw")
        .await;
    browser.start_until("succeeded").await;
    browser
        .shows("#jobs > li:first-child .outputs a", "photo.bin")
        .await;
    let job = newest(&visit).await;
    assert_eq!(visit.client.output(&job).await.len(), 800 * 480 / 2);
    visit.is_clean(&[]).await;
}

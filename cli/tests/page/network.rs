//! A network that does not last.

use filittle_testkit::{Fault, FaultProxy};
use serde_json::json;

use crate::answer::Send;
use crate::client::path;
use crate::generate;
use crate::visit::Visit;

#[tokio::test(flavor = "multi_thread")]
async fn a_cut_stream_of_events_goes_on_and_a_service_that_is_away_is_told() {
    let visit = Visit::new().await;
    let browser = &visit.browser;
    let address = visit.service.url.strip_prefix("http://").unwrap();
    let proxy = FaultProxy::start(address.parse().unwrap());
    let url = format!("http://{}", proxy.address());
    browser.go(&url).await;
    browser.sign_in(&visit.welcome).await;
    browser
        .until("!document.querySelector('#jobs-none').hidden")
        .await;
    let file = visit.client.upload("a.txt", "some text").await;
    let step = json!({"op": "compress"});
    visit.client.work(&file, &step).await;
    browser
        .until("document.querySelectorAll('#jobs .succeeded').length === 1")
        .await;

    proxy.cut_all();
    visit.client.work(&file, &step).await;
    browser
        .until("document.querySelectorAll('#jobs .succeeded').length === 2")
        .await;

    proxy.set(Fault::Refuse);
    browser.shows("#away", "cannot be reached").await;
    visit.client.work(&file, &step).await;
    proxy.set(Fault::Pass);
    browser
        .until("document.querySelectorAll('#jobs .succeeded').length === 3")
        .await;
    browser
        .until("document.querySelector('#away').textContent === ''")
        .await;
    browser
        .is_clean(
            &url,
            &["ERR_CONNECTION", "ERR_EMPTY_RESPONSE", "ERR_INCOMPLETE"],
        )
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_works_without_tls_under_another_name_than_that_of_links() {
    let visit = Visit::new().await;
    let browser = &visit.browser;
    let url = visit.service.url.replace("127.0.0.1", "filittle.test");
    browser.go(&url).await;
    browser.sign_in(&visit.welcome).await;
    let is_trusted = browser.script("return isSecureContext", &[]).await;
    assert_eq!(is_trusted, false);
    browser.choose(&[&visit.photo("photo.jpg")]).await;
    browser.start_until("succeeded").await;
    browser.is_drawn(".compare .before").await;
    browser.is_drawn(".compare .after").await;
    browser.click("#order-curl summary").await;
    browser.click("#order-curl button").await;
    browser.shows("#order-curl button", "Copied").await;
    // Which counts over TLS only, and browsers say so.
    browser
        .is_clean(&url, &["Cross-Origin-Opener-Policy"])
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_busy_service_puts_off_goes_on_when_it_may() {
    let visit = Visit::with(&["--max-backlog-of-account", "1"]).await;
    let browser = &visit.browser;
    browser.go(&visit.service.url).await;
    browser.sign_in(&visit.welcome).await;
    let words = generate::text(1, 5 << 20);
    let file = visit.client.upload("words.txt", words).await;
    let step = json!({"op": "compress", "format": "zstd", "level": 19});
    let long = visit.client.work(&file, &step).await;
    browser.choose(&[&visit.photo("photo.jpg")]).await;
    browser.click("#order-go").await;
    browser.shows("#sending .hint", "going on in").await;
    let cancel = format!("{}/cancel", path(&long));
    visit.client.post(&cancel, &json!({})).answer().await;
    browser
        .shows("#jobs > li:first-child h3", "photo.jpg")
        .await;
    browser
        .shows("#jobs > li:first-child .state", "succeeded")
        .await;
    visit.is_clean(&["429"]).await;
}

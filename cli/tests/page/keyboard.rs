//! Without a mouse.

use serde_json::json;

use crate::browser::{Browser, ENTER, RIGHT, SPACE, TAB};
use crate::visit::Visit;

/// Goes on by the key of tabulation until an element that matches has the focus, which must be seen.
async fn tab_to(browser: &Browser, selector: &str) {
    let script = "const it = document.activeElement;
        const style = getComputedStyle(it.id === 'files' ? it.parentElement : it);
        return [it.matches(arguments[0]), style.outlineStyle, it.outerHTML.slice(0, 120)]";
    let mut passed = Vec::new();
    for _ in 0..60 {
        browser.press(TAB).await;
        let at = browser.script(script, &[json!(selector)]).await;
        assert_ne!(at[1], "none", "the focus is not seen: {at}");
        if at[0] == true {
            return;
        }
        passed.push(at[2].to_string());
    }
    panic!("{selector} is not reached: {passed:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_from_the_door_to_the_download_is_done_by_keyboard() {
    let visit = Visit::new().await;
    let browser = &visit.browser;
    browser.go(&visit.service.url).await;
    browser.until("document.activeElement.id === 'email'").await;
    browser.press(&visit.welcome.address).await;
    tab_to(browser, "#password").await;
    browser.press(&visit.welcome.password).await;
    browser.press(ENTER).await;
    browser.at_desk().await;
    tab_to(browser, "#files").await;
    // The dialog of the system is not the page's.
    browser
        .choose(&[&visit.photo("photo.jpg"), &visit.photo("other.jpg")])
        .await;
    tab_to(browser, "#chosen li:first-child button").await;
    browser.press(SPACE).await;
    browser
        .until("document.querySelectorAll('#chosen li').length === 1")
        .await;
    browser
        .until("document.activeElement.matches('#chosen button')")
        .await;
    tab_to(browser, "#resize-width").await;
    // What is there is selected when it gets the focus.
    browser.press("120").await;
    tab_to(browser, "#on-dither").await;
    browser.press(SPACE).await;
    tab_to(browser, "#dither-levels").await;
    browser.press("3").await;
    tab_to(browser, "#order-go").await;
    browser.press(ENTER).await;
    browser.shows("#jobs .state", "succeeded").await;
    tab_to(browser, ".outputs a").await;
    tab_to(browser, ".compare input").await;
    browser.press(RIGHT).await;
    browser.shows("#jobs .hint", "resize, dither").await;
    tab_to(browser, ".actions button[aria-label^=Delete]").await;
    browser.press(ENTER).await;
    browser.shows("#said", "Press again").await;
    browser.press(ENTER).await;
    browser
        .until("document.querySelectorAll('#jobs > li').length === 0")
        .await;
    browser
        .until("document.activeElement.id === 'jobs-title'")
        .await;
    visit.is_clean(&[]).await;
}

//! Several tabs of one browser.

use serde_json::{Value, json};

use crate::answer::Send;
use crate::browser::Browser;
use crate::visit::Visit;

impl Browser {
    /// Opens another tab and goes on in it.
    async fn another_tab(&self) -> Value {
        let tab = self.post("/window/new", json!({"type": "tab"})).await;
        self.switch(&tab["handle"]).await;
        tab["handle"].clone()
    }

    async fn switch(&self, handle: &Value) {
        self.post("/window", json!({"handle": handle})).await;
    }

    async fn tab(&self) -> Value {
        self.get("/window").await
    }
}

/// Makes that the access token of the tab has run out.
const AGE: &str = "const it = JSON.parse(sessionStorage.getItem('filittle-session'));
    it.until = 0; sessionStorage.setItem('filittle-session', JSON.stringify(it))";

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_of_a_tab_does_not_end_the_session_of_the_first() {
    let visit = Visit::signed_in().await;
    let browser = &visit.browser;
    let first = browser.tab().await;
    let session = browser
        .script("return sessionStorage.getItem('filittle-session')", &[])
        .await;
    let refresh: Value = serde_json::from_str(session.as_str().unwrap()).unwrap();
    // The first tab refreshes: the copy below has a token that was used.
    browser.script(AGE, &[]).await;
    browser.reload().await;
    browser.at_desk().await;

    browser.another_tab().await;
    browser.go(&format!("{}/livez", visit.service.url)).await;
    let copy = "sessionStorage.setItem('filittle-session', arguments[0])";
    browser.script(copy, &[session]).await;
    browser.script(AGE, &[]).await;
    browser.go(&visit.service.url).await;
    browser.at_desk().await;
    browser.shows("#who", "admin@localhost").await;

    browser.switch(&first).await;
    browser.script(AGE, &[]).await;
    browser.reload().await;
    browser.at_desk().await;
    let now = browser.script(
        "return JSON.parse(sessionStorage.getItem('filittle-session')).refresh",
        &[],
    );
    assert_ne!(now.await, refresh["refresh"]);
    // The page of a probe has no icon.
    visit.is_clean(&["favicon.ico"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_tab_is_signed_in_by_the_first_and_signed_out_with_it() {
    let visit = Visit::signed_in().await;
    let browser = &visit.browser;
    let first = browser.tab().await;
    let second = browser.another_tab().await;
    browser.go(&visit.service.url).await;
    browser.at_desk().await;
    browser.switch(&first).await;
    browser.click("#sign-out").await;
    browser.switch(&second).await;
    browser.shows("#door-news", "You are signed out").await;
    visit.is_clean(&[]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_signs_out_where_a_token_is_borrowed_ends_the_session_at_the_service() {
    let visit = Visit::signed_in().await;
    let browser = &visit.browser;
    let first = browser.tab().await;
    let session = "return JSON.parse(sessionStorage.getItem('filittle-session'))";
    let held = browser.script(session, &[]).await;
    let watch = "const ask = window.fetch;
        window.fetch = async (url, options) => {
            const answer = await ask(url, options);
            if (String(url).endsWith('/v1/logout')) window.loggedOut = answer.status;
            return answer;
        }";
    browser.script(watch, &[]).await;
    let second = browser.another_tab().await;
    browser.go(&visit.service.url).await;
    browser.at_desk().await;
    assert_eq!(browser.script(session, &[]).await["refresh"], Value::Null);
    browser.click("#sign-out").await;
    browser.shows("#door-news", "You are signed out").await;

    browser.switch(&first).await;
    browser.shows("#door-news", "You are signed out").await;
    assert_eq!(browser.until("window.loggedOut").await, 204);
    let refresh = json!({"refresh_token": held["refresh"]});
    let path = "/v1/token/refresh";
    visit.client.post(path, &refresh).answer().await.is(401);
    browser.switch(&second).await;
    visit.is_clean(&[]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_loan_that_comes_late_still_opens_the_door() {
    let visit = Visit::signed_in().await;
    let browser = &visit.browser;
    let first = browser.tab().await;
    // The tab that lends has to get a token first, and that takes until the test says so.
    let slow = "const ask = window.fetch;
        window.fetch = async (url, options) => {
            if (String(url).endsWith('/v1/token/refresh'))
                await new Promise((done) => { window.release = done });
            return ask(url, options);
        }";
    let source = json!({"source": slow});
    browser
        .devtools("Page.addScriptToEvaluateOnNewDocument", source)
        .await;
    browser.script(AGE, &[]).await;
    browser.reload().await;
    browser.until("window.release").await;

    let second = browser.another_tab().await;
    browser.go(&visit.service.url).await;
    browser
        .until("!document.querySelector('#door').hidden")
        .await;
    browser.switch(&first).await;
    browser.script("window.release()", &[]).await;
    browser.at_desk().await;
    browser.switch(&second).await;
    browser.at_desk().await;
    browser
        .until("document.querySelector('#door').hidden")
        .await;
    browser.shows("#who", "admin@localhost").await;
    visit.is_clean(&[]).await;
}

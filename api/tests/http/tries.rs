//! How often one address may try.

use serde_json::json;

use crate::answer::{Answer, Send};
use crate::app::{PASSWORD, TestApp};

async fn login(app: &TestApp, from: &str) -> Answer {
    let body = json!({"email": "ada@example.org", "password": PASSWORD});
    let request = app.post("/v1/login").header("x-forwarded-for", from);
    request.json(&body).answer().await
}

#[tokio::test]
async fn an_address_that_tries_too_often_is_told_when_to_come_again() {
    let app = TestApp::with(|_, settings| settings.logins_per_minute = 2).await;
    app.user("ada").await;
    for left in ["1", "0"] {
        let answer = login(&app, "").await.is(200);
        assert_eq!(answer.header("ratelimit-policy"), "\"login\";q=2;w=60");
        let state = answer.header("ratelimit");
        assert!(
            state.starts_with(&format!("\"login\";r={left};t=")),
            "{state}"
        );
    }
    let refused = login(&app, "").await;
    let wait: u64 = refused.header("retry-after").parse().unwrap();
    assert!((1..=30).contains(&wait), "{wait}");
    assert!(refused.header("ratelimit").starts_with("\"login\";r=0;t="));
    refused.refused(429, "too-many-requests");
    // What is asked for with a token does not count.
    app.get("/v1/limits").answer().await.is(200);
}

#[tokio::test]
async fn a_try_that_failed_tells_how_many_are_left() {
    let app = TestApp::with(|_, settings| settings.logins_per_minute = 3).await;
    let try_it = |body: serde_json::Value| app.post("/v1/login").json(&body).answer();
    let wrong = try_it(json!({"email": "ada@example.org", "password": "not it"})).await;
    assert!(wrong.header("ratelimit").starts_with("\"login\";r=2;t="));
    wrong.refused(401, "unauthenticated");
    let nothing = try_it(json!({})).await;
    assert!(nothing.header("ratelimit").starts_with("\"login\";r=1;t="));
    nothing.invalid(&["/email", "/password"]);
}

#[tokio::test]
async fn who_asks_for_accounts_too_often_has_to_wait() {
    let app = TestApp::with(|_, settings| settings.registrations_per_minute = 1).await;
    let register = |name: &str| {
        let body = json!({"email": format!("{name}@example.org"), "password": PASSWORD});
        app.post("/v1/register").json(&body).answer()
    };
    register("ada").await.is(201);
    register("eve").await.refused(429, "too-many-requests");
}

#[tokio::test]
async fn clients_behind_our_own_proxy_are_told_apart_and_others_cannot_pretend() {
    let app = TestApp::with(|_, settings| settings.logins_per_minute = 1).await;
    app.user("ada").await;
    login(&app, "198.51.100.1").await.is(200);
    login(&app, "198.51.100.2")
        .await
        .refused(429, "too-many-requests");
    let app = TestApp::with(|_, settings| {
        settings.logins_per_minute = 1;
        settings.trusted_proxies = vec!["127.0.0.0/8".parse().unwrap()];
    })
    .await;
    app.user("ada").await;
    login(&app, "198.51.100.1").await.is(200);
    login(&app, "198.51.100.2").await.is(200);
    login(&app, "203.0.113.9, 198.51.100.2")
        .await
        .refused(429, "too-many-requests");
}

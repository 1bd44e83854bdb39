//! Signing in by a link that the operator printed.

use std::time::Duration;

use filittle_common::Actor;
use filittle_common::accounts::OneTimeToken;
use filittle_common::commands::make_one_time_token::MakeOneTimeToken;
use serde_json::{Value, json};

use crate::answer::{Answer, Send};
use crate::app::TestApp;

async fn token(app: &TestApp, email: Option<&str>) -> OneTimeToken {
    let command = MakeOneTimeToken {
        email: email.map(str::to_owned),
    };
    app.app
        .execute(command, &Actor::anonymous(None))
        .await
        .unwrap()
}

async fn login(app: &TestApp, token: &str) -> Answer {
    let body = json!({"one_time_token": token});
    app.post("/v1/login").json(&body).answer().await
}

/// The body of a refusal, without what is of this request.
fn told(answer: Answer) -> Value {
    answer.is(401).json()
}

#[tokio::test]
async fn a_one_time_token_signs_in_its_account_once() {
    let app = TestApp::start().await;
    app.user("ada").await;
    app.user("eve").await;
    for (email, of) in [(None, "ada"), (Some("Eve@example.org"), "eve")] {
        let token = token(&app, email).await;
        let answer = login(&app, token.text()).await.is(200);
        assert_eq!(answer.header("cache-control"), "no-store");
        let tokens = answer.json();
        let access = tokens["access_token"].as_str().unwrap();
        let me = app.get("/v1/me").bearer_auth(access).answer().await.is(200);
        assert_eq!(me.json()["email"], format!("{of}@example.org"));
        let refresh = json!({"refresh_token": tokens["refresh_token"]});
        let again = app.post("/v1/token/refresh").json(&refresh);
        again.answer().await.is(200);
        login(&app, token.text())
            .await
            .refused(401, "unauthenticated");
    }
}

#[tokio::test]
async fn a_token_that_was_used_has_expired_or_never_was_gets_the_answer_of_a_wrong_password() {
    let app = TestApp::start().await;
    app.user("ada").await;
    let wrong = json!({"email": "ada@example.org", "password": "wrong horse"});
    let wrong = told(app.post("/v1/login").json(&wrong).answer().await);
    let (used, late) = (token(&app, None).await, token(&app, None).await);
    login(&app, used.text()).await.is(200);
    let clock = app.app.db.clock();
    let second = Duration::from_secs(1);
    clock.advance(second);
    let in_time = token(&app, None).await;
    let life = OneTimeToken::LIFE.to_std().unwrap();
    clock.advance(life.saturating_sub(second));
    let never = OneTimeToken::random();
    for text in [used.text(), late.text(), never.text(), "flo_nonsense", ""] {
        assert_eq!(told(login(&app, text).await), wrong, "{text}");
    }
    login(&app, in_time.text()).await.is(200);
}

#[tokio::test]
async fn a_one_time_token_stands_alone_in_its_request() {
    let app = TestApp::start().await;
    let body = json!({"one_time_token": "flo_x", "email": "ada@example.org"});
    let answer = app.post("/v1/login").json(&body).answer().await;
    answer.invalid(&["/email"]);
}

#[tokio::test]
async fn tries_by_token_are_counted_with_those_by_password() {
    let app = TestApp::with(|_, settings| settings.logins_per_minute = 1).await;
    login(&app, "flo_x").await.refused(401, "unauthenticated");
    login(&app, "flo_x").await.refused(429, "too-many-requests");
}

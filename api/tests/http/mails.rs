//! What mails lead to: verifying an address, and unsubscribing.

use chrono::TimeDelta;
use filittle_common::accounts::VerificationToken;
use filittle_common::store::verifications::Verification;
use filittle_common::store::{accounts, mailboxes, verifications};
use serde_json::{Value, json};

use crate::answer::Send;
use crate::app::{TestApp, User};

/// The token of a mail to this user.
async fn token(user: &User<'_>) -> String {
    let token = VerificationToken::random();
    let app = &user.app.app;
    let row = Verification {
        token_hash: token.hash(),
        account_id: user.member.account,
        expires_at: app.db.clock().now() + VerificationToken::LIFE,
        used_at: None,
    };
    app.db
        .write(row, |tx, row| Box::pin(verifications::insert(tx, row)))
        .await
        .unwrap();
    token.text().to_owned()
}

fn body(token: &str) -> Value {
    json!({"token": token})
}

#[tokio::test]
async fn a_token_verifies_its_address_once() {
    let app = TestApp::start().await;
    app.user("first").await;
    let eve = app.user("eve").await;
    let token = token(&eve).await;
    let verify = || app.post("/v1/verify").json(&body(&token)).answer();
    assert!(verify().await.is(204).body.is_empty());
    verify().await.refused(410, "gone");
    let mut read = app.app.db.read_any().await.unwrap();
    let account = accounts::find(&mut read, eve.member.account).await;
    let now = app.app.db.clock().now();
    assert_eq!(account.unwrap().unwrap().verified_at, Some(now));
}

#[tokio::test]
async fn a_token_that_is_late_is_gone_and_one_that_is_none_is_not_found() {
    let app = TestApp::start().await;
    let eve = app.user("eve").await;
    let token = token(&eve).await;
    let life = VerificationToken::LIFE + TimeDelta::seconds(1);
    app.app.db.clock().advance(life.to_std().unwrap());
    let late = app.post("/v1/verify").json(&body(&token)).answer().await;
    late.refused(410, "gone");
    for nonsense in ["", "flv_", VerificationToken::random().text()] {
        let answer = app.post("/v1/verify").json(&body(nonsense)).answer().await;
        answer.refused(404, "not-found");
    }
    let more = json!({"token": "flv_", "role": "admin"});
    let answer = app.post("/v1/verify").json(&more).answer().await;
    answer.is(422);
}

#[tokio::test]
async fn mails_end_by_a_post_and_not_by_following_the_link() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let links = app.app.accounts.links();
    let until = app.app.db.clock().now() + TimeDelta::days(1);
    let token = links.sign_unsubscribe(ada.member.owner, ada.member.account, until);
    let path = format!("/v1/unsubscribe/{token}");
    let mailbox = async || {
        let mut read = app.app.db.read_any().await.unwrap();
        mailboxes::find(&mut read, ada.member.account)
            .await
            .unwrap()
    };
    let page = app.get(&path).answer().await.is(200);
    assert!(
        page.header("content-security-policy")
            .contains("form-action 'self'")
    );
    assert!(mailbox().await.is_none());
    let one_click = app.post(&path).body("List-Unsubscribe=One-Click");
    one_click.answer().await.is(200);
    assert!(mailbox().await.unwrap().unsubscribed_at.is_some());
    // It opens nothing else, and nothing else opens it.
    let read = app.get(&format!("/v1/links/{token}")).answer().await;
    read.refused(404, "not-found");
    let job = filittle_common::ids::JobId::new(until);
    let other = links.sign_job(ada.member.owner, job, until);
    for token in [other.as_str(), "cut", &token[..token.len() - 1]] {
        let path = format!("/v1/unsubscribe/{token}");
        app.post(&path).answer().await.refused(404, "not-found");
        // Nor is a button shown that does nothing.
        app.get(&path).answer().await.refused(404, "not-found");
    }
}

#[tokio::test]
async fn who_unsubscribed_sees_so_and_turns_mails_on_again() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let wish = |mails: Value| ada.patch("/v1/me").json(&json!({"mails": mails})).answer();
    let state = async || ada.get("/v1/me").answer().await.is(200).json()["mails"].clone();
    assert_eq!(state().await, "on");
    let links = app.app.accounts.links();
    let until = app.app.db.clock().now() + TimeDelta::days(1);
    let token = links.sign_unsubscribe(ada.member.owner, ada.member.account, until);
    let post = app.post(&format!("/v1/unsubscribe/{token}"));
    post.answer().await.is(200);
    assert_eq!(state().await, "unsubscribed");
    assert_eq!(wish("on".into()).await.is(200).json()["mails"], "on");
    wish("unsubscribed".into()).await.is(200);
    let rename = ada.patch("/v1/me").json(&json!({"name": "Ada"}));
    assert_eq!(
        rename.answer().await.is(200).json()["mails"],
        "unsubscribed"
    );
    for wrong in ["off".into(), "suppressed".into(), true.into(), Value::Null] {
        wish(wrong).await.invalid(&["/mails"]);
    }
}

/// Servers have refused the address of this user for so long.
async fn suppressed(user: &User<'_>, since: TimeDelta) {
    let db = &user.app.app.db;
    let account = user.member.account;
    db.write((account, since), |tx, &(account, since)| {
        Box::pin(async move {
            let then = tx.now() - since;
            mailboxes::lock(tx, account).await?;
            mailboxes::count_refusal(tx, account, 1, then).await
        })
    })
    .await
    .unwrap();
}

#[tokio::test]
async fn an_address_that_was_refused_is_tried_again_after_an_hour() {
    let app = TestApp::start().await;
    let (ada, eve) = (app.user("ada").await, app.user("eve").await);
    suppressed(&ada, TimeDelta::minutes(59)).await;
    suppressed(&eve, TimeDelta::minutes(60)).await;
    let both = json!({"name": "Countess", "mails": "on"});
    let early = ada.patch("/v1/me").json(&both).answer().await;
    early.refused(409, "conflict");
    // Nothing of it was done.
    let me = ada.get("/v1/me").answer().await.is(200).json();
    assert_eq!(
        (&me["mails"], &me["name"]),
        (&json!("suppressed"), &Value::Null)
    );
    let me = eve.patch("/v1/me").json(&both).answer().await.is(200);
    assert_eq!(me.json()["mails"], "on");
}

#[tokio::test]
async fn a_login_of_an_unverified_account_asks_for_another_mail_after_an_hour() {
    let app = TestApp::start().await;
    app.user("first").await;
    let eve = app.user("eve").await;
    let asked = async || {
        let login = json!({"email": "eve@example.org", "password": crate::app::PASSWORD});
        app.post("/v1/login").json(&login).answer().await.is(200);
        let mut read = app.app.db.read_any().await.unwrap();
        let mailbox = mailboxes::find(&mut read, eve.member.account).await;
        mailbox.unwrap().unwrap().verifications
    };
    assert_eq!(asked().await, 1);
    app.app
        .db
        .clock()
        .advance(std::time::Duration::from_hours(1));
    assert_eq!(asked().await, 2);
    assert_eq!(asked().await, 2);
}

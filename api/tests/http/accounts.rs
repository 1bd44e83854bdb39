//! Accounts, sessions and keys.

use filittle_common::Actor;
use filittle_common::accounts::Secret;
use filittle_common::commands::create_first_account::CreateFirstAccount;
use reqwest::Method;
use serde_json::json;

use crate::answer::Send;
use crate::app::{PASSWORD, TestApp};

fn credentials() -> serde_json::Value {
    json!({"email": "Ada@example.org", "password": PASSWORD})
}

#[tokio::test]
async fn from_register_to_logout() {
    let app = TestApp::start().await;
    let account = app
        .post("/v1/register")
        .json(&credentials())
        .answer()
        .await
        .is(201);
    assert_eq!(account.json()["email"], "ada@example.org");
    assert_eq!(account.json()["role"], "admin");

    let login = app
        .post("/v1/login")
        .json(&credentials())
        .answer()
        .await
        .is(200);
    assert_eq!(login.header("cache-control"), "no-store");
    let tokens = login.json();
    assert_eq!(
        (&tokens["token_type"], &tokens["expires_in"]),
        (&json!("Bearer"), &json!(900))
    );

    let access = tokens["access_token"].as_str().unwrap();
    let me = app
        .get("/v1/me")
        .bearer_auth(access)
        .answer()
        .await
        .is(200)
        .json();
    assert_eq!(me["usage"], json!({"files": 0, "bytes": 0}));
    assert_eq!(me["quota"], json!({"files": null, "bytes": null}));
    assert_eq!(me["id"], account.json()["id"]);

    let old = json!({"refresh_token": tokens["refresh_token"]});
    let new = app
        .post("/v1/token/refresh")
        .json(&old)
        .answer()
        .await
        .is(200)
        .json();
    let new = json!({"refresh_token": new["refresh_token"]});
    app.post("/v1/logout").json(&new).answer().await.is(204);
    for token in [new, old] {
        let answer = app.post("/v1/token/refresh").json(&token).answer().await;
        answer.refused(401, "unauthenticated");
    }
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_user_get_the_same_answer() {
    let app = TestApp::start().await;
    app.user("ada").await;
    let login = async |email: &str| {
        let body = json!({"email": email, "password": "wrong horse"});
        app.post("/v1/login")
            .json(&body)
            .answer()
            .await
            .refused(401, "unauthenticated")
    };
    assert_eq!(
        login("ada@example.org").await,
        login("eve@example.org").await
    );
}

#[tokio::test]
async fn a_taken_address_is_a_conflict() {
    let app = TestApp::start().await;
    app.user("ada").await;
    app.post("/v1/register")
        .json(&credentials())
        .answer()
        .await
        .refused(409, "conflict");
}

#[tokio::test]
async fn bodies_say_nothing_of_rights_and_unknown_members_are_all_named() {
    let app = TestApp::start().await;
    let body = json!({"email": "a@b.c", "password": PASSWORD, "role": "admin", "owner_id": 1});
    app.post("/v1/register")
        .json(&body)
        .answer()
        .await
        .invalid(&["/owner_id", "/role"]);
    let body = json!({"token": "x"});
    app.post("/v1/login")
        .json(&body)
        .answer()
        .await
        .invalid(&["/email", "/password", "/token"]);
    let body = json!({"email": "no", "password": "short", "name": ""});
    app.post("/v1/register")
        .json(&body)
        .answer()
        .await
        .invalid(&["/email", "/name", "/password"]);
}

#[tokio::test]
async fn a_key_opens_until_it_is_deleted() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let created = ada
        .post("/v1/api-keys")
        .json(&json!({"name": "laptop"}))
        .answer()
        .await
        .is(201);
    assert_eq!(created.header("cache-control"), "no-store");
    let created = created.json();
    let key = created["key"].as_str().unwrap();

    let id = &ada.get("/v1/me").answer().await.json()["id"];
    let bearer = app.get("/v1/me").bearer_auth(key).answer().await.is(200);
    let basic = app
        .get("/v1/me")
        .basic_auth(key, Some(""))
        .answer()
        .await
        .is(200);
    assert_eq!((&bearer.json()["id"], &basic.json()["id"]), (id, id));

    let list = ada.get("/v1/api-keys").answer().await.is(200);
    assert!(
        !String::from_utf8_lossy(&list.body).contains(key),
        "it is shown once"
    );
    assert_eq!(list.json()["items"][0]["prefix"], created["prefix"]);

    let path = format!("/v1/api-keys/{}", created["id"].as_str().unwrap());
    let bob = app.user("bob").await;
    bob.delete(&path).answer().await.refused(404, "not-found");
    ada.delete(&path).answer().await.is(204);
    app.get("/v1/me")
        .bearer_auth(key)
        .answer()
        .await
        .refused(401, "unauthenticated");
    ada.delete(&path).answer().await.refused(404, "not-found");
}

#[tokio::test]
async fn a_name_is_changed_and_taken_away() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    for name in [json!("Ada"), json!(null)] {
        let me = ada
            .patch("/v1/me")
            .json(&json!({"name": name}))
            .answer()
            .await
            .is(200);
        assert_eq!(me.json()["name"], name);
    }
    ada.patch("/v1/me")
        .json(&json!({"role": "admin"}))
        .answer()
        .await
        .invalid(&["/role"]);
}

#[tokio::test]
async fn what_is_no_credential_opens_nothing() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let token = &ada.token;
    let wrong = [
        String::new(),
        "Bearer".into(),
        "Bearer ".into(),
        "Bearer x".into(),
        "Bearer fl_AAAA".into(),
        format!("Basic {token}"),
        "Basic !!!".into(),
        "Basic Og==".into(),
        format!("Token {token}"),
        format!("Bearer {token}x"),
        token.clone(),
    ];
    for value in wrong {
        let answer = app
            .get("/v1/me")
            .header("authorization", &value)
            .answer()
            .await;
        answer.refused(401, "unauthenticated");
    }
    app.get("/v1/me")
        .answer()
        .await
        .refused(401, "unauthenticated");
    let twice = app.get("/v1/me").bearer_auth(token).bearer_auth(token);
    twice.answer().await.refused(401, "unauthenticated");
}

#[tokio::test]
async fn every_route_of_an_account_needs_a_login() {
    let app = TestApp::start().await;
    let id = "019b0000-0000-7000-8000-000000000000";
    let routes = [
        ("GET", "/v1/me".to_owned()),
        ("PATCH", "/v1/me".into()),
        ("GET", "/v1/api-keys".into()),
        ("POST", "/v1/api-keys".into()),
        ("DELETE", format!("/v1/api-keys/{id}")),
        ("GET", "/v1/files".into()),
        ("POST", "/v1/files".into()),
        ("PUT", "/v1/files".into()),
        ("GET", format!("/v1/files/{id}")),
        ("PATCH", format!("/v1/files/{id}")),
        ("DELETE", format!("/v1/files/{id}")),
        ("GET", format!("/v1/files/{id}/content")),
        ("GET", "/v1/jobs".into()),
        ("POST", "/v1/jobs".into()),
        ("GET", format!("/v1/jobs/{id}")),
        ("DELETE", format!("/v1/jobs/{id}")),
        ("POST", format!("/v1/jobs/{id}/cancel")),
        ("POST", format!("/v1/jobs/{id}/retry")),
        ("GET", format!("/v1/jobs/{id}/outputs/0")),
    ];
    for (method, path) in routes {
        let method: Method = method.parse().unwrap();
        app.request(method, &path)
            .answer()
            .await
            .refused(401, "unauthenticated");
    }
}

#[tokio::test]
async fn the_key_set_is_public() {
    let app = TestApp::start().await;
    let keys = app
        .get("/.well-known/jwks.json")
        .answer()
        .await
        .is(200)
        .json();
    assert_eq!(keys["keys"][0]["crv"], "Ed25519");
    assert_eq!(keys["keys"][0]["d"], json!(null));
}

#[tokio::test]
async fn a_closed_service_takes_no_new_accounts_and_those_there_are_go_on() {
    let app = TestApp::with(|config, _| config.is_open = false).await;
    let told = app.post("/v1/register").json(&credentials()).answer().await;
    assert_eq!(told.is(403).json()["code"], "forbidden");
    // The operator's, who is there without registering.
    let first = CreateFirstAccount {
        email: "ada@example.org".into(),
        password: Some(Secret::new(PASSWORD)),
        with_key: false,
    };
    let nobody = Actor::anonymous(None);
    assert!(app.app.execute(first, &nobody).await.unwrap().is_some());
    app.post("/v1/login")
        .json(&credentials())
        .answer()
        .await
        .is(200);
}

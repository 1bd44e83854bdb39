//! `/v1/register`, `/v1/verify`, `/v1/login`, `/v1/token/refresh`, `/v1/logout`, `/v1/me` and the key set.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, LOCATION};
use axum::response::{IntoResponse, Response};
use filittle_common::Actor;
use filittle_common::accounts::{AccountView, Tokens};
use filittle_common::commands::login::Login;
use filittle_common::commands::login_once::LoginOnce;
use filittle_common::commands::logout::Logout;
use filittle_common::commands::refresh_token::RefreshSession;
use filittle_common::commands::register::Register;
use filittle_common::commands::update_me::UpdateMe;
use filittle_common::commands::verify::Verify;
use filittle_common::queries::me::{Me, MeView};
use schemars::JsonSchema;
use serde::Serialize;

use super::Api;
use super::auth::{Anybody, SignedIn};
use super::client::Client;
use super::idempotency::Key;
use super::json::{AnyJson, FromJson};
use super::problem::Result;

/// What opens the service for a while, and what gets the next of it.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Tokens")]
pub(super) struct TokensBody<'a> {
    /// For `Authorization: Bearer`.
    access_token: &'a str,
    token_type: &'static str,
    /// How many seconds the access token opens.
    expires_in: i64,
    /// For `POST /v1/token/refresh`, once.
    refresh_token: &'a str,
}

pub(super) async fn register(
    State(api): State<Api>,
    Anybody(actor): Anybody,
    client: Client,
    key: Key,
    body: AnyJson,
) -> Result<Response> {
    let turn = api.registrations.turn(client)?;
    match registered(&api, actor, key, body).await {
        Ok(account) => {
            let place = [(LOCATION, "/v1/me")];
            Ok((StatusCode::CREATED, turn, place, Json(account)).into_response())
        }
        // A try that failed counts, too.
        Err(refusal) => Err(refusal.with(turn.into_headers())),
    }
}

async fn registered(api: &Api, actor: Actor, key: Key, body: AnyJson) -> Result<AccountView> {
    let bytes = body.canonical();
    let command: Register = body.read_as()?;
    let actor = key.sign(api, actor, &command.email, [bytes]);
    Ok(api.execute(command, &actor).await?)
}

pub(super) async fn verify(
    State(api): State<Api>,
    Anybody(actor): Anybody,
    FromJson(command): FromJson<Verify>,
) -> Result<StatusCode> {
    api.execute(command, &actor).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(super) async fn login(
    State(api): State<Api>,
    Anybody(actor): Anybody,
    client: Client,
    body: AnyJson,
) -> Result<Response> {
    let turn = api.logins.turn(client)?;
    match tokens(&api, &actor, body).await {
        Ok(tokens) => Ok((turn, shown_once(&tokens)).into_response()),
        Err(refusal) => Err(refusal.with(turn.into_headers())),
    }
}

async fn tokens(api: &Api, actor: &Actor, body: AnyJson) -> Result<Tokens> {
    let tokens = if body.0.get("one_time_token").is_some() {
        api.execute(body.read_as::<LoginOnce>()?, actor).await
    } else {
        api.execute(body.read_as::<Login>()?, actor).await
    };
    Ok(tokens?)
}

pub(super) async fn refresh(
    State(api): State<Api>,
    Anybody(actor): Anybody,
    FromJson(command): FromJson<RefreshSession>,
) -> Result<Response> {
    Ok(shown_once(&api.execute(command, &actor).await?))
}

pub(super) async fn logout(
    State(api): State<Api>,
    Anybody(actor): Anybody,
    FromJson(command): FromJson<Logout>,
) -> Result<StatusCode> {
    api.execute(command, &actor).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(super) async fn me(State(api): State<Api>, SignedIn(actor): SignedIn) -> Result<Json<MeView>> {
    Ok(Json(api.ask(Me {}, &actor).await?))
}

pub(super) async fn update_me(
    State(api): State<Api>,
    SignedIn(actor): SignedIn,
    FromJson(command): FromJson<UpdateMe>,
) -> Result<Json<MeView>> {
    Ok(Json(api.execute(command, &actor).await?))
}

/// Keys may be kept for a while: a new one is announced before it signs.
pub(super) async fn jwks(State(api): State<Api>) -> Response {
    let keep = [(CACHE_CONTROL, "public, max-age=300")];
    (keep, Json(api.accounts.jwks())).into_response()
}

/// RFC 6749: answers with tokens are never kept.
fn shown_once(tokens: &Tokens) -> Response {
    let body = TokensBody {
        access_token: tokens.access.expose(),
        token_type: "Bearer",
        expires_in: tokens.expires_in,
        refresh_token: tokens.refresh.expose(),
    };
    ([(CACHE_CONTROL, "no-store")], Json(body)).into_response()
}

//! `/v1/api-keys`.

use axum::Json;
use axum::extract::State;
use axum::http::header::CACHE_CONTROL;
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use filittle_common::accounts::ApiKeyView;
use filittle_common::commands::create_api_key::CreateApiKey;
use filittle_common::commands::delete_api_key::DeleteApiKey;
use filittle_common::ids::ApiKeyId;
use filittle_common::queries::list_api_keys::ListApiKeys;
use schemars::JsonSchema;
use serde::Serialize;

use super::Api;
use super::auth::SignedIn;
use super::idempotency::Key;
use super::json::AnyJson;
use super::page::{self, Page};
use super::params::{Ids, Params};
use super::problem::Result;

/// A new key. The only answer that ever has `key`.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "NewApiKey")]
pub(super) struct Created<'a> {
    #[serde(flatten)]
    view: ApiKeyView,
    key: &'a str,
}

pub(super) async fn create(
    State(api): State<Api>,
    SignedIn(actor): SignedIn,
    key: Key,
    body: AnyJson,
) -> Result<Response> {
    let actor = key.sign(&api, actor, "", [body.canonical()]);
    let command: CreateApiKey = body.read_as()?;
    let created = api.execute(command, &actor).await?;
    let body = Json(Created {
        key: created.key.expose(),
        view: created.view,
    });
    Ok((StatusCode::CREATED, [(CACHE_CONTROL, "no-store")], body).into_response())
}

pub(super) async fn list(
    State(api): State<Api>,
    SignedIn(actor): SignedIn,
    uri: Uri,
    mut params: Params,
) -> Result<Response> {
    let page = Page::of(&mut params);
    params.finish()?;
    let keys = ListApiKeys {
        before: page.before.map(ApiKeyId),
        limit: page.limit,
    };
    let keys = api.ask(keys, &actor).await?;
    page::answer(&uri, &keys.items, keys.next.map(|id| id.0))
}

pub(super) async fn delete(
    State(api): State<Api>,
    SignedIn(actor): SignedIn,
    Ids(id): Ids<ApiKeyId>,
) -> Result<StatusCode> {
    api.execute(DeleteApiKey { id }, &actor).await?;
    Ok(StatusCode::NO_CONTENT)
}

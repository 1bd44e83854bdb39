//! `POST` and `PUT /v1/files`: contents, in. They are streamed into the store, and become files when
//! all of the request has come.

use axum::Json;
use axum::extract::{Request, State};
use axum::http::header::LOCATION;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use filittle_common::Actor;
use filittle_common::blobs::{BlobWriter, Stored};
use filittle_common::commands::Uploaded;
use filittle_common::commands::add_files::AddFiles;
use filittle_common::problem::Kind;
use futures_util::TryStreamExt;
use schemars::JsonSchema;
use serde::Serialize;

use super::Api;
use super::auth::SignedIn;
use super::conditional::header_value;
use super::content_digest::sha256_of;
use super::idempotency::{Begun, Key};
use super::json::is_json;
use super::multipart::{self, Beside};
use super::pace::{announced, chunks};
use super::params::Params;
use super::problem::{Refusal, Result, mistake};
use super::seats::Seat;
use super::views::FileBody;

/// What a request has made, in its order.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "AddedFiles")]
pub(super) struct Added {
    items: Vec<FileBody>,
}

/// A form with `file` parts, or the bytes themselves.
pub(super) async fn post(
    State(api): State<Api>,
    SignedIn(actor): SignedIn,
    mut params: Params,
    key: Key,
    request: Request,
) -> Result<Response> {
    let _turn = turn(&api, &actor).await?;
    if multipart::is_multipart(request.headers()) {
        params.finish()?;
        let begun = key.begin(&api, &actor).await?;
        let form = multipart::receive(&api, request, Beside::Nothing).await?;
        return add(&api, actor, &begun, form.files).await;
    }
    must_not_import(request.headers())?;
    let name = params.text("name");
    params.finish()?;
    raw(&api, actor, key, name, request).await
}

/// A `POST` of JSON is kept for imports. Files of JSON come by `PUT`, or as what curl says they are.
fn must_not_import(headers: &HeaderMap) -> Result<()> {
    if !is_json(headers) {
        return Ok(());
    }
    Err(Refusal::invalid(vec![mistake(
        "/url",
        "this build does not import from addresses; send JSON that is to be a file by PUT",
    )]))
}

/// The bytes themselves, whatever they are said to be.
pub(super) async fn put(
    State(api): State<Api>,
    SignedIn(actor): SignedIn,
    mut params: Params,
    key: Key,
    request: Request,
) -> Result<Response> {
    let _turn = turn(&api, &actor).await?;
    let name = params.text("name");
    params.finish()?;
    raw(&api, actor, key, name, request).await
}

/// Each upload holds blocks in memory, so there are only so many.
pub(super) async fn turn(api: &Api, actor: &Actor) -> Result<Seat> {
    let owner = actor.signed_in()?.owner;
    api.uploads.wait(owner, api.settings.patience).await
}

async fn raw(
    api: &Api,
    actor: Actor,
    key: Key,
    name: Option<String>,
    request: Request,
) -> Result<Response> {
    let begun = key.begin(api, &actor).await?;
    let stored = store(api, request).await?;
    add(api, actor, &begun, vec![Uploaded { name, stored }]).await
}

/// The whole body as one content, which is what its `Content-Digest` says. After an error nothing of
/// it is left.
pub(super) async fn store(api: &Api, request: Request) -> Result<Stored> {
    let promised = sha256_of(request.headers())?;
    let most = api.config.limits.file_bytes;
    if announced(request.headers()).is_some_and(|size| size > most) {
        return Err(Refusal::of(
            Kind::TooLarge,
            format!("a file has at most {most} bytes"),
        ));
    }
    let mut writer = api.blobs.writer(most);
    if let Err(refusal) = copy(api, request, &mut writer).await {
        writer.abandon().await;
        return Err(refusal);
    }
    let stored = writer.finish().await?;
    if promised.is_some_and(|sha256| sha256 != stored.sha256) {
        stored.abandon().await;
        return Err(Refusal::of(
            Kind::BadRequest,
            "the body is not what its Content-Digest says; send it again",
        ));
    }
    Ok(stored)
}

async fn copy(api: &Api, request: Request, writer: &mut BlobWriter) -> Result<()> {
    let mut chunks = std::pin::pin!(chunks(request.into_body()));
    while let Some(chunk) = chunks
        .try_next()
        .await
        .map_err(|error| Refusal::of(Kind::BadRequest, format!("the body was cut off: {error}")))?
    {
        api.metrics().http.received(chunk.len());
        writer.write(chunk).await?;
    }
    Ok(())
}

/// What makes uploads what they are.
pub(super) fn parts(files: &[Uploaded]) -> impl Iterator<Item = Vec<u8>> {
    files.iter().flat_map(|file| {
        let name = file.name.clone().unwrap_or_default();
        [name.into_bytes(), file.stored.sha256.clone().into_bytes()]
    })
}

async fn add(api: &Api, actor: Actor, begun: &Begun, files: Vec<Uploaded>) -> Result<Response> {
    let actor = begun.sign(api, actor, parts(&files));
    let added = api.execute(AddFiles { files }, &actor).await?;
    let location = match added.as_slice() {
        [one] => format!("/v1/files/{}", one.id),
        _ => "/v1/files".into(),
    };
    let items = (added.into_iter())
        .map(|file| FileBody::of(api, file))
        .collect();
    let created = (
        StatusCode::CREATED,
        [(LOCATION, header_value(&location)?)],
        Json(Added { items }),
    );
    Ok(created.into_response())
}

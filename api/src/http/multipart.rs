//! `multipart/form-data`, in: each `file` part goes into the store as it comes.

use axum::body::Body;
use axum::extract::multipart::{Field, Multipart, MultipartError};
use axum::extract::{FromRequest, Request};
use axum::http::HeaderMap;
use axum::http::header::CONTENT_TYPE;
use filittle_common::blobs::{BlobWriter, Stored};
use filittle_common::problem::Kind;

use super::Api;
use super::pace::chunks;
use super::problem::{Refusal, Result, mistake, pointer};
use super::trickle::{Held, Trickle};

/// RFC 2046.
const LONGEST_BOUNDARY: usize = 70;

/// The name a file came with, and its content.
pub(super) type Upload = (Option<String>, Stored);

/// Whether the body is a form with parts.
pub(super) fn is_multipart(headers: &HeaderMap) -> bool {
    content_type(headers)
        .to_ascii_lowercase()
        .starts_with("multipart/")
}

/// All files of the body. After an error nothing of it is left.
pub(super) async fn receive(api: &Api, request: Request) -> Result<Vec<Upload>> {
    must_have_boundary(request.headers())?;
    let held = Held::default();
    let request = request.map(|body| Body::from_stream(Trickle::new(chunks(body), held.clone())));
    let mut form = Multipart::from_request(request, api)
        .await
        .map_err(|error| Refusal::of(Kind::BadRequest, error.body_text()))?;
    let mut uploads = Vec::new();
    match receive_all(api, &mut form, &held, &mut uploads).await {
        Ok(()) => Ok(uploads),
        Err(refusal) => {
            for (_, stored) in &uploads {
                stored.abandon().await;
            }
            Err(refusal)
        }
    }
}

async fn receive_all(
    api: &Api,
    form: &mut Multipart,
    held: &Held,
    uploads: &mut Vec<Upload>,
) -> Result<()> {
    while let Some(mut field) = form.next_field().await.map_err(|error| cut_off(&error))? {
        held.came_out();
        must_be_file(&field)?;
        if uploads.len() >= api.config.max_parts {
            return Err(Refusal::of(
                Kind::TooLarge,
                format!("a request has at most {} file parts", api.config.max_parts),
            ));
        }
        let name = field.file_name().map(str::to_owned);
        let mut writer = api.blobs.writer(api.config.max_file_bytes);
        if let Err(refusal) = copy(&mut field, held, &mut writer).await {
            writer.abandon().await;
            return Err(refusal);
        }
        uploads.push((name, writer.finish().await?));
    }
    if uploads.is_empty() {
        return Err(Refusal::invalid(vec![mistake(
            "/file",
            "is missing; send at least one part of this name",
        )]));
    }
    Ok(())
}

async fn copy(field: &mut Field<'_>, held: &Held, writer: &mut BlobWriter) -> Result<()> {
    while let Some(chunk) = field.chunk().await.map_err(|error| cut_off(&error))? {
        held.came_out();
        writer.write(chunk).await?;
    }
    Ok(())
}

/// Other parts are unknown members, and refused before anything more is read.
fn must_be_file(field: &Field<'_>) -> Result<()> {
    match field.name() {
        Some("file") => Ok(()),
        name => {
            let name: String = name.unwrap_or_default().chars().take(64).collect();
            Err(Refusal::invalid(vec![mistake(
                pointer(&name),
                "is not known here; the parts are called file",
            )]))
        }
    }
}

fn must_have_boundary(headers: &HeaderMap) -> Result<()> {
    let boundary = content_type(headers)
        .split(';')
        .filter_map(|parameter| parameter.trim().split_once('='))
        .find(|(name, _)| name.eq_ignore_ascii_case("boundary"))
        .map_or(0, |(_, value)| value.trim_matches('"').len());
    if (1..=LONGEST_BOUNDARY).contains(&boundary) {
        return Ok(());
    }
    Err(Refusal::of(
        Kind::BadRequest,
        format!("the boundary of a form has 1 to {LONGEST_BOUNDARY} characters"),
    ))
}

fn content_type(headers: &HeaderMap) -> &str {
    headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default()
}

fn cut_off(error: &MultipartError) -> Refusal {
    Refusal::of(
        Kind::BadRequest,
        format!("the form is damaged or was cut off: {}", error.body_text()),
    )
}

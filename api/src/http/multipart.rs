//! `multipart/form-data`, in: each `file` part goes into the store as it comes.

use axum::body::Body;
use axum::extract::multipart::{Field, Multipart, MultipartError};
use axum::extract::{FromRequest, Request};
use axum::http::HeaderMap;
use axum::http::header::CONTENT_TYPE;
use filittle_common::blobs::BlobWriter;
use filittle_common::commands::Uploaded;
use filittle_common::problem::Kind;
use serde_json::Value;

use super::Api;
use super::json::{self, MAX_BYTES};
use super::pace::chunks;
use super::problem::{Refusal, Result, mistake, pointer};
use super::trickle::{Held, Trickle};

/// RFC 2046.
const LONGEST_BOUNDARY: usize = 70;
/// A form has its files, and one part `job`.
pub(super) const MOST_FIELDS: usize = 1;

/// What a form may have beside its files.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Beside {
    /// Nothing.
    Nothing,
    /// One part `job`, of JSON, before or behind the files.
    Job,
}

/// A form that was read.
#[derive(Default)]
pub(super) struct Form {
    /// In their order; at least one.
    pub(super) files: Vec<Uploaded>,
    /// What the part `job` says.
    pub(super) job: Option<Value>,
}

/// Whether the body is a form with parts.
pub(super) fn is_multipart(headers: &HeaderMap) -> bool {
    content_type(headers)
        .to_ascii_lowercase()
        .starts_with("multipart/")
}

/// The whole form. After an error nothing of it is left.
pub(super) async fn receive(api: &Api, request: Request, beside: Beside) -> Result<Form> {
    must_have_boundary(request.headers())?;
    let held = Held::default();
    let request = request.map(|body| Body::from_stream(Trickle::new(chunks(body), held.clone())));
    let parts = Multipart::from_request(request, api)
        .await
        .map_err(|error| Refusal::of(Kind::BadRequest, error.body_text()))?;
    let mut reader = Reader {
        api,
        parts,
        held,
        beside,
        form: Form::default(),
    };
    match reader.read_all().await {
        Ok(()) => Ok(reader.form),
        Err(refusal) => {
            for file in &reader.form.files {
                file.stored.abandon().await;
            }
            Err(refusal)
        }
    }
}

struct Reader<'a> {
    api: &'a Api,
    parts: Multipart,
    held: Held,
    beside: Beside,
    form: Form,
}

impl Reader<'_> {
    async fn read_all(&mut self) -> Result<()> {
        // Not in the loop's head: the part borrows the form that it is read from.
        loop {
            let next = self.parts.next_field().await;
            let Some(mut part) = next.map_err(|error| cut_off(&error))? else {
                break;
            };
            self.held.came_out();
            match part.name() {
                Some("file") => {
                    let most = self.api.config.limits.parts;
                    must_fit(self.form.files.len(), most)?;
                    let file = store(self.api, &mut part, &self.held).await?;
                    self.form.files.push(file);
                }
                Some("job") if self.beside == Beside::Job => {
                    if self.form.job.is_some() {
                        return Err(wrong("/job", "stands there twice"));
                    }
                    self.form.job = Some(job(&mut part, &self.held).await?);
                }
                name => return Err(unknown(name, self.beside)),
            }
        }
        let mut missing = Vec::new();
        if self.form.files.is_empty() {
            missing.push(mistake(
                "/file",
                "is missing; send at least one part of this name",
            ));
        }
        if self.beside == Beside::Job && self.form.job.is_none() {
            missing.push(mistake("/job", "is missing; send one part of JSON"));
        }
        if missing.is_empty() {
            Ok(())
        } else {
            Err(Refusal::invalid(missing))
        }
    }
}

fn must_fit(files: usize, most: usize) -> Result<()> {
    if files < most {
        return Ok(());
    }
    Err(Refusal::of(
        Kind::TooLarge,
        format!("a request has at most {most} file parts"),
    ))
}

async fn store(api: &Api, part: &mut Field<'_>, held: &Held) -> Result<Uploaded> {
    let name = part.file_name().map(str::to_owned);
    let mut writer = api.blobs.writer(api.config.limits.file_bytes);
    if let Err(refusal) = copy(api, part, held, &mut writer).await {
        writer.abandon().await;
        return Err(refusal);
    }
    let stored = writer.finish().await?;
    Ok(Uploaded { name, stored })
}

async fn copy(api: &Api, part: &mut Field<'_>, held: &Held, writer: &mut BlobWriter) -> Result<()> {
    while let Some(chunk) = part.chunk().await.map_err(|error| cut_off(&error))? {
        held.came_out();
        api.metrics().http.received(chunk.len());
        writer.write(chunk).await?;
    }
    Ok(())
}

async fn job(part: &mut Field<'_>, held: &Held) -> Result<Value> {
    let mut bytes = Vec::new();
    while let Some(chunk) = part.chunk().await.map_err(|error| cut_off(&error))? {
        held.came_out();
        if bytes.len() + chunk.len() > MAX_BYTES {
            return Err(Refusal::of(
                Kind::TooLarge,
                format!("the part job has at most {MAX_BYTES} bytes"),
            ));
        }
        bytes.extend_from_slice(&chunk);
    }
    json::read_value(&bytes)
}

/// Other parts are unknown members, and refused before anything more is read.
fn unknown(name: Option<&str>, beside: Beside) -> Refusal {
    let name: String = name.unwrap_or_default().chars().take(64).collect();
    wrong(
        pointer(&name),
        match beside {
            Beside::Nothing => "is not known here; the parts are called file",
            Beside::Job => "is not known here; the parts are called file, and one is called job",
        },
    )
}

fn wrong(pointer: impl Into<String>, detail: &str) -> Refusal {
    Refusal::invalid(vec![mistake(pointer, detail)])
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

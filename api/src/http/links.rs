//! `/v1/links/{token}`: what a signed link opens, without any login.

use axum::Json;
use axum::extract::State;
use axum::http::header::{ACCEPT, CACHE_CONTROL, REFERRER_POLICY, VARY};
use axum::http::{HeaderMap, HeaderValue, Method};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};
use filittle_common::Actor;
use filittle_common::accounts::{Link, Target};
use filittle_common::domain::{Job, State as JobState};
use filittle_common::queries::get_file::GetFile;
use filittle_common::queries::get_job::GetJob;
use filittle_common::queries::get_output::GetOutput;
use schemars::JsonSchema;
use serde::Serialize;

use super::content::Content;
use super::params::{Ids, Params};
use super::problem::{Refusal, Result};
use super::views::{OutputBody, outputs};
use super::{Api, content, link_page};

/// What a job made.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "LinkedJob")]
pub(super) struct Made<'a> {
    name: Option<&'a str>,
    state: JobState,
    expires_at: Option<DateTime<Utc>>,
    outputs: Vec<OutputBody>,
}

/// The bytes of a file; of a job, what it made: a page for people, JSON for programs.
pub(super) async fn open(
    State(api): State<Api>,
    Ids(token): Ids<String>,
    params: Params,
    method: Method,
    headers: HeaderMap,
) -> Result<Response> {
    let (link, reader) = follow(&api, &token)?;
    let answer = match link.target {
        Target::File(id) => {
            let file = api.ask(GetFile { id }, &reader).await?;
            let content = Content::from(file).asked(unpack(params)?, &headers)?;
            content::answer(&api, &method, &headers, content).await?
        }
        Target::Job(id) => {
            let job = api.ask(GetJob { id }, &reader).await?.job;
            made(&api, &job, &headers)?
        }
        Target::Unsubscribe(_) => return Err(Refusal::not_found("link")),
    };
    Ok(unseen(answer))
}

/// The bytes of one thing that a job made.
pub(super) async fn output(
    State(api): State<Api>,
    Ids((token, number)): Ids<(String, usize)>,
    params: Params,
    method: Method,
    headers: HeaderMap,
) -> Result<Response> {
    let (link, reader) = follow(&api, &token)?;
    let Target::Job(job) = link.target else {
        return Err(Refusal::not_found("output"));
    };
    let output = api.ask(GetOutput { job, number }, &reader).await?;
    let content = Content::of_output(output, link.reader().owner);
    let content = content.asked(unpack(params)?, &headers)?;
    let answer = content::answer(&api, &method, &headers, content).await?;
    Ok(unseen(answer))
}

/// Others are passed over: what sends a link on may add its own.
fn unpack(mut params: Params) -> Result<bool> {
    let unpack = params.unpack();
    params.into_pairs()?;
    Ok(unpack)
}

fn follow(api: &Api, token: &str) -> Result<(Link, Actor)> {
    let link = api.accounts.links().open(token, api.db.clock().now())?;
    Ok((link, Actor::member(link.reader(), None)))
}

fn made(api: &Api, job: &Job, headers: &HeaderMap) -> Result<Response> {
    let outputs = outputs(api, job);
    let mut answer = if link_page::is_wanted(headers) {
        link_page::answer(job, &outputs)?
    } else {
        Json(Made {
            name: job.name.as_deref(),
            state: job.state,
            expires_at: job.expires_at,
            outputs,
        })
        .into_response()
    };
    let about = answer.headers_mut();
    about.insert(VARY, HeaderValue::from(ACCEPT));
    about.insert(CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
    Ok(answer)
}

/// The address is the secret: it must not travel on to other sites.
fn unseen(mut answer: Response) -> Response {
    let never = HeaderValue::from_static("no-referrer");
    answer.headers_mut().insert(REFERRER_POLICY, never);
    answer
}

//! `/v1/compress`, `/v1/dither` and the like: one file, one step, and the result as the answer. It
//! is a job like any other.

use std::time::Duration;

use axum::extract::{Request, State};
use axum::http::header::{CONTENT_LOCATION, LINK};
use axum::http::{HeaderMap, HeaderValue, Method};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, post};
use filittle_common::Actor;
use filittle_common::commands::Uploaded;
use filittle_common::commands::submit_job::SubmitJob;
use filittle_common::domain::{Job, State as JobState};
use filittle_common::problem::Kind;
use filittle_common::queries::get_job::JobView;
use filittle_steps::{Arity, Op, Step, from_texts, parse_each};
use serde_json::{Value, json};

use super::auth::SignedIn;
use super::conditional::header_value;
use super::content::Content;
use super::idempotency::Key;
use super::jobs::{accepted, submitted};
use super::multipart::{Beside, is_multipart, receive};
use super::params::Params;
use super::prefer::{self, APPLIED};
use super::problem::{Refusal, Result, mistake};
use super::{Api, archive, backlog, content, upload, wait};

/// How long the answer is waited for when the caller does not say.
const USUAL: Duration = Duration::from_mins(1);

/// The handlers of one op's shortcut.
pub(super) fn of(op: &'static Op) -> MethodRouter<Api> {
    let run = move |State(api): State<Api>,
                    SignedIn(actor): SignedIn,
                    params: Params,
                    key: Key,
                    request: Request| run(op, api, actor, params, key, request);
    post(run).put(run)
}

async fn run(
    op: &'static Op,
    api: Api,
    actor: Actor,
    params: Params,
    key: Key,
    request: Request,
) -> Result<Response> {
    let Asked { step, name } = asked(op, params)?;
    if name.is_some() && is_multipart(request.headers()) {
        let why = "is told by the part of a form: its filename";
        return Err(Refusal::invalid(vec![mistake("/name", why)]));
    }
    let room = backlog::room(&api, &actor, &key).await?;
    let headers = request.headers().clone();
    let wish = prefer::wait(&headers);
    let is_async = prefer::respond_async(&headers);
    let waits = !is_async && wish.is_none_or(|time| !time.is_zero());
    let begun = key.begin(&api, &actor).await?;
    let submit = SubmitJob {
        body: json!({ "steps": [step] }),
        uploads: vec![receive_one(&api, &actor, name, request).await?],
        waits,
    };
    let actor = begun.sign(&api, actor, upload::parts(&submit.uploads));
    let job = submitted(&api, &actor, submit).await?;
    if is_async {
        let mut answer = accepted(&api, JobView::new(job), None)?;
        let applied = HeaderValue::from_static("respond-async");
        answer.headers_mut().insert(APPLIED, applied);
        return Ok((room, answer).into_response());
    }
    let view = wait::until_ended(&api, &actor, job.id, wish.unwrap_or(USUAL)).await?;
    let this = header_value(&format!("</v1/jobs/{}>; rel=\"job\"", view.job.id))?;
    let mut answer = if view.job.state.has_ended() {
        ended(&api, &view.job).await.into_response()
    } else {
        accepted(&api, view, wish)?
    };
    let head = answer.headers_mut();
    head.insert(LINK, this);
    if let Some(wish) = wish {
        head.insert(APPLIED, header_value(&prefer::applied(wish))?);
    }
    Ok((room, answer).into_response())
}

/// What the query says.
struct Asked {
    step: Value,
    /// What the file is called.
    name: Option<String>,
}

/// Checked before any byte of the body is read. `name` is what the file is called, as of an upload;
/// but a step that makes one of all, an archive, has it for that.
fn asked(op: &Op, mut params: Params) -> Result<Asked> {
    let name = params.taken("name");
    let mut pairs = params.into_pairs()?;
    let (step, parsed) = step(op, &pairs)?;
    if parsed.iter().all(|step| step.arity() != Arity::Gather) {
        return Ok(Asked { step, name });
    }
    pairs.extend(name.map(|name| ("name".into(), name)));
    let (step, _) = self::step(op, &pairs)?;
    Ok(Asked { step, name: None })
}

/// As it is asked for, and the steps that this stands for.
fn step(op: &Op, pairs: &[(String, String)]) -> Result<(Value, Vec<Step>)> {
    let step = from_texts(op.name, pairs.iter().cloned()).map_err(Refusal::invalid)?;
    let parsed = parse_each(&step, "").map_err(Refusal::invalid)?;
    Ok((step, parsed))
}

/// The one file of the request.
async fn receive_one(
    api: &Api,
    actor: &Actor,
    name: Option<String>,
    request: Request,
) -> Result<Uploaded> {
    let _turn = upload::turn(api, actor).await?;
    if !is_multipart(request.headers()) {
        let stored = upload::store(api, request).await?;
        return Ok(Uploaded { name, stored });
    }
    let mut files = receive(api, request, Beside::Nothing).await?.files;
    match (files.pop(), files.is_empty()) {
        (Some(only), true) => Ok(only),
        (last, _) => {
            for file in files.iter().chain(&last) {
                file.stored.abandon().await;
            }
            Err(Refusal::invalid(vec![mistake(
                "/file",
                "send one file; POST /v1/jobs takes several",
            )]))
        }
    }
}

/// What it made, several files as an archive, or its own problem.
async fn ended(api: &Api, job: &Job) -> Result<Response> {
    if let Some(error) = &job.error {
        return Err(error.clone().into());
    }
    let Some(output) = job.outputs.first() else {
        let why = match job.state {
            JobState::Cancelled => "the job was cancelled",
            _ => "the job made nothing",
        };
        return Err(Refusal::of(Kind::Conflict, why));
    };
    let (post, whole) = (Method::POST, HeaderMap::new());
    let (place, mut answer) = if job.outputs.len() > 1 {
        (
            "outputs.zip",
            archive::answer(api, &post, &whole, job).await?,
        )
    } else {
        let content = Content::of_output(output.clone(), job.owner_id);
        (
            "outputs/0",
            content::answer(api, &post, &whole, content).await?,
        )
    };
    let place = header_value(&format!("/v1/jobs/{}/{place}", job.id))?;
    answer.headers_mut().insert(CONTENT_LOCATION, place);
    Ok(answer)
}

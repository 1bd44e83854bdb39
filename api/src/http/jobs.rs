//! `/v1/jobs`.

use std::time::Duration;

use axum::Json;
use axum::extract::{FromRequest, Request, State};
use axum::http::header::{IF_MATCH, LOCATION, RETRY_AFTER};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use filittle_common::Actor;
use filittle_common::app::Command;
use filittle_common::commands::cancel_job::CancelJob;
use filittle_common::commands::delete_job::DeleteJob;
use filittle_common::commands::retry_job::RetryJob;
use filittle_common::commands::submit_job::SubmitJob;
use filittle_common::domain::{Job, State as JobState};
use filittle_common::ids::JobId;
use filittle_common::queries::get_job::{GetJob, JobView};
use filittle_common::queries::get_output::GetOutput;
use filittle_common::queries::list_jobs::ListJobs;

use super::auth::SignedIn;
use super::conditional::header_value;
use super::content::Content;
use super::idempotency::Key;
use super::json::AnyJson;
use super::multipart::{Beside, is_multipart, receive};
use super::page::{self, Page};
use super::params::{Ids, Params};
use super::prefer::{self, APPLIED};
use super::problem::Result;
use super::upload::parts as uploads;
use super::views::JobBody;
use super::{Api, backlog, conditional, content, upload, wait};

/// When to look again at a job that has not ended.
const LOOK_AGAIN_SECONDS: u32 = 1;

pub(super) async fn submit(
    State(api): State<Api>,
    SignedIn(actor): SignedIn,
    params: Params,
    key: Key,
    request: Request,
) -> Result<Response> {
    params.finish()?;
    let wait = prefer::wait(request.headers());
    // Who asks for no time at all does not stand in anybody's way for it.
    let waits = wait.is_some_and(|time| !time.is_zero());
    let room = backlog::room(&api, &actor, &key).await?;
    let begun;
    let (actor, submit) = if is_multipart(request.headers()) {
        begun = key.begin(&api, &actor).await?;
        let submit = brought(&api, &actor, request, waits).await?;
        let said = submit.body.to_string().into_bytes();
        let parts = [said].into_iter().chain(uploads(&submit.uploads));
        (begun.sign(&api, actor, parts), submit)
    } else {
        let body = AnyJson::from_request(request, &api).await?;
        let actor = key.sign(&api, actor, "", [body.canonical()]);
        (actor, SubmitJob::of_files(body.0, waits))
    };
    let job = submitted(&api, &actor, submit).await?;
    let view = match wait {
        Some(time) => wait::until_ended(&api, &actor, job.id, time).await?,
        None => JobView::new(job),
    };
    Ok((room, accepted(&api, view, wait)?).into_response())
}

/// The job of a command that makes one.
pub(super) async fn submitted<C: Command<Output = Job>>(
    api: &Api,
    actor: &Actor,
    command: C,
) -> Result<Job> {
    let submitted = api.execute(command, actor).await;
    submitted.map_err(|error| backlog::refuse(api, error))
}

/// A job with its files.
async fn brought(api: &Api, actor: &Actor, request: Request, waits: bool) -> Result<SubmitJob> {
    let _turn = upload::turn(api, actor).await?;
    let form = receive(api, request, Beside::Job).await?;
    Ok(SubmitJob {
        body: form.job.unwrap_or_default(),
        uploads: form.files,
        waits,
    })
}

pub(super) async fn list(
    State(api): State<Api>,
    SignedIn(actor): SignedIn,
    uri: Uri,
    mut params: Params,
) -> Result<Response> {
    let page = Page::of(&mut params);
    let state = params.with(
        "state",
        "queued, running, succeeded, partial, failed or cancelled",
        |text| serde_json::from_value::<JobState>(text.into()).ok(),
    );
    let metadata = params.texts_under("metadata.");
    params.finish()?;
    let jobs = ListJobs {
        state,
        metadata,
        before: page.before.map(JobId),
        limit: page.limit,
    };
    let jobs = api.ask(jobs, &actor).await?;
    let next = jobs.next.map(|id| id.0);
    let items: Vec<_> = (jobs.items.into_iter())
        .map(|view| JobBody::of(&api, view))
        .collect();
    page::answer(&uri, &items, next)
}

pub(super) async fn get(
    State(api): State<Api>,
    SignedIn(actor): SignedIn,
    Ids(id): Ids<JobId>,
    headers: HeaderMap,
) -> Result<Response> {
    let wait = prefer::wait(&headers);
    let view = match wait {
        Some(time) => wait::until_ended(&api, &actor, id, time).await?,
        None => api.ask(GetJob { id }, &actor).await?,
    };
    let (position, has_ended) = (view.job.position, view.job.state.has_ended());
    let answer = conditional::json(&headers, position, &JobBody::of(&api, view))?;
    with_waiting(answer, has_ended, wait)
}

/// 200 when it has ended, 202 when its worker was asked to end it.
pub(super) async fn cancel(
    State(api): State<Api>,
    SignedIn(actor): SignedIn,
    Ids(id): Ids<JobId>,
    headers: HeaderMap,
) -> Result<Response> {
    let if_match = if_match(&api, &actor, id, &headers).await?;
    let job = api.execute(CancelJob { id, if_match }, &actor).await?;
    let has_ended = job.state.has_ended();
    let status = if has_ended {
        StatusCode::OK
    } else {
        StatusCode::ACCEPTED
    };
    let answer = (status, Json(JobBody::of(&api, JobView::new(job)))).into_response();
    with_waiting(answer, has_ended, None)
}

pub(super) async fn retry(
    State(api): State<Api>,
    SignedIn(actor): SignedIn,
    Ids(id): Ids<JobId>,
    key: Key,
) -> Result<Response> {
    let room = backlog::room(&api, &actor, &key).await?;
    let actor = key.sign(&api, actor, "", [[0; 0]; 0]);
    let job = submitted(&api, &actor, RetryJob { id }).await?;
    Ok((room, accepted(&api, JobView::new(job), None)?).into_response())
}

pub(super) async fn delete(
    State(api): State<Api>,
    SignedIn(actor): SignedIn,
    Ids(id): Ids<JobId>,
    headers: HeaderMap,
) -> Result<StatusCode> {
    // What has ended does not change any more, and nothing else is deleted.
    if_match(&api, &actor, id, &headers).await?;
    api.execute(DeleteJob { id }, &actor).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(super) async fn output(
    State(api): State<Api>,
    SignedIn(actor): SignedIn,
    Ids((job, number)): Ids<(JobId, usize)>,
    mut params: Params,
    method: Method,
    headers: HeaderMap,
) -> Result<Response> {
    let unpack = params.unpack();
    params.finish()?;
    let output = api.ask(GetOutput { job, number }, &actor).await?;
    let content = Content::of_output(output, actor.signed_in()?.owner);
    let content = content.asked(unpack, &headers)?;
    content::answer(&api, &method, &headers, content).await
}

/// The position that an `If-Match` means.
async fn if_match(api: &Api, actor: &Actor, id: JobId, headers: &HeaderMap) -> Result<Option<i64>> {
    if !headers.contains_key(IF_MATCH) {
        return Ok(None);
    }
    let view = api.ask(GetJob { id }, actor).await?;
    conditional::if_match(headers, view.job.position)
}

pub(super) fn accepted(api: &Api, view: JobView, wait: Option<Duration>) -> Result<Response> {
    let location = header_value(&format!("/v1/jobs/{}", view.job.id))?;
    let has_ended = view.job.state.has_ended();
    let answer = (
        StatusCode::ACCEPTED,
        [(LOCATION, location)],
        Json(JobBody::of(api, view)),
    );
    with_waiting(answer.into_response(), has_ended, wait)
}

/// When to look again, and that the caller's wish to wait was heard.
fn with_waiting(mut answer: Response, has_ended: bool, wait: Option<Duration>) -> Result<Response> {
    let headers = answer.headers_mut();
    if !has_ended {
        headers.insert(RETRY_AFTER, HeaderValue::from(LOOK_AGAIN_SECONDS));
    }
    if let Some(wait) = wait {
        headers.insert(APPLIED, header_value(&prefer::applied(wait))?);
    }
    Ok(answer)
}

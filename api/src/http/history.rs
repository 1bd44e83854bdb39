//! `GET /v1/jobs/{id}/events`: what happened to a job, as its owner may see it, as JSON or as a stream. Who or what did it,
//! and in which trace, stays inside.

use axum::Json;
use axum::extract::State;
use axum::http::header::{ACCEPT, VARY};
use axum::http::{HeaderMap, HeaderValue};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};
use filittle_common::domain::{JobEvent, Recorded, Released};
use filittle_common::ids::JobId;
use filittle_common::problem::Problem;
use filittle_common::queries::job_events::JobEvents;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use super::Api;
use super::auth::SignedIn;
use super::follow;
use super::params::{Ids, Params};
use super::problem::{self, Body as ProblemBody, Result};

/// What may happen to a job, as its owner is told.
const KINDS: [&str; 7] = [
    "submitted",
    "started",
    "retrying",
    "succeeded",
    "partial",
    "failed",
    "cancelled",
];

/// What happened to a job, in its order.
#[derive(Serialize, JsonSchema)]
pub(super) struct History {
    items: Vec<EventBody>,
}

/// One event. What does not apply to its kind is not there.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "JobEvent")]
pub(super) struct EventBody {
    id: i64,
    #[schemars(extend("enum" = KINDS))]
    kind: &'static str,
    at: DateTime<Utc>,
    #[serde(flatten)]
    more: More,
}

#[derive(Default, Serialize, JsonSchema)]
struct More {
    #[serde(skip_serializing_if = "Option::is_none")]
    attempt: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    failures: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<Released>,
    #[serde(skip_serializing_if = "Option::is_none")]
    not_before: Option<DateTime<Utc>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<ProblemBody>")]
    error: Option<Value>,
}

pub(super) async fn get(
    State(api): State<Api>,
    SignedIn(actor): SignedIn,
    Ids(id): Ids<JobId>,
    params: Params,
    headers: HeaderMap,
) -> Result<Response> {
    params.finish()?;
    let mut answer = if follow::is_wanted(&headers) {
        follow::one_job(api, actor, id, &headers).await?
    } else {
        let events = api.ask(JobEvents { id, after: 0 }, &actor).await?;
        let items = events.into_iter().map(EventBody::from).collect();
        Json(History { items }).into_response()
    };
    answer.headers_mut().insert(VARY, HeaderValue::from(ACCEPT));
    Ok(answer)
}

impl EventBody {
    pub(super) fn kind(&self) -> &'static str {
        self.kind
    }
}

impl From<Recorded<JobEvent>> for EventBody {
    fn from(recorded: Recorded<JobEvent>) -> Self {
        Self {
            id: recorded.position,
            kind: kind(&recorded.event),
            at: recorded.at,
            more: More::from(recorded.event),
        }
    }
}

/// That a job was given back is news of ours; to its owner it is tried again.
fn kind(event: &JobEvent) -> &'static str {
    match event {
        JobEvent::Released { .. } => "retrying",
        event => event.kind(),
    }
}

impl From<JobEvent> for More {
    fn from(event: JobEvent) -> Self {
        let shown = |error: &Problem| problem::to_value(error);
        match event {
            JobEvent::Submitted(submitted) => Self {
                not_before: submitted.not_before,
                ..Self::default()
            },
            JobEvent::Started { attempt } => Self {
                attempt: Some(attempt),
                ..Self::default()
            },
            JobEvent::Retrying {
                failures,
                error,
                not_before,
            } => Self {
                failures: Some(failures),
                not_before: Some(not_before),
                error: Some(shown(&error)),
                ..Self::default()
            },
            JobEvent::Released { reason, not_before } => Self {
                reason: Some(reason),
                not_before,
                ..Self::default()
            },
            JobEvent::Ended { error, .. } => Self {
                error: error.as_ref().map(shown),
                ..Self::default()
            },
        }
    }
}

//! Files and jobs as clients see them: never owners, blobs, or what the engine needs.

use chrono::{DateTime, DurationRound, TimeDelta, Utc};
use filittle_common::App;
use filittle_common::domain::file::{File, Image};
use filittle_common::domain::{Item, ItemState, Job, Output, Priority, State};
use filittle_common::ids::{FileId, JobId};
use filittle_common::queries::get_job::JobView;
use filittle_steps::Step;
use filittle_transform::Progress;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};

use super::problem::{self, Body as ProblemBody};

/// A file.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "File")]
pub(super) struct FileBody {
    id: FileId,
    name: String,
    media_type: String,
    size: i64,
    sha256: String,
    version: i32,
    category: Option<String>,
    tags: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    image: Option<Image>,
    url: String,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

/// A job.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Job")]
pub(super) struct JobBody {
    id: JobId,
    name: Option<String>,
    #[schemars(with = "std::collections::BTreeMap<String, String>")]
    metadata: Map<String, Value>,
    state: State,
    #[serde(skip_serializing_if = "Option::is_none")]
    progress: Option<ProgressBody>,
    priority: Priority,
    attempt: i32,
    failures: i32,
    max_attempts: i32,
    created_at: DateTime<Utc>,
    not_before: Option<DateTime<Utc>>,
    started_at: Option<DateTime<Utc>>,
    finished_at: Option<DateTime<Utc>>,
    expires_at: Option<DateTime<Utc>>,
    items: Vec<ItemBody>,
    steps: Vec<Step>,
    outputs: Vec<OutputBody>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<ProblemBody>")]
    error: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_of: Option<JobId>,
    links: LinksBody,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Progress")]
pub(super) struct ProgressBody {
    done: u64,
    total: u64,
    unit: &'static str,
    phase: &'static str,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "JobItem")]
struct ItemBody {
    input: usize,
    name: String,
    state: ItemState,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<ProblemBody>")]
    error: Option<Value>,
    /// What may not be expected: files of an archive that are called otherwise now, what was left out.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    notes: Vec<String>,
}

/// One thing that a job made.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Output")]
pub(super) struct OutputBody {
    pub(super) name: String,
    media_type: String,
    pub(super) size: u64,
    sha256: String,
    pub(super) url: String,
    item: Option<usize>,
    step: usize,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "JobLinks")]
struct LinksBody {
    #[serde(rename = "self")]
    this: String,
    cancel: String,
    retry: String,
}

impl FileBody {
    pub(super) fn of(app: &App, file: File) -> Self {
        let token = app
            .accounts
            .links()
            .sign_file(file.owner_id, file.id, links_end(app));
        Self {
            id: file.id,
            name: file.name,
            media_type: file.media_type,
            size: file.size,
            sha256: file.sha256,
            version: file.version,
            category: file.category,
            tags: file.tags,
            image: file.image,
            url: format!("{}/v1/links/{token}", app.config.public_url),
            created_at: file.created_at,
            updated_at: file.updated_at,
        }
    }
}

impl JobBody {
    pub(super) fn of(app: &App, JobView { job, progress }: JobView) -> Self {
        let outputs = outputs(app, &job);
        let this = format!("{}/v1/jobs/{}", app.config.public_url, job.id);
        Self {
            id: job.id,
            name: job.name,
            metadata: job.metadata,
            state: job.state,
            progress: progress.map(ProgressBody::from),
            priority: job.priority,
            attempt: job.attempt,
            failures: job.failures,
            max_attempts: job.max_attempts,
            created_at: job.created_at,
            not_before: job.not_before,
            started_at: job.started_at,
            finished_at: job.finished_at,
            expires_at: job.expires_at,
            items: (job.items.into_iter())
                .map(|item| ItemBody::of(item, job.state))
                .collect(),
            steps: job.spec.steps,
            outputs,
            error: job.error.as_ref().map(problem::to_value),
            retry_of: job.retry_of,
            links: LinksBody {
                cancel: format!("{this}/cancel"),
                retry: format!("{this}/retry"),
                this,
            },
        }
    }
}

impl From<Progress> for ProgressBody {
    fn from(progress: Progress) -> Self {
        Self {
            done: progress.done,
            total: progress.total,
            unit: progress.unit,
            phase: progress.phase,
        }
    }
}

impl ItemBody {
    /// Rows say of items only how they ended; until then they are what their job is.
    fn of(item: Item, job: State) -> Self {
        let state = match (item.state, job) {
            (ItemState::Queued, State::Running) => ItemState::Running,
            (state, _) => state,
        };
        Self {
            input: item.input,
            name: item.name,
            state,
            error: item.error.as_ref().map(problem::to_value),
            notes: item.notes,
        }
    }
}

/// What a job made, with links that open without a login.
pub(super) fn outputs(app: &App, job: &Job) -> Vec<OutputBody> {
    if job.outputs.is_empty() {
        return Vec::new();
    }
    let end = job
        .expires_at
        .map_or(links_end(app), |end| end.min(links_end(app)));
    let token = app.accounts.links().sign_job(job.owner_id, job.id, end);
    let url = |n| format!("{}/v1/links/{token}/{n}", app.config.public_url);
    let body = |(n, output): (usize, &Output)| OutputBody {
        name: output.name.clone(),
        media_type: output.media_type.clone(),
        size: output.size,
        sha256: output.sha256.clone(),
        url: url(n),
        item: output.item,
        step: output.step,
    };
    job.outputs.iter().enumerate().map(body).collect()
}

/// When links of now end: in half of their life at the soonest, and the same for half of their
/// life, so that what did not change keeps its entity tag.
fn links_end(app: &App) -> DateTime<Utc> {
    let now = app.db.clock().now();
    let half = TimeDelta::from_std(app.config.link_life / 2).unwrap_or(TimeDelta::hours(1));
    now.duration_trunc(half).unwrap_or(now) + half * 2
}

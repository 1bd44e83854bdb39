//! Accepts a job. When it answers, the job is in the database and will reach one end.

mod accept;
pub mod order;

use filittle_steps::{Mistake, SPEC_VERSION};
use serde_json::Value;
use uuid::Uuid;
use validator::Validate;

pub(super) use self::accept::{accept, accepted_before};
pub use self::order::Order;
use self::order::Sources;
use super::uploaded::{Uploaded, contents, refuse_empty};
use crate::actor::{Access, Actor, Member};
use crate::app::{App, Command};
use crate::domain::{Input, Job, Spec, Submitted};
use crate::engine::Entered;
use crate::error::Result;
use crate::ids::{BlobId, FileId, JobId};
use crate::problem::Problem;
use crate::queue::Lane;
use crate::store::files;

/// Up to this much work is done while somebody waits.
const SMALL_BYTES: u64 = 32 << 20;

/// The body of `POST /v1/jobs`, as it came.
#[derive(Debug, Validate)]
pub struct SubmitJob {
    /// JSON; everything in it is checked here, and all mistakes are told at once.
    pub body: Value,
    /// The inputs, when they came with it. Then the body names none, and they belong to the job.
    /// When it cannot be accepted, they are removed.
    pub uploads: Vec<Uploaded>,
    /// Whether the caller holds the line until the job ends.
    pub waits: bool,
}

impl Command for SubmitJob {
    type Output = Job;
    const NAME: &'static str = "submit_job";
    const ACCESS: Access = Access::Member;

    async fn run(self, app: &App, actor: &Actor) -> Result<Job> {
        let stored = contents(&self.uploads);
        let outcome = self.submit(app, actor).await;
        let is_made = matches!(outcome, Ok(Entered { is_new: true, .. }));
        Uploaded::settle(&stored, is_made).await;
        Ok(outcome?.job)
    }
}

impl SubmitJob {
    /// A job of files that are named in the body.
    pub fn of_files(body: Value, waits: bool) -> Self {
        Self {
            body,
            uploads: Vec::new(),
            waits,
        }
    }

    async fn submit(self, app: &App, actor: &Actor) -> Result<Entered> {
        let member = actor.signed_in()?;
        if let Some(entered) = accepted_before(app, actor).await? {
            return Ok(entered);
        }
        let now = app.db.clock().now();
        let sources = if self.uploads.is_empty() {
            Sources::Named
        } else {
            Sources::Uploaded(self.uploads.len())
        };
        let order =
            Order::parse(&self.body, sources, &app.config, now).map_err(Problem::invalid)?;
        refuse_empty(&self.uploads)?;
        must_fit(self.uploads.len(), app.config.limits.inputs)?;
        let inputs = if self.uploads.is_empty() {
            resolve(app, member, &order.inputs).await?
        } else {
            self.uploads.iter().map(input).collect()
        };
        let new = order.submitted(member, inputs, app);
        accept(app, actor, new, contents(&self.uploads), self.waits).await
    }
}

fn must_fit(inputs: usize, most: usize) -> Result<()> {
    if inputs <= most {
        return Ok(());
    }
    let mistake = Mistake {
        pointer: "/file".into(),
        detail: format!("a job has at most {most} inputs"),
    };
    Err(Problem::invalid(vec![mistake]).into())
}

/// An input that came with the job; its content is known when the job is written.
fn input(upload: &Uploaded) -> Input {
    Input {
        file: FileId(Uuid::nil()),
        name: upload.called(),
        blob: BlobId(Uuid::nil()),
        size: upload.stored.size,
        media_type: upload.stored.media_type.to_owned(),
    }
}

/// Small work that somebody waits for does not stand behind batches.
fn lane(spec: &Spec, waits: bool) -> Lane {
    let bytes: u64 = spec.inputs.iter().map(|input| input.size).sum();
    if waits && bytes <= SMALL_BYTES {
        Lane::Interactive
    } else {
        Lane::Bulk
    }
}

/// What the files are now: the job keeps it, whatever happens to the files.
async fn resolve(app: &App, member: Member, ids: &[FileId]) -> Result<Vec<Input>> {
    let mut read = app.db.read(member.owner).await?;
    let mut inputs = Vec::with_capacity(ids.len());
    let mut mistakes = Vec::new();
    for (index, &id) in ids.iter().enumerate() {
        match files::find(&mut read, member.owner, id).await? {
            Some(file) => inputs.push(Input {
                file: id,
                name: file.name,
                blob: file.blob_id,
                size: u64::try_from(file.size).unwrap_or(0),
                media_type: file.media_type,
            }),
            None => mistakes.push(Mistake {
                pointer: format!("/inputs/{index}/file"),
                detail: format!("there is no file {id}"),
            }),
        }
    }
    if mistakes.is_empty() {
        Ok(inputs)
    } else {
        Err(Problem::invalid(mistakes).into())
    }
}

impl Order {
    fn submitted(self, member: Member, inputs: Vec<Input>, app: &App) -> Submitted {
        Submitted {
            id: JobId::new(app.db.clock().now()),
            owner_id: member.owner,
            created_by: member.account,
            name: self.name,
            metadata: self.metadata,
            priority: self.priority,
            spec: Spec {
                inputs,
                steps: self.steps,
                keep_seconds: self.keep_seconds,
                keep: self.keep,
                notify: self.notify,
            },
            spec_version: SPEC_VERSION,
            max_attempts: self.max_attempts,
            not_before: self.not_before,
            retry_of: None,
        }
    }
}

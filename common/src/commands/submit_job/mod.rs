//! Accepts a job. When it answers, the job is in the database and will reach one end.

mod order;

use filittle_steps::{Mistake, SPEC_VERSION};
use serde_json::Value;
use validator::Validate;

use self::order::Order;
use crate::actor::{Access, Actor, Member};
use crate::app::{App, Command};
use crate::domain::{Input, Job, Spec, Submitted};
use crate::engine::New;
use crate::error::Result;
use crate::ids::{FileId, JobId};
use crate::problem::Problem;
use crate::queue::Lane;
use crate::store::files;
use crate::wake::Topic;

/// Up to this much work is done while somebody waits.
const SMALL_BYTES: u64 = 32 << 20;

/// The body of `POST /v1/jobs`, as it came.
#[derive(Debug, Validate)]
pub struct SubmitJob {
    /// JSON; everything in it is checked here, and all mistakes are told at once.
    pub body: Value,
    /// Whether the caller holds the line until the job ends.
    pub waits: bool,
}

impl Command for SubmitJob {
    type Output = Job;
    const NAME: &'static str = "submit_job";
    const ACCESS: Access = Access::Member;

    async fn run(self, app: &App, actor: &Actor) -> Result<Job> {
        let member = actor.signed_in()?;
        let order = Order::parse(&self.body, app.config.keep_seconds, app.db.clock().now())
            .map_err(Problem::invalid)?;
        let inputs = resolve(app, member, &order.inputs).await?;
        accept(app, actor, order.submitted(member, inputs, app), self.waits).await
    }
}

/// Writes a new job, then rings.
pub(super) async fn accept(app: &App, actor: &Actor, new: Submitted, waits: bool) -> Result<Job> {
    let lane = lane(&new.spec, waits);
    let new = New {
        submitted: new,
        lane,
        cause: actor.cause(),
    };
    let job = app.submits().submit(new).await?;
    app.queue.ring(lane);
    app.wake.publish(Topic::Owner(job.owner_id));
    tracing::info!(job = %job.id, ?lane, "accepted");
    Ok(job)
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

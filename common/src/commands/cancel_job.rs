//! Ends a waiting job at once, and a running one at its next row or block.

use validator::Validate;

use crate::actor::{Access, Actor};
use crate::app::{App, Command};
use crate::domain::Job;
use crate::engine::{self, Cancelled};
use crate::error::{Error, Result};
use crate::ids::{JobId, OwnerId};
use crate::problem::Kind;
use crate::queries::get_job::gone_or_missing;
use crate::store::Tx;
use crate::store::events::Cause;
use crate::wake::Topic;

/// Which job is to end.
#[derive(Clone, Copy, Debug, Validate)]
pub struct CancelJob {
    /// The job.
    pub id: JobId,
    /// Only if this is the position of its last event.
    pub if_match: Option<i64>,
}

impl CancelJob {
    /// Whatever has happened to it meanwhile.
    pub fn of(id: JobId) -> Self {
        Self { id, if_match: None }
    }
}

impl Command for CancelJob {
    type Output = Job;
    const NAME: &'static str = "cancel_job";
    const ACCESS: Access = Access::Member;

    async fn run(self, app: &App, actor: &Actor) -> Result<Job> {
        let owner = actor.signed_in()?.owner;
        let id = self.id;
        let outcome = app
            .db
            .write((owner, self, actor.cause()), |tx, (owner, asked, cause)| {
                Box::pin(cancel(tx, *owner, *asked, cause))
            })
            .await;
        let cancelled = match outcome {
            Err(error) => return Err(gone_or_missing(app, owner, id, error).await),
            Ok(cancelled) => cancelled,
        };
        // The worker of a running job listens to this topic, too.
        app.wake.publish(Topic::Job(id));
        app.wake.publish(Topic::Owner(owner));
        Ok(match cancelled {
            Cancelled::AtOnce(job) => {
                app.metrics().jobs.moved(&job, None);
                app.wake.publish(Topic::Notices);
                *job
            }
            Cancelled::Asked(job) => *job,
        })
    }
}

/// The position is looked at when nobody else can change the job any more.
async fn cancel(tx: &mut Tx, owner: OwnerId, asked: CancelJob, cause: &Cause) -> Result<Cancelled> {
    let cancelled = engine::cancel(tx, owner, asked.id, cause).await?;
    let before = match &cancelled {
        Cancelled::AtOnce(job) => job.position - 1,
        Cancelled::Asked(job) => job.position,
    };
    match asked.if_match {
        Some(position) if position != before => Err(Error::of(
            Kind::PreconditionFailed,
            "the job has changed since you saw it; get it again",
        )),
        _ => Ok(cancelled),
    }
}

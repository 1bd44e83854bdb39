//! Ends a waiting job at once, and a running one at its next row or block.

use validator::Validate;

use crate::actor::{Access, Actor};
use crate::app::{App, Command};
use crate::domain::Job;
use crate::engine::{self, Cancelled};
use crate::error::Result;
use crate::ids::JobId;
use crate::queries::get_job::gone_or_missing;
use crate::wake::Topic;

/// Which job is to end.
#[derive(Debug, Validate)]
pub struct CancelJob {
    /// The job.
    pub id: JobId,
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
            .write((owner, id, actor.cause()), |tx, (owner, id, cause)| {
                Box::pin(engine::cancel(tx, *owner, *id, cause))
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
                app.wake.publish(Topic::Notices);
                *job
            }
            Cancelled::Asked(job) => *job,
        })
    }
}

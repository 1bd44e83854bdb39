//! Tries an ended job again: a new job of the same spec.

use validator::Validate;

use super::submit_job::{accept, accepted_before};
use crate::actor::{Access, Actor};
use crate::app::{App, Command};
use crate::domain::{Job, Submitted};
use crate::error::{Error, Result};
use crate::ids::JobId;
use crate::problem::Kind;
use crate::queries::get_job::find;

/// Which job is to be tried again.
#[derive(Debug, Validate)]
pub struct RetryJob {
    /// The job.
    pub id: JobId,
}

impl Command for RetryJob {
    type Output = Job;
    const NAME: &'static str = "retry_job";
    const ACCESS: Access = Access::Member;

    async fn run(self, app: &App, actor: &Actor) -> Result<Job> {
        let member = actor.signed_in()?;
        if let Some(entered) = accepted_before(app, actor).await? {
            return Ok(entered.job);
        }
        let old = find(app, member.owner, self.id).await?;
        if !old.state.has_ended() {
            return Err(Error::of(
                Kind::Conflict,
                "the job has not ended; cancel it first",
            ));
        }
        let new = Submitted {
            id: JobId::new(app.db.clock().now()),
            owner_id: member.owner,
            created_by: member.account,
            name: old.name,
            metadata: old.metadata,
            priority: old.priority,
            spec: old.spec,
            spec_version: old.spec_version,
            max_attempts: old.max_attempts,
            not_before: None,
            retry_of: Some(old.id),
        };
        let entered = accept(app, actor, new, Vec::new(), false).await?;
        Ok(entered.job)
    }
}

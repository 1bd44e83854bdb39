//! What happened to one job, in order.

use validator::Validate;

use super::get_job::{find, gone_or_missing};
use crate::actor::{Access, Actor};
use crate::app::{App, Query};
use crate::domain::{JobEvent, Recorded};
use crate::error::{Error, Result};
use crate::ids::JobId;
use crate::store::events;

/// Which job.
#[derive(Debug, Validate)]
pub struct JobEvents {
    /// The job.
    pub id: JobId,
    /// Only events behind this position; all of them behind 0.
    pub after: i64,
}

impl Query for JobEvents {
    type Output = Vec<Recorded<JobEvent>>;
    const NAME: &'static str = "job_events";
    const ACCESS: Access = Access::Member;

    async fn run(self, app: &App, actor: &Actor) -> Result<Self::Output> {
        let owner = actor.signed_in()?.owner;
        let job = find(app, owner, self.id).await?;
        let mut read = app.db.read(owner).await?;
        let events = events::read_after::<JobEvent>(&mut read, self.id.0, self.after).await?;
        drop(read);
        if events.is_empty() && self.after < job.position {
            // It went between the two reads.
            return Err(gone_or_missing(app, owner, self.id, Error::not_found("job")).await);
        }
        Ok(events)
    }
}

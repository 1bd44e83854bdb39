//! Which jobs of an owner run.

use validator::Validate;

use crate::actor::{Access, Actor};
use crate::app::{App, Query};
use crate::error::Result;
use crate::ids::JobId;
use crate::store::jobs;

/// The newest of them.
#[derive(Debug, Validate)]
pub struct RunningJobs {
    /// How many at most.
    pub limit: u16,
}

impl Query for RunningJobs {
    type Output = Vec<JobId>;
    const NAME: &'static str = "running_jobs";
    const ACCESS: Access = Access::Member;

    async fn run(self, app: &App, actor: &Actor) -> Result<Vec<JobId>> {
        let owner = actor.signed_in()?.owner;
        let mut read = app.db.read(owner).await?;
        jobs::running(&mut read, owner, self.limit.into()).await
    }
}

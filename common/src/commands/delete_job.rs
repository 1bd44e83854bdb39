//! Deletes an ended job with its outputs.

use validator::Validate;

use crate::actor::{Access, Actor};
use crate::app::{App, Command};
use crate::engine;
use crate::error::{Error, Result};
use crate::ids::JobId;
use crate::problem::Kind;
use crate::queries::get_job::find;
use crate::wake::Topic;

/// Which job is to go.
#[derive(Debug, Validate)]
pub struct DeleteJob {
    /// The job.
    pub id: JobId,
}

impl Command for DeleteJob {
    type Output = ();
    const NAME: &'static str = "delete_job";
    const ACCESS: Access = Access::Member;

    async fn run(self, app: &App, actor: &Actor) -> Result<()> {
        let owner = actor.signed_in()?.owner;
        let id = self.id;
        find(app, owner, id).await?;
        let buried = app
            .db
            .write((owner, id), |tx, &(owner, id)| {
                Box::pin(engine::bury(tx, owner, id, "deleted"))
            })
            .await?;
        if !buried {
            return Err(Error::of(
                Kind::Conflict,
                "the job has not ended; cancel it first",
            ));
        }
        app.wake.publish(Topic::Job(id));
        Ok(())
    }
}

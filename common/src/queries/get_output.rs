//! One thing that a job made.

use validator::Validate;

use super::get_job::find;
use crate::actor::{Access, Actor};
use crate::app::{App, Query};
use crate::domain::Output;
use crate::error::{Error, Result};
use crate::ids::JobId;

/// Which output.
#[derive(Debug, Validate)]
pub struct GetOutput {
    /// The job.
    pub job: JobId,
    /// Which of its outputs, from 0.
    pub number: usize,
}

impl Query for GetOutput {
    type Output = Output;
    const NAME: &'static str = "get_output";
    const ACCESS: Access = Access::Member;

    async fn run(self, app: &App, actor: &Actor) -> Result<Output> {
        let job = find(app, actor.signed_in()?.owner, self.job).await?;
        job.outputs
            .into_iter()
            .nth(self.number)
            .ok_or_else(|| Error::not_found("output"))
    }
}

//! The jobs of an owner, newest first.

use uuid::Uuid;
use validator::{Validate, ValidationError};

use super::get_job::JobView;
use crate::actor::{Access, Actor};
use crate::app::{App, Query};
use crate::domain::State;
use crate::error::Result;
use crate::ids::JobId;
use crate::store::jobs::{self, Label};

/// Which part of the list.
#[derive(Debug, Validate)]
pub struct ListJobs {
    /// Only jobs in this state.
    pub state: Option<State>,
    /// Only jobs with all of these keys and values in their metadata.
    #[validate(
        length(max = 3, message = "at most three keys at once"),
        custom(function = "can_be_looked_for")
    )]
    pub metadata: Vec<Label>,
    /// Only jobs before this one: where the last page ended.
    pub before: Option<JobId>,
    /// How many.
    #[validate(range(min = 1, max = 100, message = "must be a whole number from 1 to 100"))]
    pub limit: i64,
}

/// PostgreSQL refuses a text with NUL, and no job has one.
#[expect(clippy::ptr_arg, reason = "validator passes the field as it is")]
fn can_be_looked_for(labels: &Vec<Label>) -> Result<(), ValidationError> {
    let has_nul = |(key, value): &Label| key.contains('\0') || value.contains('\0');
    if labels.iter().any(has_nul) {
        return Err(ValidationError::new("nul").with_message("must not have a NUL".into()));
    }
    Ok(())
}

/// A part of a list.
#[derive(Clone, Debug)]
pub struct JobPage {
    /// The jobs.
    pub items: Vec<JobView>,
    /// Where the next part begins; none after the last.
    pub next: Option<JobId>,
}

impl Query for ListJobs {
    type Output = JobPage;
    const NAME: &'static str = "list_jobs";
    const ACCESS: Access = Access::Member;

    async fn run(self, app: &App, actor: &Actor) -> Result<JobPage> {
        let owner = actor.signed_in()?.owner;
        let before = self.before.unwrap_or(JobId(Uuid::max()));
        let mut read = app.db.read(owner).await?;
        let limit = self.limit + 1;
        let (labels, state) = (&self.metadata, self.state);
        let mut jobs = if labels.is_empty() {
            jobs::list(&mut read, owner, state, before, limit).await?
        } else {
            jobs::list_labelled(&mut read, owner, labels, state, before, limit).await?
        };
        let more = jobs.len() > usize::try_from(self.limit).unwrap_or(usize::MAX);
        if more {
            jobs.pop();
        }
        let next = jobs.last().map(|job| job.id).filter(|_| more);
        let items = jobs.into_iter().map(|job| JobView::of(app, job)).collect();
        Ok(JobPage { items, next })
    }
}

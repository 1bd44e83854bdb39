//! The jobs of an owner, newest first.

use uuid::Uuid;
use validator::{Validate, ValidationError};

use super::get_job::{JobView, has_expired};
use crate::actor::{Access, Actor};
use crate::app::{App, Query};
use crate::domain::{Job, State};
use crate::error::Result;
use crate::ids::{JobId, OwnerId};
use crate::store::Tx;
use crate::store::jobs::{self, Label};

/// So many jobs are read at once,
const AT_ONCE: usize = 20;
/// and with so many inputs, items and outputs together a page is long enough, however few its jobs.
const HEAVY: usize = 3_000;

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
    /// How many at most: a page of long jobs has fewer.
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
        let mut read = app.db.read(owner).await?;
        let (jobs, is_all) = self.page(&mut read, owner).await?;
        let next = jobs.last().map(|job| job.id).filter(|_| !is_all);
        let items = (jobs.into_iter())
            .filter(|job| !has_expired(app, job))
            .map(|job| JobView::of(app, job))
            .collect();
        Ok(JobPage { items, next })
    }
}

impl ListJobs {
    /// The jobs of this page, and whether they are the last.
    async fn page(&self, tx: &mut Tx, owner: OwnerId) -> Result<(Vec<Job>, bool)> {
        let limit = usize::try_from(self.limit).unwrap_or(usize::MAX);
        let mut before = self.before.unwrap_or(JobId(Uuid::max()));
        let mut page = Vec::new();
        let mut weight = 0;
        loop {
            let wanted = AT_ONCE.min(limit - page.len());
            // One more than is wanted tells whether there are more.
            let found = self.part(tx, owner, before, wanted + 1).await?;
            let is_last = found.len() <= wanted;
            for job in found.into_iter().take(wanted) {
                if weight >= HEAVY {
                    return Ok((page, false));
                }
                weight += weight_of(&job);
                before = job.id;
                page.push(job);
            }
            if is_last || page.len() >= limit {
                return Ok((page, is_last));
            }
        }
    }

    async fn part(
        &self,
        tx: &mut Tx,
        owner: OwnerId,
        before: JobId,
        count: usize,
    ) -> Result<Vec<Job>> {
        let (labels, state) = (&self.metadata, self.state);
        let count = count.try_into().unwrap_or(i64::MAX);
        if labels.is_empty() {
            jobs::list(tx, owner, state, before, count).await
        } else {
            jobs::list_labelled(tx, owner, labels, state, before, count).await
        }
    }
}

fn weight_of(job: &Job) -> usize {
    job.spec.inputs.len() + job.items.len() + job.outputs.len()
}

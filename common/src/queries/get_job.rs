//! One job, and how far it is.

use filittle_transform::Progress;
use validator::Validate;

use crate::actor::{Access, Actor};
use crate::app::{App, Query};
use crate::domain::{Job, Kind as Stream, State};
use crate::error::{Error, Result};
use crate::ids::{JobId, OwnerId};
use crate::problem::Kind;
use crate::store::{events, jobs};

/// Which job.
#[derive(Debug, Validate)]
pub struct GetJob {
    /// The job.
    pub id: JobId,
}

/// A job with what is not in its row.
#[derive(Clone, Debug)]
pub struct JobView {
    /// The row.
    pub job: Job,
    /// How far it is, while it runs in this process.
    pub progress: Option<Progress>,
}

impl Query for GetJob {
    type Output = JobView;
    const NAME: &'static str = "get_job";
    const ACCESS: Access = Access::Member;

    async fn run(self, app: &App, actor: &Actor) -> Result<JobView> {
        let job = find(app, actor.signed_in()?.owner, self.id).await?;
        Ok(JobView::of(app, job))
    }
}

impl JobView {
    /// A job of whose progress nothing is known.
    pub fn new(job: Job) -> Self {
        Self {
            job,
            progress: None,
        }
    }

    pub(crate) fn of(app: &App, job: Job) -> Self {
        let progress = (job.state == State::Running)
            .then(|| app.live.progress(job.id))
            .flatten();
        Self { job, progress }
    }
}

/// The job, or why there is none.
pub(crate) async fn find(app: &App, owner: OwnerId, id: JobId) -> Result<Job> {
    let mut read = app.db.read(owner).await?;
    if let Some(job) = jobs::find(&mut read, owner, id).await? {
        if has_expired(app, &job) {
            return Err(gone());
        }
        return Ok(job);
    }
    drop(read);
    Err(gone_or_missing(app, owner, id, Error::not_found("job")).await)
}

/// Whether its time is over: it is about to be taken away, and for everybody it is gone already.
pub(crate) fn has_expired(app: &App, job: &Job) -> bool {
    let now = app.db.clock().now();
    job.expires_at.is_some_and(|end| end <= now)
}

fn gone() -> Error {
    Error::of(Kind::Gone, "the job has expired or was deleted")
}

/// Turns "not found" into "gone" where a tombstone stands.
pub(crate) async fn gone_or_missing(app: &App, owner: OwnerId, id: JobId, error: Error) -> Error {
    if !matches!(&error, Error::Problem(problem) if problem.kind == Kind::NotFound) {
        return error;
    }
    let buried = async {
        let mut read = app.db.read(owner).await?;
        events::is_buried(&mut read, owner, Stream::Job, id.0).await
    };
    match buried.await {
        Ok(true) => gone(),
        Ok(false) => error,
        Err(error) => error,
    }
}

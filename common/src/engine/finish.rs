//! An attempt comes to its end: one transaction, fenced by the lease token.

use std::time::Instant;

use chrono::{DateTime, SubsecRound, Utc};
use filittle_transform::names;
use uuid::Uuid;

use super::record::record;
use super::take::Taken;
use crate::blobs::{self, Stored};
use crate::domain::file::Created;
use crate::domain::{Item, Job, JobEvent, Outcome, Output, Released};
use crate::error::{Error, Result};
use crate::ids::{BlobId, FileId, LeaseToken, NoticeId};
use crate::metrics::{Holder, Retry};
use crate::problem::{Kind, Problem};
use crate::store::events::Cause;
use crate::store::notices::{self, Notice};
use crate::store::work::{self, Work};
use crate::store::{Db, Tx, files, jobs};

/// What an attempt made, stored but not yet referred to.
#[derive(Clone, Debug)]
pub struct Made {
    /// For people.
    pub name: String,
    /// What it is.
    pub media_type: String,
    /// The input it was made of.
    pub item: Option<usize>,
    /// The step that made it.
    pub step: usize,
    /// The content.
    pub stored: Stored,
}

/// How an attempt ended.
#[derive(Clone, Debug)]
pub enum End {
    /// Every input met its end.
    Done {
        /// Each input's end.
        items: Vec<Item>,
        /// What was made.
        made: Vec<Made>,
    },
    /// Another attempt may do better; counted.
    Retry {
        /// What went wrong.
        error: Problem,
        /// Not before then.
        not_before: DateTime<Utc>,
    },
    /// The job is not to blame; not counted.
    GiveBack {
        /// Why.
        reason: Released,
        /// Not before then.
        not_before: Option<DateTime<Utc>>,
    },
    /// It was asked for.
    Cancelled,
}

impl End {
    /// Why the job goes back, if it does.
    fn returns(&self) -> Option<Retry> {
        match self {
            Self::Retry { .. } => Some(Retry::Failure),
            Self::GiveBack { reason, .. } => Some((*reason).into()),
            Self::Done { .. } | Self::Cancelled => None,
        }
    }
}

/// Whether an end was accepted.
#[derive(Clone, Debug)]
pub enum Finished {
    /// It was; this is the job now.
    Yes(Box<Job>),
    /// The lease is not this attempt's any more; nothing was changed.
    LeaseLost,
}

/// Writes the end of an attempt.
pub async fn finish(db: &Db, taken: &Taken, end: End) -> Result<Finished> {
    let kept = end.clone();
    let began = Instant::now();
    let outcome = db
        .write((taken.clone(), end), |tx, (taken, end)| {
            Box::pin(finish_in(tx, taken, end))
        })
        .await;
    match outcome {
        Ok(job) => {
            keep(&kept);
            let jobs = &db.metrics().jobs;
            jobs.finished(began);
            jobs.moved(&job, kept.returns());
            Ok(Finished::Yes(Box::new(job)))
        }
        Err(Error::Problem(problem)) if problem.kind == Kind::Conflict => {
            db.metrics().jobs.lease_lost(Holder::Attempt);
            Ok(Finished::LeaseLost)
        }
        Err(error) => Err(error),
    }
}

/// What was stored is referred to now.
fn keep(end: &End) {
    if let End::Done { made, .. } = end {
        for made in made {
            made.stored.keep();
        }
    }
}

async fn finish_in(tx: &mut Tx, taken: &Taken, end: &End) -> Result<Job> {
    let Taken { token, cause, .. } = taken;
    let mut job = jobs::find(tx, taken.job.owner_id, taken.job.id)
        .await?
        .ok_or_else(lease_lost)?;
    let (outcome, made) = match end {
        End::Done { items, made } => {
            let outputs = made.iter().map(|made| output(made, None)).collect();
            (
                Outcome::Done {
                    items: items.clone(),
                    outputs,
                },
                made.as_slice(),
            )
        }
        End::Retry { error, not_before } => (
            Outcome::Retry {
                error: error.clone(),
                not_before: not_before.trunc_subsecs(6),
            },
            [].as_slice(),
        ),
        End::GiveBack { reason, not_before } => (
            Outcome::GiveBack {
                reason: *reason,
                not_before: not_before.map(|time| time.trunc_subsecs(6)),
            },
            [].as_slice(),
        ),
        End::Cancelled => (Outcome::Cancelled, [].as_slice()),
    };
    let mut event = job
        .decide_finish(outcome, tx.now())
        .ok_or_else(lease_lost)?;
    let row = leave(tx, &job, *token, &event).await?;
    if row.cancel_asked && !matches!(event, JobEvent::Ended { .. }) {
        // Somebody was told that it would end; nobody else is going to see to it.
        work::delete_any(tx, job.id).await?;
        event = job
            .decide_finish(Outcome::Cancelled, tx.now())
            .ok_or_else(lease_lost)?;
    }
    if let JobEvent::Ended { outputs, .. } = &mut event {
        keep_outputs(tx, &job, outputs, made, cause).await?;
    }
    record(tx, &mut job, event, cause).await?;
    if job.state.has_ended() {
        end_of(tx, &job).await?;
    }
    Ok(job)
}

/// The guard: the work row leaves the lease as the event says, if the token still holds it.
async fn leave(tx: &mut Tx, job: &Job, token: LeaseToken, event: &JobEvent) -> Result<Work> {
    let row = match event {
        JobEvent::Retrying { not_before, .. }
        | JobEvent::Released {
            not_before: Some(not_before),
            ..
        } => work::delay(tx, job.id, token, not_before.timestamp_micros()).await?,
        JobEvent::Released {
            not_before: None, ..
        } => work::release(tx, job.id, token, 0).await?,
        _ => work::delete_leased(tx, job.id, token).await?,
    };
    row.ok_or_else(lease_lost)
}

/// Makes the stored contents the job's, and files of their own where the job says `keep`.
async fn keep_outputs(
    tx: &mut Tx,
    job: &Job,
    outputs: &mut [Output],
    made: &[Made],
    cause: &Cause,
) -> Result<()> {
    let stored: Vec<_> = (made.iter()).map(|made| (&made.stored, job.id.0)).collect();
    let linked = blobs::link_all(tx, &stored).await?;
    for (output, blob) in outputs.iter_mut().zip(linked) {
        output.blob = blob;
    }
    if !job.spec.keep {
        return Ok(());
    }
    let kept = (outputs.iter().zip(made))
        .map(|(output, made)| as_file(tx, job, output, made))
        .collect();
    files::create_all(tx, kept, cause).await.map(drop)
}

fn as_file(tx: &Tx, job: &Job, output: &Output, made: &Made) -> Created {
    Created {
        id: FileId::new(tx.now()),
        owner_id: job.owner_id,
        created_by: job.created_by,
        // A file lies in no folder.
        name: names::sanitise(output.name.rsplit('/').next().unwrap_or_default()),
        media_type: output.media_type.clone(),
        size: i64::try_from(output.size).unwrap_or(i64::MAX),
        sha256: output.sha256.clone(),
        blob_id: output.blob,
        image: made.stored.image,
    }
}

/// What every end brings with it: the notices that were asked for, under their unique key.
pub(super) async fn end_of(tx: &mut Tx, job: &Job) -> Result<()> {
    if !job.spec.notify.email {
        return Ok(());
    }
    let now = tx.now();
    let next_at = tx.db_micros().await?;
    let notice = Notice {
        id: NoticeId::new(now),
        owner_id: job.owner_id,
        job_id: job.id,
        job_state: job.state,
        channel: "mail".into(),
        recipient: job.created_by,
        state: "waiting".into(),
        message_id: None,
        body: None,
        attempts: 0,
        next_at,
        created_at: now,
        sent_at: None,
        mail_id: None,
    };
    notices::insert(tx, &notice).await
}

fn output(made: &Made, blob: Option<BlobId>) -> Output {
    Output {
        name: made.name.clone(),
        media_type: made.media_type.clone(),
        size: made.stored.size,
        sha256: made.stored.sha256.clone(),
        crc32: Some(made.stored.crc32),
        blob: blob.unwrap_or(BlobId(Uuid::nil())),
        item: made.item,
        step: made.step,
    }
}

/// Told to `finish`, which rolls back and answers that the lease was lost.
fn lease_lost() -> Error {
    Error::of(Kind::Conflict, "the lease was lost")
}

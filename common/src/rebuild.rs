//! Makes the rows of jobs and files anew from their events. The service must be stopped.

use uuid::Uuid;

use crate::domain::file::{File, FileEvent};
use crate::domain::{Job, JobEvent, Kind};
use crate::engine;
use crate::error::{Error, Result};
use crate::ids::{FileId, JobId};
use crate::store::{Db, Tx, blobs, events, files, jobs, work};

const PAGE: i64 = 200;

/// What a rebuild found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rebuilt {
    /// Streams of jobs.
    pub jobs: u64,
    /// Rows of jobs that were not what their events say, or had none.
    pub jobs_differed: u64,
    /// Streams of files.
    pub files: u64,
    /// Rows of files that were not what their events say, or had none.
    pub files_differed: u64,
    /// Work rows that a waiting job lacked, or an ended one still had.
    pub work_mended: u64,
}

/// Compares every row with its events, and mends what differs.
pub async fn rebuild(db: &Db) -> Result<Rebuilt> {
    let mut rebuilt = Rebuilt::default();
    let mut after = Uuid::nil();
    while let Some(page) = streams(db, Kind::Job, &mut after).await? {
        for id in page {
            let (differed, mended) = db.write(id, |tx, &id| Box::pin(job(tx, JobId(id)))).await?;
            rebuilt.jobs += 1;
            rebuilt.jobs_differed += u64::from(differed);
            rebuilt.work_mended += u64::from(mended);
        }
    }
    after = Uuid::nil();
    while let Some(page) = streams(db, Kind::File, &mut after).await? {
        for id in page {
            let differed = db
                .write(id, |tx, &id| Box::pin(file(tx, FileId(id))))
                .await?;
            rebuilt.files += 1;
            rebuilt.files_differed += u64::from(differed);
        }
    }
    rebuilt.jobs_differed += db.write((), |tx, ()| Box::pin(discard_jobs(tx))).await?;
    rebuilt.files_differed += db.write((), |tx, ()| Box::pin(discard_files(tx))).await?;
    Ok(rebuilt)
}

async fn streams(db: &Db, kind: Kind, after: &mut Uuid) -> Result<Option<Vec<Uuid>>> {
    let mut read = db.read_any().await?;
    let page = events::streams(&mut read, kind, *after, PAGE).await?;
    let Some(&last) = page.last() else {
        return Ok(None);
    };
    *after = last;
    Ok(Some(page))
}

/// Whether the row differed, and whether its work row was mended.
async fn job(tx: &mut Tx, id: JobId) -> Result<(bool, bool)> {
    let events = events::read::<JobEvent>(tx, id.0).await?;
    let told = Job::replay(events).ok_or_else(|| broken(id.0))?;
    let differed = jobs::find(tx, told.owner_id, id).await?.as_ref() != Some(&told);
    if differed {
        jobs::replace(tx, &told).await?;
    }
    let inputs = told.spec.inputs.iter().map(|input| input.blob);
    for blob in inputs.chain(told.outputs.iter().map(|output| output.blob)) {
        blobs::hold(tx, id.0, blob).await?;
    }
    let has_work = work::find(tx, id).await?.is_some();
    match (told.state.has_ended(), has_work) {
        (true, true) => work::delete_any(tx, id).await?,
        (false, false) => engine::take_up(tx, told).await?,
        _ => return Ok((differed, false)),
    }
    Ok((differed, true))
}

async fn file(tx: &mut Tx, id: FileId) -> Result<bool> {
    let events = events::read::<FileEvent>(tx, id.0).await?;
    let told = File::replay(events).ok_or_else(|| broken(id.0))?;
    let differed = files::find(tx, told.owner_id, id).await?.as_ref() != Some(&told);
    if differed {
        files::replace(tx, &told).await?;
    }
    blobs::hold(tx, id.0, told.blob_id).await?;
    Ok(differed)
}

/// Rows that no event tells of.
async fn discard_jobs(tx: &mut Tx) -> Result<u64> {
    let (mut discarded, mut after) = (0, JobId(Uuid::nil()));
    loop {
        let page = jobs::page(tx, after, PAGE).await?;
        let Some(last) = page.last() else {
            return Ok(discarded);
        };
        after = last.id;
        for row in page {
            if events::read::<JobEvent>(tx, row.id.0).await?.is_empty() {
                jobs::discard(tx, row.id).await?;
                discarded += 1;
            }
        }
    }
}

async fn discard_files(tx: &mut Tx) -> Result<u64> {
    let (mut discarded, mut after) = (0, FileId(Uuid::nil()));
    loop {
        let page = files::page(tx, after, PAGE).await?;
        let Some(last) = page.last() else {
            return Ok(discarded);
        };
        after = last.id;
        for row in page {
            if events::read::<FileEvent>(tx, row.id.0).await?.is_empty() {
                files::discard(tx, row.id).await?;
                discarded += 1;
            }
        }
    }
}

fn broken(stream: Uuid) -> Error {
    Error::Internal(format!(
        "the stream {stream} does not begin with its first event"
    ))
}

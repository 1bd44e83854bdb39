//! Submits of many callers, written together.
//!
//! Who submits waits for a commit, and in one flow for those before it. So what comes while one
//! transaction is under way waits for the next, and all that waits goes into it.

use std::sync::{Arc, OnceLock};

use tokio::sync::{mpsc, oneshot};

use super::submit::{Entered, New, submit_all, submit_one};
use crate::error::{Error, Result};
use crate::problem::Kind;
use crate::store::Db;

/// How many go into one transaction.
const GROUP: usize = 64;
/// How many wait before callers wait for a place.
const WAITING: usize = 1024;
/// A job of more inputs has a transaction of its own, which nobody has to wait for; so has one that
/// brings its contents or a key of its own.
const MOST_INPUTS: usize = 16;

/// The door of one process.
pub struct Submits {
    db: Db,
    /// Opened by the first who comes.
    door: OnceLock<mpsc::Sender<Waiting>>,
}

struct Waiting {
    new: New,
    caller: oneshot::Sender<Result<Entered>>,
}

impl Submits {
    /// Nobody has submitted yet.
    pub fn new(db: Db) -> Self {
        Self {
            db,
            door: OnceLock::new(),
        }
    }

    /// Writes a new job. When this answers, it is in the database; it may be there also when the
    /// caller went away before.
    pub async fn submit(&self, new: New) -> Result<Entered> {
        let is_large = new.submitted.spec.inputs.len() > MOST_INPUTS;
        if is_large || !new.uploads.is_empty() || new.receipt.is_some() {
            return alone(&self.db, new).await;
        }
        let (caller, answer) = oneshot::channel();
        let door = self.door.get_or_init(|| {
            let (door, waiting) = mpsc::channel(WAITING);
            tokio::spawn(serve(self.db.clone(), waiting));
            door
        });
        let sent = door.send(Waiting { new, caller }).await;
        sent.map_err(|_| went_wrong())?;
        answer.await.unwrap_or_else(|_| Err(went_wrong()))
    }
}

async fn serve(db: Db, mut waiting: mpsc::Receiver<Waiting>) {
    let mut group = Vec::with_capacity(GROUP);
    while waiting.recv_many(&mut group, GROUP).await > 0 {
        let group = std::mem::replace(&mut group, Vec::with_capacity(GROUP));
        // On a task of its own, so that a panic ends no more than this group.
        if let Err(panic) = tokio::spawn(write(db.clone(), group)).await {
            tracing::error!(%panic, "a group of submits");
        }
    }
}

async fn write(db: Db, group: Vec<Waiting>) {
    let (all, callers): (Vec<_>, Vec<_>) = (group.into_iter())
        .map(|waiting| (waiting.new, waiting.caller))
        .unzip();
    let all = Arc::new(all);
    let written = db
        .write(all.clone(), |tx, all| Box::pin(submit_all(tx, all)))
        .await;
    // A caller that went away does not want the answer.
    match written {
        Ok(jobs) => {
            for (caller, job) in callers.into_iter().zip(jobs) {
                drop(caller.send(Ok(Entered { job, is_new: true })));
            }
        }
        // One of them is to blame, and nobody else.
        Err(error) if all.len() > 1 && !error.is_passing() => {
            for (caller, new) in callers.into_iter().zip(all.iter()) {
                drop(caller.send(alone(&db, new.clone()).await));
            }
        }
        Err(error) => {
            for caller in callers {
                drop(caller.send(Err(error.for_another())));
            }
        }
    }
}

async fn alone(db: &Db, new: New) -> Result<Entered> {
    db.write(new, |tx, new| Box::pin(submit_one(tx, new))).await
}

fn went_wrong() -> Error {
    Error::of(
        Kind::Unavailable,
        "the job may not have been accepted; look for it, or try again",
    )
}

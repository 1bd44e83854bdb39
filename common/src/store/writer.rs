//! The one writer of SQLite: commands of many callers, committed together.
//!
//! A commit costs an fsync whatever it holds, so the writer takes all that waits (at most
//! [`GROUP`] commands or [`GATHER`]), runs each in a savepoint of one transaction, commits, and
//! only then answers. A command that fails is rolled back alone.

use std::panic::AssertUnwindSafe;
use std::time::{Duration, Instant};

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use prometheus::Histogram;
use tokio::sync::{mpsc, oneshot};

use super::macros::exec;
use super::tx::Tx;
use crate::error::{Error, Result};
use crate::problem::Kind;

const GROUP: usize = 64;
const GATHER: Duration = Duration::from_millis(2);
/// How many commands may wait before callers wait for a place.
const WAITING: usize = 1024;

#[derive(Clone, Copy)]
pub(super) enum Urgency {
    First,
    Normal,
}

/// Hands commands to the writer task.
#[derive(Clone)]
pub(super) struct Writer {
    first: mpsc::Sender<Message>,
    normal: mpsc::Sender<Message>,
}

enum Message {
    Run(Box<dyn Command>),
    Close(oneshot::Sender<()>),
}

/// A command with its caller forgotten: it runs, and is told how the commit went.
trait Command: Send {
    fn run<'t>(&'t mut self, tx: &'t mut Tx) -> BoxFuture<'t, Ran>;
    fn answer(self: Box<Self>, committed: Option<&Error>);
}

/// Whether what the command did is to be kept.
#[derive(PartialEq)]
enum Ran {
    Well,
    Failed,
    /// There was no room, which may have rolled back everything.
    Full,
}

struct Work<I, T, F> {
    input: I,
    work: F,
    outcome: Option<Result<T>>,
    caller: oneshot::Sender<Result<T>>,
}

impl<I, T, F> Command for Work<I, T, F>
where
    I: Send + Sync,
    T: Send,
    F: for<'t> Fn(&'t mut Tx, &'t I) -> BoxFuture<'t, Result<T>> + Send + Sync,
{
    fn run<'t>(&'t mut self, tx: &'t mut Tx) -> BoxFuture<'t, Ran> {
        Box::pin(async move {
            let work = AssertUnwindSafe(async { (self.work)(tx, &self.input).await });
            let outcome = work
                .catch_unwind()
                .await
                .unwrap_or_else(|_| Err(Error::Internal("a store function panicked".into())));
            let ran = match &outcome {
                Ok(_) => Ran::Well,
                Err(error) if error.is_full() => Ran::Full,
                Err(_) => Ran::Failed,
            };
            self.outcome = Some(outcome);
            ran
        })
    }

    fn answer(self: Box<Self>, not_committed: Option<&Error>) {
        let outcome = match (self.outcome, not_committed) {
            (Some(Err(error)), _) => Err(error),
            (_, Some(error)) => Err(error.for_another()),
            (Some(outcome), None) => outcome,
            (None, None) => Err(Error::Internal("a command was not run".into())),
        };
        // A caller that went away does not want the answer.
        drop(self.caller.send(outcome));
    }
}

impl Writer {
    pub(super) fn start(tx: Tx, commits: Histogram) -> Self {
        let (first, firsts) = mpsc::channel(WAITING);
        let (normal, normals) = mpsc::channel(WAITING);
        let inbox = Inbox {
            firsts,
            normals,
            commits,
        };
        tokio::spawn(inbox.serve(tx));
        Self { first, normal }
    }

    pub(super) async fn run<I, T>(
        &self,
        urgency: Urgency,
        input: I,
        work: impl for<'t> Fn(&'t mut Tx, &'t I) -> BoxFuture<'t, Result<T>> + Send + Sync + 'static,
    ) -> Result<T>
    where
        I: Send + Sync + 'static,
        T: Send + 'static,
    {
        let (caller, answer) = oneshot::channel();
        let command = Box::new(Work {
            input,
            work,
            outcome: None,
            caller,
        });
        let door = match urgency {
            Urgency::First => &self.first,
            Urgency::Normal => &self.normal,
        };
        door.send(Message::Run(command))
            .await
            .map_err(|_| closed())?;
        answer.await.unwrap_or_else(|_| Err(closed()))
    }

    pub(super) async fn close(&self) {
        let (done, closed) = oneshot::channel();
        if self.normal.send(Message::Close(done)).await.is_ok() {
            // An error means that the writer is gone already.
            drop(closed.await);
        }
    }
}

struct Inbox {
    firsts: mpsc::Receiver<Message>,
    normals: mpsc::Receiver<Message>,
    /// How long they take.
    commits: Histogram,
}

impl Inbox {
    async fn serve(mut self, mut tx: Tx) {
        loop {
            let message = tokio::select! {
                biased;
                Some(message) = self.firsts.recv() => message,
                Some(message) = self.normals.recv() => message,
                else => return,
            };
            let closing = match message {
                Message::Run(command) => self.group(&mut tx, command).await,
                Message::Close(done) => Some(done),
            };
            if let Some(done) = closing {
                if let Err(error) = tx.close().await {
                    tracing::warn!(%error, "the database was not closed in order");
                }
                // The one who closes may be gone, which changes nothing.
                let _ = done.send(());
                return;
            }
        }
    }

    /// Runs `command` and what else waits in one transaction.
    async fn group(
        &mut self,
        tx: &mut Tx,
        command: Box<dyn Command>,
    ) -> Option<oneshot::Sender<()>> {
        let began = Instant::now();
        let mut ran = Vec::new();
        let mut closing = None;
        let mut next = Some(command);
        let mut outcome = exec!(tx, "begin immediate").map(drop);
        while let Some(mut command) = next.take() {
            if outcome.is_ok() {
                outcome = in_savepoint(tx, command.as_mut()).await;
            }
            ran.push(command);
            if ran.len() < GROUP && began.elapsed() < GATHER && outcome.is_ok() {
                match self.firsts.try_recv().or_else(|_| self.normals.try_recv()) {
                    Ok(Message::Run(command)) => next = Some(command),
                    Ok(Message::Close(done)) => closing = Some(done),
                    Err(_) => {}
                }
            }
        }
        if outcome.is_ok() {
            let timer = self.commits.start_timer();
            outcome = exec!(tx, "commit").map(drop);
            drop(timer);
        }
        if outcome.is_err() {
            // After a full disk SQLite has rolled back already; then there is nothing to do.
            drop(exec!(tx, "rollback"));
        }
        for command in ran {
            command.answer(outcome.as_ref().err());
        }
        closing
    }
}

/// An error here is one of the transaction, not of the command.
async fn in_savepoint(tx: &mut Tx, command: &mut dyn Command) -> Result<()> {
    exec!(tx, "savepoint command")?;
    let ran = command.run(tx).await;
    if ran != Ran::Well {
        // A full disk rolls everything back, savepoints too: the others have to come again.
        exec!(tx, "rollback to command").map_err(|_| match ran {
            Ran::Full => Error::of(Kind::InsufficientStorage, "the disk is full"),
            _ => Error::of(
                Kind::Unavailable,
                "the database had to roll back; try again",
            ),
        })?;
    }
    exec!(tx, "release command")?;
    Ok(())
}

fn closed() -> Error {
    Error::of(Kind::Unavailable, "the service is shutting down")
}

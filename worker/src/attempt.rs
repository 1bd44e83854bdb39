//! One attempt at one job: from the take to its end in the database.

use std::path::Path;
use std::time::{Duration, Instant};

use filittle_common::blobs::cause;
use filittle_common::domain::{Job, Released};
use filittle_common::engine::{self, End, Finished, Made, Taken};
use filittle_common::metrics::Holder;
use filittle_common::problem::{Kind, Problem};
use filittle_common::wake::{Topic, Waiter};
use filittle_common::{App, random};
use filittle_transform::{Admit, Error, ItemReport, Limits, Monitor};
use tokio::runtime::Handle;
use tracing::Instrument;

use crate::budget::Budget;
use crate::contents::{Products, inputs};
use crate::cpu::Cpu;
use crate::pool::Slot;
use crate::running::{Registered, Running, Stop};
use crate::told::Told;
use crate::verdict::{is_passing, items};

/// How long faults of the surroundings are sat out within an attempt.
const PATIENCE: Duration = Duration::from_mins(1);
/// Between two tries within an attempt.
const PAUSE: Duration = Duration::from_secs(2);
/// When a job comes again that was given back because of its surroundings.
const COME_AGAIN: Duration = Duration::from_secs(30);

/// What an attempt works with.
pub(crate) struct Attempt<'p> {
    pub(crate) app: &'p App,
    pub(crate) cpu: &'p Cpu,
    pub(crate) budget: &'p Budget,
    pub(crate) running: &'p Running,
    pub(crate) spool_dir: Option<&'p Path>,
}

/// How the work itself went.
enum Worked {
    Done(Vec<ItemReport>, Vec<Made>),
    Stopped,
    Passing(filittle_common::Error),
    Broken(String),
}

impl Attempt<'_> {
    /// Works in this slot, and gives it back before the end is written.
    pub(crate) async fn run(&self, mut taken: Taken, slot: Slot) {
        // What follows, up to the mail, is caused by this attempt.
        let mut told = Told::begin(self.app, &taken);
        told.lead(&mut taken);
        let job = &taken.job;
        let span = tracing::info_span!(
            "job",
            id = %job.id,
            attempt = job.attempt,
            trace = taken.cause.trace.as_deref().and_then(trace_id),
        );
        self.run_in_span(&taken, slot, &mut told)
            .instrument(span)
            .await;
    }

    async fn run_in_span(&self, taken: &Taken, slot: Slot, told: &mut Told) {
        let began = Instant::now();
        let total = taken.job.spec.inputs.iter().map(|input| input.size).sum();
        let monitor = Monitor::new(total);
        let registered = self.running.register(taken, monitor.clone());
        let _shown = self.app.live.show(taken.job.id, monitor.clone());
        self.app.wake.publish(Topic::Job(taken.job.id));
        // After our own wake. A cancel in between is seen at the next renewal.
        let mut wishes = self.app.wake.subscribe(Topic::Job(taken.job.id));
        if taken.cancel_asked {
            self.running.stop(taken.job.id, Stop::Cancelled);
        }
        let worked = tokio::select! {
            worked = self.work_patiently(&taken.job, &monitor) => worked,
            never = self.listen(taken, &mut wishes) => never,
        };
        told.worked(self.app, &monitor);
        let _place = slot.leave().await;
        let Some(end) = self.end(&taken.job, worked, &registered) else {
            tracing::warn!("the lease was lost; nothing of this attempt counts");
            self.app.metrics().jobs.lease_lost(Holder::Attempt);
            told.lost();
            return;
        };
        let finishing = Told::finishing(self.app, taken);
        let finished = self.finish(taken, end, &registered, began).await;
        drop(finishing);
        told.ended(self.app, finished.as_ref(), began.elapsed());
    }

    /// Looks at each wake of the job whether its end was asked for. Never returns.
    async fn listen(&self, taken: &Taken, wishes: &mut Waiter) -> Worked {
        loop {
            wishes.woken().await;
            match engine::is_cancel_asked(&self.app.db, taken).await {
                Ok(true) => self.running.stop(taken.job.id, Stop::Cancelled),
                Ok(false) => {}
                // The next renewal tells it, too.
                Err(error) => tracing::debug!(%error, "could not look for a cancel"),
            }
        }
    }

    /// Works until it is done, sitting out faults of the surroundings for a minute.
    async fn work_patiently(&self, job: &Job, monitor: &Monitor) -> Worked {
        let began = Instant::now();
        loop {
            let worked = self.work(job, monitor).await;
            let Worked::Passing(error) = worked else {
                return worked;
            };
            if began.elapsed() > PATIENCE {
                return Worked::Passing(error);
            }
            tracing::warn!(%error, "the surroundings failed; tried again in this attempt");
            tokio::time::sleep(PAUSE).await;
            if monitor.is_cancelled() {
                return Worked::Stopped;
            }
        }
    }

    async fn work(&self, job: &Job, monitor: &Monitor) -> Worked {
        let share = self.budget.share(Handle::current(), monitor.clone());
        let mut inputs = inputs(self.app, job, &share);
        let mut products = Products::new(self.app.clone());
        let asked = share.clone();
        let limits = Limits {
            spool_dir: self.spool_dir.map(Path::to_path_buf),
            deadline: Some(Instant::now() + self.app.config.max_work),
            admit: Some(Admit::new(move |bytes| asked.admit(bytes))),
            ..self.app.config.limits.of_work()
        };
        let (steps, monitor) = (job.spec.steps.clone(), monitor.clone());
        let work = self.cpu.run(move || {
            let reports =
                filittle_transform::run(&steps, &mut inputs, &mut products, &limits, &monitor);
            drop(share);
            (reports, products.into_made())
        });
        let (reports, (made, discarded)) = match work.await {
            Ok(worked) => worked,
            Err(panic) => return Worked::Broken(format!("the work panicked: {panic}")),
        };
        abandon(discarded).await;
        let failed = match reports {
            Ok(reports) => return Worked::Done(reports, made),
            Err(error) => error,
        };
        abandon(made).await;
        match failed {
            Error::Cancelled => Worked::Stopped,
            Error::Environment(error) => {
                let error = cause(error);
                if is_passing(&error) {
                    Worked::Passing(error)
                } else {
                    Worked::Broken(error.to_string())
                }
            }
            other => Worked::Broken(other.to_string()),
        }
    }

    /// What is to be written; nothing when the job is somebody else's now.
    fn end(&self, job: &Job, worked: Worked, registered: &Registered) -> Option<End> {
        let now = self.app.db.clock().now();
        Some(match worked {
            Worked::Done(reports, made) => End::Done {
                items: items(job, &reports),
                made,
            },
            Worked::Stopped => match registered.stopped() {
                Some(Stop::Cancelled) => End::Cancelled,
                Some(Stop::Shutdown) => End::GiveBack {
                    reason: Released::Shutdown,
                    not_before: None,
                },
                Some(Stop::Lost) | None => return None,
            },
            Worked::Passing(error) => {
                tracing::warn!(%error, "given back, because its surroundings do not answer");
                End::GiveBack {
                    reason: Released::Environment,
                    not_before: Some(now + COME_AGAIN),
                }
            }
            Worked::Broken(why) => {
                tracing::error!(why, "the attempt failed");
                self.broken(job)
            }
        })
    }

    /// Something of ours is broken: another attempt, later.
    fn broken(&self, job: &Job) -> End {
        let wait = engine::backoff(job.failures + 1, random::fraction());
        let error = Problem::new(Kind::Internal, "the work failed; the log tells why");
        End::Retry {
            error,
            not_before: self.app.db.clock().now() + wait,
        }
    }

    /// Writes the end. While the database does not answer it is tried again, until somebody else
    /// has the job.
    async fn finish(
        &self,
        taken: &Taken,
        end: End,
        registered: &Registered,
        began: Instant,
    ) -> Option<Job> {
        let made = match &end {
            End::Done { made, .. } => made.clone(),
            _ => Vec::new(),
        };
        let ended = Instant::now();
        let finished = loop {
            match engine::finish(&self.app.db, taken, end.clone()).await {
                Err(error)
                    if error.is_passing()
                        && ended.elapsed() < PATIENCE * 10
                        && registered.stopped() != Some(Stop::Shutdown) =>
                {
                    tracing::warn!(%error, "the end could not be written and is tried again");
                    tokio::time::sleep(PAUSE).await;
                }
                finished => break finished,
            }
        };
        match finished {
            Ok(Finished::Yes(job)) => {
                self.tell(&job, began);
                return Some(*job);
            }
            Ok(Finished::LeaseLost) => {
                tracing::warn!("the lease was lost; nothing of this attempt counts");
                abandon(made).await;
            }
            Err(error) if error.is_passing() => {
                // The job is given back with the lease, or when that is found to have run out.
                tracing::error!(%error, "the end could not be written");
                abandon(made).await;
            }
            Err(error) => {
                tracing::error!(%error, "the end could not be written; the attempt counts as failed");
                abandon(made).await;
                let end = self.broken(&taken.job);
                // Should this fail, too, the next renewal finds a job that nobody works on.
                if let Err(error) = engine::finish(&self.app.db, taken, end).await {
                    tracing::error!(%error, "nor could the failure");
                }
            }
        }
        None
    }

    fn tell(&self, job: &Job, began: Instant) {
        let millis = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
        tracing::info!(state = job.state.name(), millis, "attempt ended");
        self.app.wake.publish(Topic::Job(job.id));
        self.app.wake.publish(Topic::Owner(job.owner_id));
        if job.state.has_ended() {
            self.app.wake.publish(Topic::Notices);
        }
    }
}

/// Removes what nobody will refer to.
async fn abandon(made: Vec<Made>) {
    for made in made {
        made.stored.abandon().await;
    }
}

/// The trace id of a `traceparent` of W3C Trace Context: its second part.
fn trace_id(traceparent: &str) -> Option<&str> {
    traceparent.split('-').nth(1)
}

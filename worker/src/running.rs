//! What runs in this process, so that it can be told to stop.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use filittle_common::engine::{Held, Taken};
use filittle_common::ids::{JobId, LeaseToken};
use filittle_transform::Monitor;

/// Why an attempt is told to stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stop {
    /// Somebody cancelled the job.
    Cancelled,
    /// The lease is not ours any more, so nothing of the attempt counts.
    Lost,
    /// The process is to end.
    Shutdown,
}

/// The attempts in work.
#[derive(Clone, Default)]
pub(crate) struct Running {
    attempts: Arc<Mutex<HashMap<JobId, Attempt>>>,
    /// Jobs that the database thought were here at the last renewal, but were not.
    unknown: Arc<Mutex<Vec<Held>>>,
    /// What every attempt is told from now on, also one that is only beginning.
    stopping: Arc<Mutex<Option<Stop>>>,
}

struct Attempt {
    token: LeaseToken,
    since: Instant,
    monitor: Monitor,
    stop: Arc<Mutex<Option<Stop>>>,
}

/// An attempt's own view; it is forgotten when this is dropped.
pub(crate) struct Registered {
    running: Running,
    job: JobId,
    token: LeaseToken,
    stop: Arc<Mutex<Option<Stop>>>,
}

impl Running {
    pub(crate) fn register(&self, taken: &Taken, monitor: Monitor) -> Registered {
        let stop = Arc::<Mutex<Option<Stop>>>::default();
        let attempt = Attempt {
            token: taken.token,
            since: Instant::now(),
            monitor,
            stop: stop.clone(),
        };
        if let Some(why) = *lock(&self.stopping) {
            attempt.stop(why);
        }
        lock(&self.attempts).insert(taken.job.id, attempt);
        Registered {
            running: self.clone(),
            job: taken.job.id,
            token: taken.token,
            stop,
        }
    }

    pub(crate) fn count(&self) -> usize {
        lock(&self.attempts).len()
    }

    /// Tells one attempt to stop. The first reason stays.
    pub(crate) fn stop(&self, job: JobId, why: Stop) {
        if let Some(attempt) = lock(&self.attempts).get(&job) {
            attempt.stop(why);
        }
    }

    /// Tells all attempts to stop, and those that are only beginning: the process ends.
    pub(crate) fn shut_down(&self) {
        *lock(&self.stopping) = Some(Stop::Shutdown);
        self.stop_all(Stop::Shutdown);
    }

    /// Tells all attempts to stop.
    pub(crate) fn stop_all(&self, why: Stop) {
        for attempt in lock(&self.attempts).values() {
            attempt.stop(why);
        }
    }

    /// Compares with what the database thought at some time after `asked`: stops what was lost or
    /// cancelled, and answers what the database thinks is here but was not, twice in a row. Once
    /// can be a take under way.
    pub(crate) fn compare(&self, held: &[Held], asked: Instant) -> Vec<Held> {
        let attempts = lock(&self.attempts);
        for (job, attempt) in attempts.iter() {
            let ours = held
                .iter()
                .find(|held| held.job == *job && held.token == attempt.token);
            match ours {
                Some(held) if held.cancel_asked => attempt.stop(Stop::Cancelled),
                None if attempt.since < asked => attempt.stop(Stop::Lost),
                // All is well, or it was taken after the look.
                _ => {}
            }
        }
        let is_here = |held: &Held| {
            attempts
                .get(&held.job)
                .is_some_and(|it| it.token == held.token)
        };
        let unknown: Vec<Held> = held.iter().copied().filter(|held| !is_here(held)).collect();
        let mut before = lock(&self.unknown);
        let twice = unknown
            .iter()
            .copied()
            .filter(|held| before.contains(held))
            .collect();
        *before = unknown;
        twice
    }
}

impl Attempt {
    fn stop(&self, why: Stop) {
        lock(&self.stop).get_or_insert(why);
        self.monitor.cancel();
    }
}

impl Registered {
    /// Why the attempt was told to stop, if it was.
    pub(crate) fn stopped(&self) -> Option<Stop> {
        *lock(&self.stop)
    }
}

impl Drop for Registered {
    fn drop(&mut self) {
        // The job may be here again already, in a later attempt.
        let mut attempts = lock(&self.running.attempts);
        if attempts
            .get(&self.job)
            .is_some_and(|attempt| attempt.token == self.token)
        {
            attempts.remove(&self.job);
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

//! How far the running jobs are. Only while they run, only sampled, and it may be lost.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use filittle_transform::{Monitor, Progress};

use crate::ids::JobId;

/// The monitors of the jobs that run in this process.
#[derive(Clone, Default)]
pub struct Live {
    monitors: Arc<Mutex<HashMap<JobId, (u64, Monitor)>>>,
    shown: Arc<AtomicU64>,
}

impl Live {
    /// Shows a job's progress until the answer is dropped, or until somebody else shows it.
    pub fn show(&self, job: JobId, monitor: Monitor) -> Shown {
        let number = self.shown.fetch_add(1, Ordering::Relaxed);
        self.lock().insert(job, (number, monitor));
        Shown {
            live: self.clone(),
            job,
            number,
        }
    }

    /// How far a job is, when it runs here.
    pub fn progress(&self, job: JobId) -> Option<Progress> {
        self.lock().get(&job).map(|(_, monitor)| monitor.snapshot())
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<JobId, (u64, Monitor)>> {
        self.monitors.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Ends the showing when dropped.
pub struct Shown {
    live: Live,
    job: JobId,
    number: u64,
}

impl Drop for Shown {
    fn drop(&mut self) {
        let mut monitors = self.live.lock();
        if monitors
            .get(&self.job)
            .is_some_and(|(number, _)| *number == self.number)
        {
            monitors.remove(&self.job);
        }
    }
}

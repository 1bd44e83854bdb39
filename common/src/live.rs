//! How far the running jobs are. Only while they run, only sampled, and it may be lost.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use filittle_transform::{Monitor, Progress};

use crate::ids::JobId;

/// The monitors of the jobs that run in this process.
#[derive(Clone, Default)]
pub struct Live {
    monitors: Arc<Mutex<HashMap<JobId, Monitor>>>,
}

impl Live {
    /// Shows a job's progress until the answer is dropped.
    pub fn show(&self, job: JobId, monitor: Monitor) -> Shown {
        self.monitors
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(job, monitor);
        Shown {
            live: self.clone(),
            job,
        }
    }

    /// How far a job is, when it runs here.
    pub fn progress(&self, job: JobId) -> Option<Progress> {
        let monitors = self.monitors.lock().unwrap_or_else(PoisonError::into_inner);
        monitors.get(&job).map(Monitor::snapshot)
    }
}

/// Ends the showing when dropped.
pub struct Shown {
    live: Live,
    job: JobId,
}

impl Drop for Shown {
    fn drop(&mut self) {
        self.live
            .monitors
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(&self.job);
    }
}

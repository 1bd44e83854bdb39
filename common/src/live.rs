//! How far the running jobs are. Only while they run, only sampled, and it may be lost.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use filittle_transform::{Monitor, Progress};
use tokio::time::{MissedTickBehavior, interval};

use crate::bus::Bus;
use crate::ids::JobId;

/// How often other processes are told.
const TELL_EVERY: Duration = Duration::from_millis(500);
/// What was not told again for so long has ended, or its worker has.
const STALE: Duration = Duration::from_secs(5);
/// Of more jobs in other processes nothing is known here.
const MOST_TOLD: usize = 10_000;

/// The monitors of the jobs that run in this process, and what others told of theirs.
#[derive(Clone, Default)]
pub struct Live {
    monitors: Arc<Mutex<HashMap<JobId, (u64, Monitor)>>>,
    shown: Arc<AtomicU64>,
    told: Arc<Mutex<HashMap<JobId, (Progress, Instant)>>>,
}

impl Live {
    /// Tells the processes of this bus of the jobs that run here, and hears of theirs.
    ///
    /// # Panics
    /// Outside of a tokio runtime.
    pub fn over(bus: &Bus) -> Self {
        let live = Self::default();
        let told = live.told.clone();
        bus.hear(move |message| {
            if let Some((job, progress)) = message.strip_prefix("live ").and_then(parse) {
                note(&told, job, progress);
            }
        });
        tokio::spawn(live.clone().tell_forever(bus.clone()));
        live
    }

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

    /// How far a job is, when it runs here or its worker told it.
    pub fn progress(&self, job: JobId) -> Option<Progress> {
        let here = self.lock().get(&job).map(|(_, monitor)| monitor.snapshot());
        here.or_else(|| {
            let told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
            let (progress, when) = told.get(&job)?;
            (when.elapsed() < STALE).then_some(*progress)
        })
    }

    async fn tell_forever(self, bus: Bus) {
        let mut rounds = interval(TELL_EVERY);
        rounds.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            rounds.tick().await;
            for (job, (_, monitor)) in self.lock().iter() {
                let Progress {
                    done, total, phase, ..
                } = monitor.snapshot();
                bus.send(&format!("live {job} {done} {total} {phase}"));
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<JobId, (u64, Monitor)>> {
        self.monitors.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn parse(message: &str) -> Option<(JobId, Progress)> {
    let mut words = message.split(' ');
    let job = words.next()?.parse().ok()?;
    let done = words.next()?.parse().ok()?;
    let total = words.next()?.parse().ok()?;
    Some((job, Progress::told(done, total, words.next()?)?))
}

fn note(told: &Mutex<HashMap<JobId, (Progress, Instant)>>, job: JobId, progress: Progress) {
    let mut told = told.lock().unwrap_or_else(PoisonError::into_inner);
    if told.len() >= MOST_TOLD {
        told.retain(|_, (_, when)| when.elapsed() < STALE);
    }
    if told.len() < MOST_TOLD || told.contains_key(&job) {
        told.insert(job, (progress, Instant::now()));
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_told_is_understood() {
        let job = JobId(uuid::Uuid::from_u128(7));
        let progress = Progress::told(3, 9, "dithering").unwrap();
        assert_eq!(
            parse(&format!("{job} 3 9 dithering")),
            Some((job, progress))
        );
        for nonsense in ["", "x 1 2 done", &format!("{job} 1 2 flying")] {
            assert_eq!(parse(nonsense), None, "{nonsense}");
        }
    }
}

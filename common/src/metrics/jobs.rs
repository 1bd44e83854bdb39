//! What becomes of jobs.

use std::time::{Duration, Instant};

use prometheus::{GaugeVec, Histogram, HistogramVec, IntCounterVec, IntGauge, IntGaugeVec};

use super::families::{Families, LONG, SHORT, words};
use super::seconds;
use crate::domain::{Job, Released, State};
use crate::problem::Kind;
use crate::queue::Lane;

words! {
    /// Why a job goes back into the queue.
    Retry {
        /// The attempt failed.
        Failure "failure",
        /// Its process was told to end.
        Shutdown "shutdown",
        /// The database, the objects or the disk did not answer.
        Environment "environment",
        /// Its process vanished.
        Crash "crash",
        /// A living process did not know of it.
        Forgotten "forgotten",
    }
}

words! {
    /// Who has lost a lease.
    Holder {
        /// A process, as a whole.
        Worker "worker",
        /// One attempt, whose end was refused.
        Attempt "attempt",
    }
}

/// Codes of jobs that were given up.
const DEAD: [Kind; 2] = [Kind::TooManyAttempts, Kind::WorkerCrashed];
const ENDS: [State; 4] = [
    State::Succeeded,
    State::Partial,
    State::Failed,
    State::Cancelled,
];

/// How the queue is, for the whole service.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Figures {
    /// Of each lane, in the order of [`Lane::ALL`].
    pub lanes: [LaneFigures; 3],
    /// Jobs whose time has not come.
    pub delayed: i64,
    /// Mails that are to go out, now or later.
    pub mails: i64,
}

/// How a lane is.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct LaneFigures {
    /// Jobs that may be taken.
    pub waiting: i64,
    /// Jobs in work.
    pub running: i64,
    /// For how long the oldest may be taken already.
    pub oldest: Duration,
}

/// See the texts in `new`.
pub struct Jobs {
    submitted: IntCounterVec,
    taken: IntCounterVec,
    wait: HistogramVec,
    take: Histogram,
    finish: Histogram,
    ended: IntCounterVec,
    dead: IntCounterVec,
    retries: IntCounterVec,
    leases_lost: IntCounterVec,
    figures_up: IntGauge,
    waiting: IntGaugeVec,
    running: IntGaugeVec,
    oldest: GaugeVec,
    delayed: IntGaugeVec,
    mails: IntGaugeVec,
}

impl Jobs {
    pub(super) fn new(families: &Families) -> Self {
        let lane = &["lane"];
        let jobs = Self {
            submitted: families.counters(
                "filittle_jobs_submitted_total",
                "Jobs that were accepted.",
                lane,
            ),
            taken: families.counters("filittle_jobs_taken_total", "Attempts that began.", lane),
            wait: families.histograms(
                "filittle_job_wait_seconds",
                "Time from when a job may be taken until its first attempt begins.",
                LONG,
                lane,
            ),
            take: families.histogram(
                "filittle_job_take_duration_seconds",
                "Time of a take, whether or not there was a job.",
                SHORT,
            ),
            finish: families.histogram(
                "filittle_job_finish_duration_seconds",
                "Time of writing the end of an attempt.",
                SHORT,
            ),
            ended: families.counters(
                "filittle_jobs_ended_total",
                "Jobs that ended, by their state.",
                &["state"],
            ),
            dead: families.counters(
                "filittle_dead_letters_total",
                "Jobs that were given up after their last attempt, by the code of the problem.",
                &["code"],
            ),
            retries: families.counters(
                "filittle_job_retries_total",
                "Jobs that went back into the queue, by the reason.",
                &["reason"],
            ),
            leases_lost: families.counters(
                "filittle_leases_lost_total",
                "Leases that were taken away while their holder lived.",
                &["holder"],
            ),
            figures_up: families.gauge(
                "filittle_queue_figures_up",
                "Whether the figures of the queue below could be read; 1 or 0.",
            ),
            waiting: families.gauges(
                "filittle_jobs_waiting",
                "Jobs that may be taken. Of the whole service.",
                lane,
            ),
            running: families.gauges(
                "filittle_jobs_running",
                "Jobs in work. Of the whole service.",
                lane,
            ),
            oldest: families.fractions(
                "filittle_oldest_waiting_job_seconds",
                "For how long the oldest job may be taken already. Of the whole service.",
                lane,
            ),
            delayed: families.gauges(
                "filittle_jobs_delayed",
                "Jobs that wait for their time. Of the whole service.",
                &[],
            ),
            mails: families.gauges(
                "filittle_mails_waiting",
                "Mails that are to go out, now or later. Of the whole service.",
                &[],
            ),
        };
        jobs.begin_at_zero();
        jobs
    }

    /// What is there from the start can be seen to grow.
    fn begin_at_zero(&self) {
        for lane in Lane::ALL {
            self.submitted.with_label_values(&[lane.name()]);
            self.taken.with_label_values(&[lane.name()]);
            self.wait.with_label_values(&[lane.name()]);
        }
        for state in ENDS {
            self.ended.with_label_values(&[state.name()]);
        }
        for kind in DEAD {
            self.dead.with_label_values(&[kind.code()]);
        }
        for reason in Retry::ALL {
            self.retries.with_label_values(&[reason.word()]);
        }
        for holder in Holder::ALL {
            self.leases_lost.with_label_values(&[holder.word()]);
        }
    }

    pub(crate) fn submitted(&self, lane: Lane) {
        self.submitted.with_label_values(&[lane.name()]).inc();
    }

    /// A take ended, with this many jobs.
    pub(crate) fn took(&self, lane: Lane, jobs: usize, began: Instant) {
        self.take.observe(seconds(began));
        self.taken
            .with_label_values(&[lane.name()])
            .inc_by(jobs as u64);
    }

    /// A job was taken for the first time.
    pub(crate) fn waited(&self, lane: Lane, time: Duration) {
        self.wait
            .with_label_values(&[lane.name()])
            .observe(time.as_secs_f64());
    }

    /// The end of an attempt was written.
    pub(crate) fn finished(&self, began: Instant) {
        self.finish.observe(seconds(began));
    }

    /// This is a job that has ended, or that went back for this reason.
    pub(crate) fn moved(&self, job: &Job, why: Option<Retry>) {
        let problem = job.error.as_ref().map(|problem| problem.kind);
        self.moved_to(job.state, problem, why);
    }

    /// The same, of a job that is in this state with this problem.
    pub(crate) fn moved_to(&self, state: State, problem: Option<Kind>, why: Option<Retry>) {
        if state.has_ended() {
            self.ended.with_label_values(&[state.name()]).inc();
            if let Some(kind) = problem.filter(|kind| DEAD.contains(kind)) {
                self.dead.with_label_values(&[kind.code()]).inc();
            }
        } else if let Some(why) = why {
            self.retries.with_label_values(&[why.word()]).inc();
        }
    }

    /// Somebody found that a lease is not theirs any more.
    pub fn lease_lost(&self, holder: Holder) {
        self.leases_lost.with_label_values(&[holder.word()]).inc();
    }

    /// Tells how the queue is; nothing when nobody knows.
    pub(crate) fn tell(&self, figures: Option<&Figures>) {
        self.figures_up.set(i64::from(figures.is_some()));
        let Some(figures) = figures else {
            self.forget();
            return;
        };
        for (lane, of) in Lane::ALL.iter().zip(figures.lanes) {
            let lane = &[lane.name()];
            self.waiting.with_label_values(lane).set(of.waiting);
            self.running.with_label_values(lane).set(of.running);
            self.oldest
                .with_label_values(lane)
                .set(of.oldest.as_secs_f64());
        }
        let alone: [&str; 0] = [];
        self.delayed.with_label_values(&alone).set(figures.delayed);
        self.mails.with_label_values(&alone).set(figures.mails);
    }

    /// An old figure would be taken for a new one.
    fn forget(&self) {
        for family in [&self.waiting, &self.running, &self.delayed, &self.mails] {
            family.reset();
        }
        self.oldest.reset();
    }
}

impl From<Released> for Retry {
    fn from(reason: Released) -> Self {
        match reason {
            Released::Shutdown => Self::Shutdown,
            Released::Environment => Self::Environment,
            Released::Crash => Self::Crash,
            Released::Forgotten => Self::Forgotten,
        }
    }
}

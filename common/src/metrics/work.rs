//! The pool of workers: its slots, its memory, and how long the work takes.

use std::time::Duration;

use filittle_steps::{OPS, Step};
use filittle_transform::PHASES;
use prometheus::{CounterVec, HistogramVec, IntCounter, IntGauge, Opts};

use super::families::{Families, LONG};

/// The operation of a job whose steps are of more than one.
const SEVERAL: &str = "several";

/// See the texts in `new`.
pub struct Work {
    duration: HistogramVec,
    phases: CounterVec,
    read: IntCounter,
    made: IntCounter,
    /// Places of the pool.
    pub slots: IntGauge,
    /// Those that are taken.
    pub slots_used: IntGauge,
    /// Bytes that all work together may have decoded.
    pub memory: IntGauge,
    /// Those that are taken.
    pub memory_used: IntGauge,
}

impl Work {
    pub(super) fn new(families: &Families) -> Self {
        let phases = Opts::new(
            "filittle_work_phase_seconds_total",
            "Time that attempts spent in each phase of the work.",
        );
        let work = Self {
            duration: families.histograms(
                "filittle_job_duration_seconds",
                "Time of an attempt, from the take until its end is written, by its step.",
                LONG,
                &["op"],
            ),
            phases: families.made(CounterVec::new(phases, &["phase"])),
            read: families.counter(
                "filittle_job_input_bytes_total",
                "Bytes of the inputs of jobs that were worked on to an end.",
            ),
            made: families.counter(
                "filittle_job_output_bytes_total",
                "Bytes of the outputs of jobs that ended.",
            ),
            slots: families.gauge("filittle_pool_slots", "Jobs that may be in work at a time."),
            slots_used: families.gauge(
                "filittle_pool_slots_used",
                "Slots in which a job is in work.",
            ),
            memory: families.gauge(
                "filittle_memory_budget_bytes",
                "Bytes that all work together may take, by an estimate.",
            ),
            memory_used: families.gauge(
                "filittle_memory_budget_used_bytes",
                "Bytes of the budget that are taken.",
            ),
        };
        for phase in PHASES.iter().filter(|phase| **phase != "done") {
            work.phases.with_label_values(&[*phase]);
        }
        for op in OPS {
            work.duration.with_label_values(&[op.name]);
        }
        work.duration.with_label_values(&[SEVERAL]);
        work
    }

    /// An attempt ended, after so long.
    pub fn ended(&self, steps: &[Step], time: Duration) {
        self.duration
            .with_label_values(&[op(steps)])
            .observe(time.as_secs_f64());
    }

    /// So long was spent in a phase, which is one of the monitor's words.
    pub fn spent(&self, phase: &'static str, time: Duration) {
        self.phases
            .with_label_values(&[phase])
            .inc_by(time.as_secs_f64());
    }

    /// So much was read and made.
    pub fn carried(&self, read: u64, made: u64) {
        self.read.inc_by(read);
        self.made.inc_by(made);
    }
}

/// What a job does, in one word.
pub fn op(steps: &[Step]) -> &'static str {
    let mut ops = steps.iter().map(Step::op);
    match ops.next() {
        Some(first) if ops.all(|op| op == first) => first,
        _ => SEVERAL,
    }
}

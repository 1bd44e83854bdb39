//! What is told of an attempt besides the log: its spans and its figures.

use std::time::{Duration, Instant, SystemTime};

use filittle_common::App;
use filittle_common::domain::Job;
use filittle_common::engine::Taken;
use filittle_common::metrics::op;
use filittle_common::trace::{Span, SpanKind};
use filittle_transform::{Entered, Monitor};

/// More spans of one attempt help nobody.
const MOST_SPANS: usize = 32;

/// One attempt.
pub(crate) struct Told {
    span: Span,
    /// The same moment by both clocks: spans go by that of the wall.
    began: (Instant, SystemTime),
}

impl Told {
    /// Begins with the take. What went before, the wait in the queue, is told here, too.
    pub(crate) fn begin(app: &App, taken: &Taken) -> Self {
        let job = &taken.job;
        let submit = taken.cause.trace.as_deref();
        let mut told = Self {
            span: app.traces.within(SpanKind::Consumer, "job attempt", submit),
            began: (Instant::now(), app.db.clock().now().into()),
        };
        if !app.traces.is_on() {
            return told;
        }
        let began = told.began.1;
        let due = SystemTime::from(job.due_at());
        if job.attempt == 1
            && let Ok(wait) = began.duration_since(due)
        {
            app.traces.past("job queued", submit, due, wait);
        }
        let span = &mut told.span;
        span.tell("messaging.system", "filittle");
        span.tell("messaging.operation.type", "process");
        span.tell("messaging.destination.name", taken.lane.name());
        span.tell("messaging.message.id", job.id.0);
        span.tell("filittle.job.attempt", i64::from(job.attempt));
        span.tell("filittle.job.op", op(&job.spec.steps));
        span.tell("filittle.job.steps", job.spec.steps.len() as u64);
        span.tell("filittle.job.inputs", job.spec.inputs.len() as u64);
        span.tell("filittle.job.input_bytes", input_bytes(job));
        told
    }

    /// Makes what the attempt causes part of its span.
    pub(crate) fn lead(&self, taken: &mut Taken) {
        if let Some(place) = self.span.place() {
            taken.cause.trace = Some(place.to_string());
        }
    }

    /// The work is done, well or not: each phase of it took its time.
    pub(crate) fn worked(&self, app: &App, monitor: &Monitor) {
        let (entered, now) = (monitor.entered(), Instant::now());
        let parent = self.span.place().map(|place| place.to_string());
        let ends = entered.iter().skip(1).map(|next| next.at).chain([now]);
        for (number, (&Entered { phase, at }, end)) in entered.iter().zip(ends).enumerate() {
            if phase == "done" {
                continue;
            }
            let time = end.saturating_duration_since(at);
            app.metrics().work.spent(phase, time);
            if number < MOST_SPANS {
                let from = self.began.1 + at.saturating_duration_since(self.began.0);
                app.traces.past(phase, parent.as_deref(), from, time);
            }
        }
    }

    /// The writing of the end begins, and goes on until this is dropped.
    pub(crate) fn finishing(app: &App, taken: &Taken) -> Span {
        let trace = taken.cause.trace.as_deref();
        app.traces.within(SpanKind::Internal, "finish", trace)
    }

    /// Nothing of it counts.
    pub(crate) fn lost(&mut self) {
        self.span.failed("lease_lost");
    }

    /// The end was written, if there is a job.
    pub(crate) fn ended(&mut self, app: &App, job: Option<&Job>, time: Duration) {
        let Some(job) = job else {
            return self.lost();
        };
        self.span.tell("filittle.job.state", job.state.name());
        if let Some(problem) = &job.error {
            self.span.failed(problem.kind.code());
        }
        if job.state.has_ended() {
            let made = job.outputs.iter().map(|output| output.size).sum();
            self.span.tell("filittle.job.output_bytes", made);
            app.metrics().work.carried(input_bytes(job), made);
        }
        app.metrics().work.ended(&job.spec.steps, time);
    }
}

fn input_bytes(job: &Job) -> u64 {
    job.spec.inputs.iter().map(|input| input.size).sum()
}

mod each;
mod gather;
mod item;

use std::collections::HashMap;

use filittle_steps::{Arity, Compress, Plan, Start, Step, Way};

use self::{
    gather::Archived,
    item::{Item, Report},
};
use crate::{
    Error, Input, ItemReport, Limits, Monitor, OutputMeta, Outputs,
    names::Names,
    spool::Spool,
    streams::{Budget, Metered, Source},
    value::{Body, Stream, Value, Work},
    watch::Watch,
    work::apply,
};

/// Works the steps off on the inputs, and tells how each ended.
///
/// An input that is bad or too large fails alone; its outputs are discarded. An archive holds the
/// inputs that did not fail, and is not made when all did.
///
/// # Errors
/// [`Error::Cancelled`], [`Error::Environment`] and [`Error::Broken`] end the whole run. Outputs that were finished
/// before stay with whoever made their sinks.
pub fn run(
    steps: &[Step],
    inputs: &mut [Input],
    outputs: &mut dyn Outputs,
    limits: &Limits,
    monitor: &Monitor,
) -> Result<Vec<ItemReport>, Error> {
    monitor.check()?;
    let plan = Plan::of(steps);
    let run = Run {
        steps,
        limits,
        monitor,
        turns: plan.targets.len() as u64,
        starts: starts(inputs),
        spool: Spool::new(limits),
        budget: Budget::new(limits.output_bytes),
    };
    let mut state = State::new(inputs.len());
    for target in &plan.targets {
        match gathering(&steps[target.step]) {
            None => run.each(target, inputs, &mut state, outputs)?,
            Some(step) => run.gather(target, step, inputs, &mut state, outputs)?,
        }
        state.turn += 1;
    }
    for (item, report) in state.reports.iter().enumerate() {
        if report.result.is_err() && report.is_delivered {
            outputs.discard(Some(item))?;
        }
    }
    let mut reports = state.reports.iter();
    if !state.reports.is_empty() && reports.all(|report| report.result.is_err()) {
        outputs.discard(None)?;
    }
    monitor.finish();
    Ok(state.reports.into_iter().map(Report::into_public).collect())
}

fn gathering(step: &Step) -> Option<&Compress> {
    match step {
        Step::Compress(compress) if step.arity() == Arity::Gather => Some(compress),
        _ => None,
    }
}

/// Bytes of the inputs before each, and of all at the end.
fn starts(inputs: &[Input]) -> Vec<u64> {
    let sums = inputs.iter().scan(0, |sum: &mut u64, input| {
        *sum = sum.saturating_add(input.size);
        Some(*sum)
    });
    std::iter::once(0).chain(sums).collect()
}

/// What does not change during a run.
struct Run<'a> {
    steps: &'a [Step],
    limits: &'a Limits,
    monitor: &'a Monitor,
    /// How many targets there are: each has an even part of the progress.
    turns: u64,
    /// Bytes of the inputs before each, and of all.
    starts: Vec<u64>,
    spool: std::rc::Rc<Spool>,
    budget: Budget,
}

/// How far a run is.
struct State {
    turn: u64,
    reports: Vec<Report>,
    names: Names,
    /// By the step that made it; nothing when all that should go into it has failed.
    made: HashMap<usize, Archived>,
}

impl State {
    fn new(inputs: usize) -> Self {
        Self {
            turn: 0,
            reports: (0..inputs).map(|_| Report::default()).collect(),
            names: Names::default(),
            made: HashMap::new(),
        }
    }

    /// What all inputs go into has failed: it fails each of them that had not failed on its own.
    /// An error that is of no input ends the run.
    fn sink(&mut self, error: Error) -> Result<(), Error> {
        let unharmed = self
            .reports
            .iter_mut()
            .filter(|report| report.result.is_ok());
        for report in unharmed {
            match error.again() {
                Some(again) => report.result = Err(again),
                None => return Err(error),
            }
        }
        Ok(())
    }
}

impl<'a> Run<'a> {
    /// The part of an input's way to the end that belongs to this turn.
    fn item(&'a self, state: &State, inputs: &[Input], index: usize) -> Item<'a> {
        let before = self.starts[index];
        let all = self.starts[inputs.len()];
        let start = all / self.turns * state.turn + before / self.turns;
        Item::new(self, start, inputs[index].size / self.turns)
    }

    /// Work on what belongs to no single input.
    fn work(&'a self) -> Work<'a> {
        Work {
            limits: self.limits,
            spool: &self.spool,
            watch: Watch::new(self.limits, self.monitor, 0, 0),
        }
    }

    /// An input on its way, as far as that can be done before its bytes are wanted. `stretch` is the
    /// number of steps that were done for the item in this turn, and that there are.
    fn prepare(
        &self,
        way: &Way,
        input: &mut Input,
        item: &Item<'_>,
        (done, count): (usize, usize),
    ) -> Result<Value, Error> {
        let watch = &item.work.watch;
        watch.check()?;
        let len = Some(input.size);
        let source = Source::open(input, item.begin(), std::rc::Rc::clone(watch))?;
        let body = Body::Stream(Stream {
            reader: Box::new(source),
            len,
            media_type: None,
        });
        let mut value = Value {
            name: input.name.clone(),
            body,
        };
        for (at, &step) in way.steps.iter().enumerate() {
            watch.step(done + at, count);
            value = apply(&self.steps[step], value, &item.work)?;
        }
        // What is left to do belongs to the last step.
        watch.step((done + way.steps.len()).min(count - 1), count);
        Ok(value)
    }

    /// What a gathering step made, on its way.
    fn go_on(&self, way: &Way, made: &Archived, work: &Work<'_>) -> Result<Value, Error> {
        let start = made.value()?;
        way.steps
            .iter()
            .try_fold(start, |value, &step| apply(&self.steps[step], value, work))
    }

    fn deliver(
        &self,
        value: Value,
        (step, item): (usize, Option<usize>),
        names: &mut Names,
        outputs: &mut dyn Outputs,
        work: &Work<'_>,
    ) -> Result<(), Error> {
        let name = names.claim(&value.name);
        let meta = OutputMeta {
            name: name.clone(),
            media_type: value
                .body
                .media_type()
                .unwrap_or("application/octet-stream"),
            pixels: value.body.pixels(),
            item,
            step,
        };
        let written = self.write(value.body, meta, outputs, work);
        if written.is_err() {
            names.release(&name);
        }
        written
    }

    fn write(
        &self,
        body: Body,
        meta: OutputMeta,
        outputs: &mut dyn Outputs,
        work: &Work<'_>,
    ) -> Result<(), Error> {
        let sink = outputs.create(meta)?;
        let mut out = Metered::new(sink, &self.budget, std::rc::Rc::clone(&work.watch));
        body.write(&mut out, work)?;
        let (sink, written) = out.into_parts();
        sink.finish()?;
        self.budget.keep(written);
        Ok(())
    }
}

/// What a way begins at, when it begins at what was made before.
fn made_before(way: &Way) -> Option<usize> {
    match way.start {
        Start::Made(step) => Some(step),
        Start::Inputs | Start::Input(_) => None,
    }
}

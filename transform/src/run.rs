mod batch;
mod each;
mod gather;
mod item;
mod walk;

use std::{cell::Cell, collections::HashMap, rc::Rc};

use filittle_steps::{Arity, Compress, Plan, Start, Step, Way};

use self::{
    gather::Archived,
    item::{Item, Report},
};
use crate::{
    Error, Input, ItemReport, Limits, Monitor, OutputMeta, Outputs,
    names::Names,
    notes::shown,
    spool::Spool,
    streams::{Budget, Metered},
    value::{Body, Value, Work},
    watch::Watch,
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
        delivered: Cell::new(0),
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
        *sum = sum.saturating_add(input.size.unwrap_or(0));
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
    /// Outputs so far.
    delivered: Cell<usize>,
    spool: Rc<Spool>,
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
        let bytes = inputs[index].size.unwrap_or(0) / self.turns;
        Item::new(self, start, bytes, &state.reports[index])
    }

    /// Work on what belongs to no single input.
    fn work(&'a self) -> Work<'a> {
        Work {
            limits: self.limits,
            spool: &self.spool,
            watch: Watch::new(self.limits, self.monitor, 0, 0),
            notes: Rc::default(),
            expansion: Rc::default(),
            memory: Rc::default(),
            admit: None,
        }
    }

    /// Writes an output.
    fn deliver(
        &self,
        value: Value,
        of: (usize, Option<usize>),
        names: &mut Names,
        outputs: &mut dyn Outputs,
        work: &Work<'_>,
    ) -> Result<(), Error> {
        let most = self.limits.outputs;
        if self.delivered.get() >= most {
            let detail = format!("there are more than {most} outputs");
            return Err(Error::large("too-many-outputs", detail));
        }
        let before = names.mark();
        let delivered = self.deliver_as(names, value, of, outputs, work);
        match delivered {
            Ok(()) => self.delivered.set(self.delivered.get() + 1),
            Err(_) => names.go_back(before),
        }
        delivered
    }

    fn deliver_as(
        &self,
        names: &mut Names,
        value: Value,
        (step, item): (usize, Option<usize>),
        outputs: &mut dyn Outputs,
        work: &Work<'_>,
    ) -> Result<(), Error> {
        let (body, media_type) = value.body.known()?;
        let name = names.claim_path(&value.name);
        self.limits.admit_names(names)?;
        if name != value.name {
            let note = format!("{} is called {}", shown(&value.name), shown(&name));
            work.notes.add(note);
        }
        let meta = OutputMeta {
            name,
            media_type,
            pixels: body.pixels(),
            attributes: value.attributes,
            item,
            step,
        };
        self.write(body, meta, outputs, work)
    }

    fn write(
        &self,
        body: Body,
        meta: OutputMeta,
        outputs: &mut dyn Outputs,
        work: &Work<'_>,
    ) -> Result<(), Error> {
        let sink = outputs.create(meta)?;
        let mut out = Metered::new(sink, &self.budget, Rc::clone(&work.watch));
        body.write(&mut out, work)?;
        let (sink, written) = out.into_parts();
        sink.finish()?;
        self.budget.keep(written);
        Ok(())
    }
}

impl Run<'_> {
    /// Whether several files may come out of one on this way.
    fn spreads(&self, way: &Way) -> bool {
        let mut steps = way.steps.iter().map(|step| &self.steps[*step]);
        steps.any(|step| step.arity() == Arity::Spread)
    }
}

/// What a way begins at, when it begins at what was made before.
fn made_before(way: &Way) -> Option<usize> {
    match way.start {
        Start::Made(step) => Some(step),
        Start::Inputs | Start::Input(_) => None,
    }
}

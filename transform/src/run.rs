use std::{
    cell::Cell,
    io::{self, Write},
    rc::Rc,
};

use filittle_steps::{Arity, Compress, Step};

use crate::{
    Error, Input, ItemReport, Limits, Monitor, OutputMeta, Outputs,
    names::Names,
    spool::{Spool, Spooled},
    streams::{Budget, Metered, Source, TRUNCATED_INPUT},
    value::{Body, Stream, Value, Work},
    watch::Watch,
    work::{
        apply,
        archive::{self, Archive, Member},
    },
};

/// Works the steps off on the inputs, one after the other, and tells how each ended.
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
    let run = Run {
        steps,
        limits,
        monitor,
        spool: Spool::new(limits),
        budget: Budget::new(limits.output_bytes),
    };
    monitor.check()?;
    let gather = steps
        .iter()
        .enumerate()
        .find_map(|(index, step)| match step {
            Step::Compress(compress) if step.arity() == Arity::Gather => Some((index, compress)),
            _ => None,
        });
    let reports = match gather {
        None => run.each(inputs, outputs)?,
        Some((index, step)) => run.gather(index, step, inputs, outputs)?,
    };
    monitor.finish();
    Ok(reports)
}

struct Run<'a> {
    steps: &'a [Step],
    limits: &'a Limits,
    monitor: &'a Monitor,
    spool: Rc<Spool>,
    budget: Budget,
}

/// One input being worked on.
struct Item<'a> {
    work: Work<'a>,
    read: Rc<Cell<u64>>,
}

impl<'a> Run<'a> {
    fn item(&'a self, start: u64, input: &Input) -> Item<'a> {
        let watch = Watch::new(self.limits, self.monitor, start, input.size);
        let work = Work {
            limits: self.limits,
            spool: &self.spool,
            watch,
        };
        Item {
            work,
            read: Rc::default(),
        }
    }

    /// Every input to an output of its own.
    fn each(
        &self,
        inputs: &mut [Input],
        outputs: &mut dyn Outputs,
    ) -> Result<Vec<ItemReport>, Error> {
        let mut reports = Vec::with_capacity(inputs.len());
        let (mut names, mut start) = (Names::default(), 0);
        for (index, input) in inputs.iter_mut().enumerate() {
            let item = self.item(start, input);
            let result = self.prepare(self.steps, input, &item).and_then(|value| {
                self.deliver(value, Some(index), &mut names, outputs, &item.work)
            });
            reports.push(item.report(result)?);
            start += input.size;
        }
        Ok(reports)
    }

    /// An input through `steps`, as far as that can be done before its bytes are wanted.
    fn prepare(&self, steps: &[Step], input: &mut Input, item: &Item<'_>) -> Result<Value, Error> {
        item.work.watch.check()?;
        let len = Some(input.size);
        let source = Source::open(input, Rc::clone(&item.read), Rc::clone(&item.work.watch))?;
        let body = Body::Stream(Stream {
            reader: Box::new(source),
            len,
            media_type: None,
        });
        let mut value = Value {
            name: input.name.clone(),
            body,
        };
        for (index, step) in steps.iter().enumerate() {
            item.work.watch.step(index, self.steps.len());
            value = apply(step, value, &item.work)?;
        }
        // What is left to do belongs to the last step.
        item.work.watch.step(self.steps.len() - 1, self.steps.len());
        Ok(value)
    }

    fn deliver(
        &self,
        value: Value,
        item: Option<usize>,
        names: &mut Names,
        outputs: &mut dyn Outputs,
        work: &Work<'_>,
    ) -> Result<(), Error> {
        let meta = OutputMeta {
            name: names.claim(&value.name),
            media_type: value
                .body
                .media_type()
                .unwrap_or("application/octet-stream"),
            item,
            step: self.steps.len() - 1,
        };
        let sink = outputs.create(meta)?;
        let mut out = Metered::new(sink, &self.budget, Rc::clone(&work.watch));
        value.body.write(&mut out, work)?;
        let (sink, written) = out.into_parts();
        sink.finish()?;
        self.budget.keep(written);
        Ok(())
    }

    /// All inputs into one archive, and that through the steps that follow.
    fn gather(
        &self,
        at: usize,
        step: &Compress,
        inputs: &mut [Input],
        outputs: &mut dyn Outputs,
    ) -> Result<Vec<ItemReport>, Error> {
        let all = Watch::new(self.limits, self.monitor, 0, 0);
        if at + 1 < self.steps.len() {
            let file = self.spool.create();
            let (reports, file) = self.fill(at, step, inputs, || Ok((file, Rc::default())))?;
            return match file {
                Some(file) => self.go_on(at, step, file, reports, outputs),
                None => Ok(reports),
            };
        }
        let budget = &self.budget;
        let create = move || {
            let name = archive::name(step);
            let meta = OutputMeta {
                name,
                media_type: archive::MEDIA_TYPE,
                item: None,
                step: at,
            };
            let out = Metered::new(outputs.create(meta)?, budget, all);
            let switch = out.abandon_switch();
            Ok((out, switch))
        };
        let (reports, out) = self.fill(at, step, inputs, create)?;
        if let Some(out) = out {
            out.into_parts().0.finish()?;
        }
        Ok(reports)
    }

    /// The archive and how each input ended; no archive when all failed. `create` gives what to
    /// write to, once there is something to write.
    fn fill<W: Write>(
        &self,
        at: usize,
        step: &Compress,
        inputs: &mut [Input],
        create: impl FnOnce() -> Result<(W, Rc<Cell<bool>>), Error>,
    ) -> Result<(Vec<ItemReport>, Option<W>), Error> {
        let mut reports = Vec::with_capacity(inputs.len());
        let (mut create, mut archive, mut start) = (Some(create), None, 0);
        for input in inputs.iter_mut() {
            let item = self.item(start, input);
            start += input.size;
            let member = self
                .prepare(&self.steps[..at], input, &item)
                .and_then(Member::new);
            let member = match member {
                Ok(member) => member,
                Err(error) => {
                    reports.push(item.report(Err(error))?);
                    continue;
                }
            };
            if let Some(create) = create.take() {
                let (out, switch) = create()?;
                archive = Some(Archive::new(out, step, switch));
            }
            let Some(archive) = &mut archive else {
                continue;
            };
            if let Err(error) = archive.add(member, &item.work) {
                return Ok((sunk(reports, inputs.len(), ended_early(error))?, None));
            }
            reports.push(item.report(Ok(()))?);
        }
        match archive.map(Archive::finish).transpose() {
            Ok(out) => Ok((reports, out)),
            Err(error) => Ok((sunk(reports, inputs.len(), error)?, None)),
        }
    }

    /// The archive, as one value, through the steps after the one that made it.
    fn go_on(
        &self,
        at: usize,
        step: &Compress,
        file: Spooled,
        reports: Vec<ItemReport>,
        outputs: &mut dyn Outputs,
    ) -> Result<Vec<ItemReport>, Error> {
        let watch = Watch::new(self.limits, self.monitor, 0, 0);
        let work = Work {
            limits: self.limits,
            spool: &self.spool,
            watch,
        };
        let value = archive::value(step, file)?;
        let result = self.steps[at + 1..]
            .iter()
            .try_fold(value, |value, step| apply(step, value, &work))
            .and_then(|value| self.deliver(value, None, &mut Names::default(), outputs, &work));
        match result {
            Ok(()) => Ok(reports),
            Err(error) => {
                let count = reports.len();
                sunk(reports, count, error)
            }
        }
    }
}

impl Item<'_> {
    /// How the input ended; an error that is not its own ends the run.
    fn report(&self, result: Result<(), Error>) -> Result<ItemReport, Error> {
        match result {
            Err(error) if !error.is_of_the_input() => Err(error),
            result => {
                self.work.watch.end();
                Ok(ItemReport {
                    result,
                    bytes_in: self.read.get(),
                })
            }
        }
    }
}

/// Reports when what all inputs go into has failed: it fails each of them that had not failed on
/// its own. An error that is of no input ends the run.
fn sunk(
    mut reports: Vec<ItemReport>,
    count: usize,
    error: Error,
) -> Result<Vec<ItemReport>, Error> {
    while reports.len() < count {
        reports.push(ItemReport {
            result: Ok(()),
            bytes_in: 0,
        });
    }
    for report in reports.iter_mut().filter(|report| report.result.is_ok()) {
        match error.again() {
            Some(again) => report.result = Err(again),
            None => return Err(error),
        }
    }
    Ok(reports)
}

/// An input that ends early when a part of it is in the archive already has broken its promise
/// about its size: that is the environment's.
fn ended_early(error: Error) -> Error {
    match error {
        Error::BadInput {
            code: TRUNCATED_INPUT,
            detail,
        } => Error::Environment(io::Error::new(io::ErrorKind::UnexpectedEof, detail)),
        error => error,
    }
}

//! Archives of all that comes to one step.

use std::{
    cell::RefCell,
    io::{self, Read, Write},
    rc::Rc,
};

use filittle_pack::Attributes;
use filittle_steps::{Compress, Target, Way};

use super::{Run, State, batch::Batch, made_before, walk::Stretch};
use crate::{
    Error, Input, OutputMeta, Outputs,
    names::Names,
    spool::Spooled,
    streams::{Metered, TRUNCATED_INPUT},
    value::{Body, Stream, Value, Work},
    work::archive::{self, Archive, Member},
};

/// An archive that later steps work on.
pub(super) struct Archived {
    name: String,
    media_type: &'static str,
    file: Rc<RefCell<Spooled>>,
}

/// Reads it from its first byte. One reads at a time.
struct Reader(Rc<RefCell<Spooled>>);

impl Archived {
    /// Its bytes.
    pub(super) fn len(&self) -> u64 {
        self.file.borrow().len()
    }

    pub(super) fn value(&self) -> Result<Value, Error> {
        self.file.borrow_mut().start_over()?;
        let stream = Stream {
            len: Some(self.len()),
            reader: Box::new(Reader(Rc::clone(&self.file))),
            media_type: Some(self.media_type),
        };
        Ok(Value {
            name: self.name.clone(),
            attributes: Attributes::default(),
            body: Body::Stream(stream),
        })
    }
}

impl Read for Reader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.borrow_mut().read(buffer)
    }
}

impl Run<'_> {
    /// All that comes to this step into one archive: an output, or what later steps work on.
    pub(super) fn gather(
        &self,
        target: &Target,
        step: &Compress,
        inputs: &mut [Input],
        state: &mut State,
        outputs: &mut dyn Outputs,
    ) -> Result<(), Error> {
        let name = archive::name(step);
        if !target.is_result {
            let file = self.spool.create();
            let file = self.fill(target, step, inputs, state, || Ok(file))?;
            if let Some(file) = file {
                let made = Archived {
                    name,
                    media_type: archive::media_type(step),
                    file: Rc::new(RefCell::new(file)),
                };
                state.made.insert(target.step, made);
            }
            return Ok(());
        }
        let meta = OutputMeta {
            name: state.names.claim(&name),
            media_type: archive::media_type(step),
            pixels: None,
            attributes: Attributes::default(),
            item: None,
            step: target.step,
        };
        let (budget, watch) = (&self.budget, self.work().watch);
        let create = || Ok(Metered::new(outputs.create(meta)?, budget, watch));
        if let Some(out) = self.fill(target, step, inputs, state, create)? {
            let (sink, written) = out.into_parts();
            sink.finish()?;
            budget.keep(written);
        }
        Ok(())
    }

    /// The archive; nothing when nothing came, or when it failed. `create` gives what to write to,
    /// once there is something to write.
    fn fill<W: Write>(
        &self,
        target: &Target,
        step: &Compress,
        inputs: &mut [Input],
        state: &mut State,
        create: impl FnOnce() -> Result<W, Error>,
    ) -> Result<Option<W>, Error> {
        let mut filling = Filling {
            step,
            create: Some(create),
            archive: None,
        };
        let mut names = Names::default();
        for index in 0..inputs.len() {
            let ways: Vec<&Way> = target.ways.iter().filter(|way| way.is_of(index)).collect();
            if ways.is_empty() || state.reports[index].result.is_err() {
                continue;
            }
            let item = self.item(state, inputs, index);
            // The steps of its ways, and the archive.
            let count = ways.iter().map(|way| way.steps.len()).sum::<usize>() + 1;
            let (mut done, mut result) = (0, Ok(()));
            for way in ways {
                let stretch = Stretch { done, count };
                let input = &mut inputs[index];
                let mut broken = None;
                let mut add = |value, work: &Work<'_>| {
                    let member = Member::new(value, work)?;
                    if let Err(error) = filling.add(member, work)? {
                        broken = Some(error);
                        return Err(Error::Broken("the archive is of no use".to_owned()));
                    }
                    Ok(())
                };
                result = if self.spreads(way) {
                    // What is in there goes into the archive when all of it is good.
                    let mut batch = Batch::new(&item.work);
                    let ended = self.go(way, input, &item, stretch, &mut |value, work| {
                        batch.add(value, work)
                    });
                    let claimed = ended.and_then(|()| batch.claim(&mut names, &item.work));
                    claimed.and_then(|()| batch.values()?.try_for_each(|it| add(it, &item.work)))
                } else {
                    self.go(way, input, &item, stretch, &mut |mut value, work| {
                        value.name = archive::claim(&mut names, &value.name, work)?;
                        add(value, work)
                    })
                };
                if let Some(error) = broken {
                    state.sink(ended_early(error))?;
                    return Ok(None);
                }
                if result.is_err() {
                    break;
                }
                done += way.steps.len();
            }
            item.note(result, &mut state.reports[index])?;
        }
        for way in &target.ways {
            let Some(made) = made_before(way).and_then(|step| state.made.get(&step)) else {
                continue;
            };
            let work = self.work();
            let added = self.go_on(way, made, &work, &mut |mut value, work| {
                value.name = archive::claim(&mut names, &value.name, work)?;
                filling.add(Member::new(value, work)?, work)?
            });
            if let Err(error) = added {
                state.sink(error)?;
                return Ok(None);
            }
        }
        match filling.archive.map(Archive::finish).transpose() {
            Ok(out) => Ok(out),
            Err(error) => {
                state.sink(error)?;
                Ok(None)
            }
        }
    }
}

/// An archive that is created with its first member.
struct Filling<'s, W: Write, C> {
    step: &'s Compress,
    create: Option<C>,
    archive: Option<Archive<W>>,
}

impl<W: Write, C: FnOnce() -> Result<W, Error>> Filling<'_, W, C> {
    /// The outer error ends the run, the inner one the archive.
    fn add(&mut self, member: Member, work: &Work<'_>) -> Result<Result<(), Error>, Error> {
        if let Some(create) = self.create.take() {
            self.archive = Some(Archive::new(create()?, self.step, work)?);
        }
        Ok(match &mut self.archive {
            Some(archive) => archive.add(member, work),
            None => Ok(()),
        })
    }
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

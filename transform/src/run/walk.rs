//! A file on its way through the steps, and what becomes of it on the way.

use std::rc::Rc;

use filittle_steps::{Step, Way};

use super::{Run, gather::Archived, item::Item};
use crate::{
    Error, Input, PictureHeader,
    memory::{memory_needed, memory_of},
    streams::Source,
    value::{Body, Stream, Value, Work},
    work::{apply, decompress},
};

/// Takes what comes out at the end of a way: one file, or many where a step spreads.
pub(super) type Take<'t> = &'t mut dyn FnMut(Value, &Work<'_>) -> Result<(), Error>;

/// How many steps are done for an input in this turn, and how many there are.
#[derive(Clone, Copy)]
pub(super) struct Stretch {
    pub done: usize,
    pub count: usize,
}

impl Run<'_> {
    /// An input on its way, as far as that can be done before its bytes are wanted.
    pub(super) fn go(
        &self,
        way: &Way,
        input: &mut Input,
        item: &Item<'_>,
        stretch: Stretch,
        take: Take<'_>,
    ) -> Result<(), Error> {
        let watch = &item.work.watch;
        watch.check()?;
        let source = Source::open(input, item.begin(), Rc::clone(watch))?;
        let value = Value {
            name: input.name.clone(),
            attributes: input.attributes,
            body: Body::Stream(Stream {
                reader: Box::new(source),
                len: input.size,
                media_type: None,
            }),
        };
        let size = input.size.unwrap_or(u64::MAX);
        let work = item.work.beginning(size, self.memory(size));
        self.walk(&way.steps, value, &work, Some(stretch), take)
    }

    /// What a gathering step made, on its way.
    pub(super) fn go_on(
        &self,
        way: &Way,
        made: &Archived,
        work: &Work<'_>,
        take: Take<'_>,
    ) -> Result<(), Error> {
        let work = work.beginning(made.len(), self.memory(made.len()));
        self.walk(&way.steps, made.value()?, &work, None, take)
    }

    /// What was admitted before, of what was known then.
    fn memory(&self, size: u64) -> u64 {
        memory_needed(self.steps, None, size, self.limits)
    }

    fn walk(
        &self,
        steps: &[usize],
        value: Value,
        work: &Work<'_>,
        stretch: Option<Stretch>,
        take: Take<'_>,
    ) -> Result<(), Error> {
        if let Some(Stretch { done, count }) = stretch {
            // What is left to do after the last step belongs to it.
            work.watch.step(done.min(count - 1), count);
        }
        let Some((&step, rest)) = steps.split_first() else {
            return take(value, work);
        };
        let next = stretch.map(|it| Stretch {
            done: it.done + 1,
            ..it
        });
        let Step::Decompress(unpacking) = &self.steps[step] else {
            let value = apply(&self.steps[step], value, work)?;
            return self.walk(rest, value, work, next, take);
        };
        // Nobody could know of the pictures that are in there.
        let of_rest = || rest.iter().map(|step| &self.steps[*step]);
        let admit = |header: &PictureHeader, size| {
            let bytes = memory_of(of_rest(), Some(header), size, self.limits);
            // In part it is known of all that is unpacked.
            let known = memory_of(of_rest(), None, u64::MAX, self.limits);
            work.memory
                .wait_for(bytes.saturating_sub(known), self.limits)
        };
        let inner = Work {
            admit: Some(&admit),
            ..work.clone()
        };
        decompress::each(unpacking, value, &inner, &mut |value| {
            self.walk(rest, value, &inner, next, take)
        })
    }
}

//! One input being worked on, and how it ends.

use std::{cell::Cell, rc::Rc};

use super::Run;
use crate::{Error, ItemReport, notes::Notes, value::Work, watch::Watch};

/// One input in one turn.
pub(super) struct Item<'a> {
    pub(super) work: Work<'a>,
    read: Rc<Cell<u64>>,
}

/// How an input did so far.
pub(super) struct Report {
    pub(super) result: Result<(), Error>,
    /// Whether there are outputs of it.
    pub(super) is_delivered: bool,
    bytes_in: u64,
    notes: Rc<Notes>,
}

impl<'a> Item<'a> {
    pub(super) fn new(run: &'a Run<'_>, start: u64, bytes: u64, report: &Report) -> Self {
        let watch = Watch::new(run.limits, run.monitor, start, bytes);
        let work = Work {
            limits: run.limits,
            spool: &run.spool,
            watch,
            notes: Rc::clone(&report.notes),
            expansion: Rc::default(),
            memory: Rc::default(),
            admit: None,
        };
        Self {
            work,
            read: Rc::default(),
        }
    }

    /// It is read from its first byte; answers what counts its bytes.
    pub(super) fn begin(&self) -> Rc<Cell<u64>> {
        self.read.set(0);
        Rc::clone(&self.read)
    }

    /// Notes how it did; an error that is not its own ends the run.
    pub(super) fn note(self, result: Result<(), Error>, report: &mut Report) -> Result<(), Error> {
        report.bytes_in = report.bytes_in.max(self.read.get());
        match result {
            Err(error) if !error.is_of_the_input() => return Err(error),
            Err(error) => report.result = Err(error),
            Ok(()) => {}
        }
        self.work.watch.end();
        Ok(())
    }
}

impl Default for Report {
    fn default() -> Self {
        Self {
            result: Ok(()),
            is_delivered: false,
            bytes_in: 0,
            notes: Rc::default(),
        }
    }
}

impl Report {
    pub(super) fn into_public(self) -> ItemReport {
        ItemReport {
            result: self.result,
            bytes_in: self.bytes_in,
            notes: self.notes.take(),
        }
    }
}

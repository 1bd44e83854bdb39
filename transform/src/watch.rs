//! One item's view of the monitor: checks, and progress within its share of the bytes.

use std::{cell::Cell, rc::Rc, time::Instant};

use crate::{Error, Limits, Monitor, monitor::Phase};

/// Checks and progress of one item. Its bytes are split evenly over its steps; within a step
/// progress is a fraction of a window from what was reached to where the step ends.
#[derive(Debug)]
pub(crate) struct Watch {
    monitor: Monitor,
    deadline: Option<Instant>,
    start: u64,
    bytes: u64,
    from: Cell<u64>,
    to: Cell<u64>,
    reached: Cell<u64>,
}

impl Watch {
    /// For the item whose `bytes` come after `start` bytes of items before it.
    pub(crate) fn new(limits: &Limits, monitor: &Monitor, start: u64, bytes: u64) -> Rc<Self> {
        Rc::new(Self {
            monitor: monitor.clone(),
            deadline: limits.deadline,
            start,
            bytes,
            from: Cell::new(0),
            to: Cell::new(bytes),
            reached: Cell::new(0),
        })
    }

    /// An error once the run is cancelled or over its time. Called for each row or block.
    pub(crate) fn check(&self) -> Result<(), Error> {
        self.monitor.check()?;
        match self.deadline {
            Some(deadline) if Instant::now() >= deadline => Err(Error::large(
                "deadline-exceeded",
                "the work took longer than allowed",
            )),
            _ => Ok(()),
        }
    }

    pub(crate) fn enter(&self, phase: Phase) {
        self.monitor.enter(phase);
    }

    /// What follows is step `index` (from 0) of `count`; its progress ends where its part ends.
    pub(crate) fn step(&self, index: usize, count: usize) {
        self.go_on();
        self.to
            .set(part(self.bytes, index as u64 + 1, count as u64));
    }

    /// What follows begins where progress is now, and ends where the current step does.
    pub(crate) fn go_on(&self) {
        self.from.set(self.reached.get());
    }

    /// `work` goes from where progress is now through an eighth of what is left of the step: it
    /// takes little of the time, as reading a file does that is then decoded.
    pub(crate) fn briefly<T>(&self, work: impl FnOnce() -> T) -> T {
        self.go_on();
        let (from, end) = (self.from.get(), self.to.get());
        self.to.set(from + part(end.saturating_sub(from), 1, 8));
        let made = work();
        self.to.set(end);
        self.go_on();
        made
    }

    /// Of what the current step does, `done` of `total` is done.
    pub(crate) fn advance(&self, done: u64, total: u64) {
        let (from, to) = (self.from.get(), self.to.get());
        let reached = from + part(to.saturating_sub(from), done.min(total), total);
        self.reached.set(self.reached.get().max(reached));
        self.monitor.reach(self.start + self.reached.get());
    }

    /// The item has ended, well or not.
    pub(crate) fn end(&self) {
        self.monitor.reach(self.start + self.bytes);
    }
}

/// `whole · done / total` without overflow; the whole when there is nothing to do.
fn part(whole: u64, done: u64, total: u64) -> u64 {
    if total == 0 {
        return whole;
    }
    let part = u128::from(whole) * u128::from(done) / u128::from(total);
    u64::try_from(part).unwrap_or(whole)
}

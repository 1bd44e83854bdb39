use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering},
    },
    time::Instant,
};

use crate::Error;

/// Watches and cancels a run from another thread. Clones share one state.
#[derive(Clone, Debug)]
pub struct Monitor(Arc<State>);

#[derive(Debug)]
struct State {
    cancelled: AtomicBool,
    done: AtomicU64,
    total: u64,
    phase: AtomicU8,
    entered: Mutex<Vec<Entered>>,
}

/// When a phase of a run began.
#[derive(Clone, Copy, Debug)]
pub struct Entered {
    /// As [`Progress`] has it.
    pub phase: &'static str,
    /// It went on until the next one began.
    pub at: Instant,
}

/// More changes of phase are not remembered: a run of many inputs goes through the same ones again.
#[cfg(feature = "codecs")]
const REMEMBERED: usize = 256;

/// How far a run is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Bytes of input worked off. Never goes back; is `total` when the run is over.
    pub done: u64,
    /// Bytes of all inputs.
    pub total: u64,
    /// Always `bytes`.
    pub unit: &'static str,
    /// What is being done now: `waiting`, `decoding`, `resizing`, `dithering`, `encoding`,
    /// `compressing`, `decompressing` or `done`.
    pub phase: &'static str,
}

impl Progress {
    /// Progress that was told elsewhere; none when `phase` is no phase.
    pub fn told(done: u64, total: u64, phase: &str) -> Option<Self> {
        let phase = PHASES.into_iter().find(|known| *known == phase)?;
        Some(Self {
            done: done.min(total),
            total,
            unit: "bytes",
            phase,
        })
    }
}

/// What is being done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(
    not(feature = "codecs"),
    expect(dead_code, reason = "only codecs go through phases")
)]
pub(crate) enum Phase {
    Waiting,
    Decoding,
    Resizing,
    Dithering,
    Encoding,
    Compressing,
    Decompressing,
    Done,
}

/// The words of [`Progress::phase`].
pub const PHASES: [&str; 8] = [
    "waiting",
    "decoding",
    "resizing",
    "dithering",
    "encoding",
    "compressing",
    "decompressing",
    "done",
];

impl Monitor {
    /// A monitor for inputs of `total` bytes together.
    pub fn new(total: u64) -> Self {
        Self(Arc::new(State {
            cancelled: AtomicBool::new(false),
            done: AtomicU64::new(0),
            total,
            phase: AtomicU8::new(Phase::Waiting as u8),
            entered: Mutex::new(vec![Entered {
                phase: PHASES[Phase::Waiting as usize],
                at: Instant::now(),
            }]),
        }))
    }

    /// Asks the run to end at its next row or block.
    pub fn cancel(&self) {
        self.0.cancelled.store(true, Ordering::Relaxed);
    }

    /// Whether [`cancel`](Self::cancel) was called.
    pub fn is_cancelled(&self) -> bool {
        self.0.cancelled.load(Ordering::Relaxed)
    }

    /// An error once the run is cancelled.
    pub fn check(&self) -> Result<(), Error> {
        if self.is_cancelled() {
            Err(Error::Cancelled)
        } else {
            Ok(())
        }
    }

    /// The phases that the run has gone through, in their order; of a long run the first ones.
    pub fn entered(&self) -> Vec<Entered> {
        let entered = self.0.entered.lock();
        entered.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// How far the run is now.
    pub fn snapshot(&self) -> Progress {
        let phase = usize::from(self.0.phase.load(Ordering::Relaxed));
        Progress {
            done: self.0.done.load(Ordering::Relaxed),
            total: self.0.total,
            unit: "bytes",
            phase: PHASES[phase.min(PHASES.len() - 1)],
        }
    }
}

#[cfg(feature = "codecs")]
impl Monitor {
    pub(crate) fn enter(&self, phase: Phase) {
        let before = self.0.phase.swap(phase as u8, Ordering::Relaxed);
        if before == phase as u8 {
            return;
        }
        let mut entered = self.0.entered.lock();
        let entered = entered.as_mut().unwrap_or_else(|held| held.get_mut());
        // The end always has a place, or the last phase would have none.
        if entered.len() < REMEMBERED || phase == Phase::Done {
            let phase = PHASES[phase as usize];
            entered.push(Entered {
                phase,
                at: Instant::now(),
            });
        }
    }

    /// Raises what is done to `bytes`; a smaller value changes nothing.
    pub(crate) fn reach(&self, bytes: u64) {
        self.0
            .done
            .fetch_max(bytes.min(self.0.total), Ordering::Relaxed);
    }

    pub(crate) fn finish(&self) {
        self.reach(self.0.total);
        self.enter(Phase::Done);
    }
}

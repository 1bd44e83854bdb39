//! The ring: tells a pool that there is work. Losing or repeating a ring costs a wait of at most
//! one look, never a job: which job runs is decided at the take.

mod channel;

pub use channel::Channel;

use serde::{Deserialize, Serialize};

/// A queue of its own for each kind of work, so that one cannot hold up the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Lane {
    /// Somebody waits, and it is small.
    Interactive,
    /// Everything else.
    Bulk,
    /// What waits for a network.
    Fetch,
}

impl Lane {
    /// All lanes, the most urgent first.
    pub const ALL: [Self; 3] = [Self::Interactive, Self::Bulk, Self::Fetch];

    /// As the database has it.
    pub fn number(self) -> i16 {
        match self {
            Self::Interactive => 0,
            Self::Bulk => 1,
            Self::Fetch => 2,
        }
    }

    /// The lane of this number.
    pub fn of(number: i16) -> Option<Self> {
        Self::ALL.into_iter().find(|lane| lane.number() == number)
    }
}

/// How rings travel.
#[derive(Clone, Debug)]
pub enum Queue {
    /// Within one process.
    Channel(Channel),
}

impl Queue {
    /// A queue within this process.
    pub fn channel() -> Self {
        Self::Channel(Channel::default())
    }

    /// Says that a lane has work. Never waits, never fails.
    pub fn ring(&self, lane: Lane) {
        match self {
            Self::Channel(channel) => channel.ring(lane),
        }
    }

    /// Waits until one of these lanes was rung since the last call.
    pub async fn rung(&self, lanes: &[Lane]) -> Lane {
        match self {
            Self::Channel(channel) => channel.rung(lanes).await,
        }
    }
}

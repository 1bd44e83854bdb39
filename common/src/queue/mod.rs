//! The ring: tells a pool that there is work. Losing or repeating a ring costs a wait of at most
//! one look, never a job: which job runs is decided at the take.

mod channel;
mod redis;

pub use channel::Channel;
pub use redis::Rings;

use serde::{Deserialize, Serialize};

use crate::error::Result;
use crate::redis::Redis;
use crate::wake::Wake;

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

    /// Where it stands in [`Lane::ALL`].
    pub fn index(self) -> usize {
        usize::from(self.number().unsigned_abs())
    }

    /// As operators say it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Interactive => "interactive",
            Self::Bulk => "bulk",
            Self::Fetch => "fetch",
        }
    }

    /// The lane of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|lane| lane.name() == name)
    }

    /// The lane of this number.
    pub fn of(number: i16) -> Option<Self> {
        Self::ALL.into_iter().find(|lane| lane.number() == number)
    }
}

/// How rings travel.
#[derive(Clone)]
pub enum Queue {
    /// Within one process.
    Channel(Channel),
    /// Between processes.
    Redis(Rings),
}

impl Queue {
    /// A queue within this process.
    pub fn channel() -> Self {
        Self::Channel(Channel::default())
    }

    /// A queue between all processes with this Redis. `wake` tells idle pools to look into it.
    ///
    /// # Panics
    /// Outside of a tokio runtime.
    pub fn redis(redis: &Redis, wake: Wake) -> Result<Self> {
        Rings::start(redis, wake).map(Self::Redis)
    }

    /// Says that a lane has work. Never waits, never fails.
    pub fn ring(&self, lane: Lane) {
        match self {
            Self::Channel(channel) => channel.ring(lane),
            Self::Redis(rings) => rings.ring(lane),
        }
    }

    /// Waits until one of these lanes was rung. Rings of other processes are fetched only while
    /// somebody waits here, so that a full pool leaves them to the others.
    pub async fn rung(&self, lanes: &[Lane]) -> Lane {
        match self {
            Self::Channel(channel) => channel.rung(lanes).await,
            Self::Redis(rings) => rings.rung(lanes).await,
        }
    }

    /// Fetches what [`Queue::rung`] waits for, as a worker of this name. Never returns.
    pub async fn run(self, lanes: Vec<Lane>, name: String) {
        match self {
            Self::Channel(_) => std::future::pending().await,
            Self::Redis(rings) => rings.run(lanes, name).await,
        }
    }

    /// Whether rings arrive at the moment, and none is thrown away. If not, work begins at the next
    /// look.
    pub fn is_well(&self) -> bool {
        match self {
            Self::Channel(_) => true,
            Self::Redis(rings) => rings.is_well(),
        }
    }
}

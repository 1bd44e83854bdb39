//! How many jobs have not ended, so that there are never more than the operator allows: of one
//! owner, and in all.
//!
//! The rows are counted now and then and not at each submit, and between two looks a process adds
//! what it has let in itself. So one process never goes over a limit; several may, together, by what
//! they let in between two looks. An exact count would be a row that all submits and all ends of an
//! owner write, one after the other.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::config::Limits;
use crate::error::{Error, Result};
use crate::ids::OwnerId;
use crate::problem::Kind;
use crate::store::{Db, figures, jobs};

/// How old a count may be for which somebody is refused,
const FULL: Duration = Duration::from_millis(100);
/// one that is near its limit,
const NEAR: Duration = Duration::from_secs(1);
/// and one that is less than half of it.
const FAR: Duration = Duration::from_secs(10);
/// A look takes at most one part in so many of the time.
const LOOKS_IN: u32 = 20;
/// Counts of so many owners are remembered.
const MOST_OWNERS: usize = 10_000;

/// The counts of one process.
pub struct Backlog {
    db: Db,
    in_all: Arc<Count>,
    most_of_owner: u64,
    owners: Mutex<HashMap<OwnerId, Arc<Count>>>,
}

/// The jobs of somebody.
struct Count {
    most: u64,
    known: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    /// In the database, when it was last looked at,
    counted: u64,
    /// let in since then,
    entered: u64,
    /// and on their way in.
    entering: u64,
    /// When that was, and how long it took.
    looked: Option<(Instant, Duration)>,
}

/// How much room there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Room {
    /// How many jobs of an owner may be there without having ended.
    pub most: u64,
    /// How many more there may be now.
    pub left: u64,
}

/// The place of a job on its way in. Without [`Place::keep`] it is free again when this is dropped.
pub(crate) struct Place {
    counts: [Arc<Count>; 2],
    is_kept: bool,
}

impl Backlog {
    /// Nothing was counted yet.
    pub fn new(db: Db, limits: &Limits) -> Self {
        Self {
            db,
            in_all: Arc::new(Count::new(limits.backlog)),
            most_of_owner: limits.backlog_of_owner,
            owners: Mutex::default(),
        }
    }

    /// How much room an owner has; takes nothing of it.
    ///
    /// # Errors
    /// `too-many-jobs` when it has none, `backlog-full` when nobody has.
    pub async fn room(&self, owner: OwnerId) -> Result<Room> {
        let [own, all] = self.looked_at(owner).await?;
        let left = own.left().ok_or_else(|| self.too_many())?;
        all.left().ok_or_else(full)?;
        Ok(Room {
            most: own.most,
            left,
        })
    }

    /// A place for one more job.
    ///
    /// # Errors
    /// As of [`Backlog::room`].
    pub(crate) async fn place(&self, owner: OwnerId) -> Result<Place> {
        let counts = self.looked_at(owner).await?;
        let [own, all] = &counts;
        own.enter().ok_or_else(|| self.too_many())?;
        if all.enter().is_none() {
            own.leave(false);
            return Err(full());
        }
        Ok(Place {
            counts,
            is_kept: false,
        })
    }

    /// The owner's count and that of all, not too old.
    async fn looked_at(&self, owner: OwnerId) -> Result<[Arc<Count>; 2]> {
        let own = self.of(owner);
        if let Some(look) = own.look() {
            let mut read = self.db.read(owner).await?;
            let open = jobs::count_open(&mut read, owner, own.most).await?;
            look.saw(open);
        }
        let all = self.in_all.clone();
        if let Some(look) = all.look() {
            let mut read = self.db.read_any().await?;
            look.saw(figures::count_all(&mut read, all.most).await?);
        }
        Ok([own, all])
    }

    fn of(&self, owner: OwnerId) -> Arc<Count> {
        let mut owners = self.owners.lock().unwrap_or_else(PoisonError::into_inner);
        if owners.len() >= MOST_OWNERS {
            // Who is on the way in is remembered; all others can be counted again.
            owners.retain(|_, count| count.known().entering > 0);
        }
        let new = || Arc::new(Count::new(self.most_of_owner));
        owners.entry(owner).or_insert_with(new).clone()
    }

    fn too_many(&self) -> Error {
        let most = self.most_of_owner;
        Error::of(
            Kind::TooManyJobs,
            format!("{most} of your jobs have not ended; submit more when some have"),
        )
    }
}

fn full() -> Error {
    Error::of(
        Kind::BacklogFull,
        "the service has as many jobs as it may have; submit again later",
    )
}

/// Somebody looks, and nobody else has to. When it comes to nothing, the next one does.
struct Look<'a> {
    count: &'a Count,
    began: Instant,
    entered: u64,
    /// When the last look was, and how long it took: this one, once something was seen.
    last: Option<(Instant, Duration)>,
}

impl Count {
    fn new(most: u64) -> Self {
        Self {
            most,
            known: Mutex::default(),
        }
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// When it is time to look, that is the caller's to do; others go by what is known.
    fn look(&self) -> Option<Look<'_>> {
        let began = Instant::now();
        let mut known = self.known();
        if !known.is_old(self.most, began) {
            return None;
        }
        // It is taken to last as long as the one before: a slow one is not joined by many.
        let took = known.looked.map_or(Duration::ZERO, |(_, took)| took);
        Some(Look {
            count: self,
            began,
            entered: known.entered,
            last: known.looked.replace((began, took)),
        })
    }

    fn left(&self) -> Option<u64> {
        self.known().left(self.most)
    }

    fn enter(&self) -> Option<()> {
        let mut known = self.known();
        known.left(self.most)?;
        known.entering += 1;
        Some(())
    }

    fn leave(&self, is_kept: bool) {
        let mut known = self.known();
        known.entering -= 1;
        known.entered += u64::from(is_kept);
    }
}

impl Known {
    fn taken(&self) -> u64 {
        self.counted + self.entered + self.entering
    }

    fn left(&self, most: u64) -> Option<u64> {
        most.checked_sub(self.taken()).filter(|left| *left > 0)
    }

    fn is_old(&self, most: u64, now: Instant) -> bool {
        let age = match self.taken() {
            taken if taken >= most => FULL,
            taken if taken < most / 2 => FAR,
            _ => NEAR,
        };
        self.looked
            .is_none_or(|(at, took)| now >= at + age.max(took * LOOKS_IN))
    }
}

impl Look<'_> {
    fn saw(mut self, jobs: u64) {
        self.last = Some((self.began, self.began.elapsed()));
        let mut known = self.count.known();
        known.counted = jobs;
        // What came in before the look is in it; of what came in meanwhile nobody knows.
        known.entered = known.entered.saturating_sub(self.entered);
    }
}

impl Drop for Look<'_> {
    fn drop(&mut self) {
        self.count.known().looked = self.last;
    }
}

impl Place {
    /// The job is in.
    pub(crate) fn keep(mut self) {
        self.is_kept = true;
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        for count in &self.counts {
            count.leave(self.is_kept);
        }
    }
}

//! Streams at the same time. Each holds a connection for as long as its client likes, so there are
//! only so many, in all and of one owner.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use filittle_common::ids::OwnerId;
use filittle_common::problem::Kind;

use crate::http::problem::{Refusal, Result};

/// The seats there are.
#[derive(Clone)]
pub(in crate::http) struct Seats(Arc<Hall>);

struct Hall {
    in_all: usize,
    of_owner: usize,
    taken: Mutex<HashMap<OwnerId, usize>>,
}

/// The seat of one stream, free again when this is dropped.
pub(super) struct Seat {
    hall: Arc<Hall>,
    owner: OwnerId,
}

impl Seats {
    pub(in crate::http) fn new(in_all: usize, of_owner: usize) -> Self {
        Self(Arc::new(Hall {
            in_all,
            of_owner,
            taken: Mutex::default(),
        }))
    }

    pub(super) fn seat(&self, owner: OwnerId) -> Result<Seat> {
        let mut taken = self.0.taken();
        if taken.values().sum::<usize>() >= self.0.in_all {
            return Err(Refusal::of(
                Kind::Unavailable,
                "too many streams at once; try again, or poll",
            ));
        }
        let own = taken.entry(owner).or_default();
        if *own >= self.0.of_owner {
            return Err(Refusal::of(
                Kind::TooManyRequests,
                format!(
                    "an account has at most {} streams at once; /v1/events tells of all jobs",
                    self.0.of_owner
                ),
            ));
        }
        *own += 1;
        Ok(Seat {
            hall: self.0.clone(),
            owner,
        })
    }
}

impl Hall {
    fn taken(&self) -> MutexGuard<'_, HashMap<OwnerId, usize>> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut taken = self.hall.taken();
        match taken.get_mut(&self.owner) {
            Some(own) if *own > 1 => *own -= 1,
            _ => drop(taken.remove(&self.owner)),
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_seat_is_free_again_when_its_stream_has_ended() {
        let seats = Seats::new(3, 2);
        let [ada, eve] = [1, 2].map(|n| OwnerId(Uuid::from_u128(n)));
        let first = seats.seat(ada).ok().unwrap();
        let _second = seats.seat(ada).ok().unwrap();
        assert!(seats.seat(ada).is_err(), "an owner has two");
        let _third = seats.seat(eve).ok().unwrap();
        assert!(seats.seat(eve).is_err(), "there are three");
        drop(first);
        assert!(seats.seat(ada).is_ok());
    }
}

//! Uploads, downloads and streams at the same time. Each holds memory or a connection for as long as
//! its client likes, so there are only so many, in all and of one owner.

use std::collections::HashMap;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use filittle_common::ids::OwnerId;
use filittle_common::problem::Kind;
use tokio::sync::Notify;
use tokio::time::timeout;

use super::problem::{Refusal, Result};
use super::quota;

/// The seats there are for one kind of thing.
#[derive(Clone)]
pub(super) struct Seats(Arc<Hall>);

struct Hall {
    /// What sits here, in the plural.
    what: &'static str,
    in_all: usize,
    of_owner: usize,
    taken: Mutex<HashMap<OwnerId, usize>>,
    /// Told of every seat that is free again.
    freed: Notify,
}

/// A seat, free again when this is dropped.
pub(super) struct Seat {
    hall: Arc<Hall>,
    owner: OwnerId,
}

impl Seats {
    pub(super) fn new(what: &'static str, in_all: usize, of_owner: usize) -> Self {
        Self(Arc::new(Hall {
            what,
            in_all,
            of_owner,
            taken: Mutex::default(),
            freed: Notify::new(),
        }))
    }

    /// Seats of which one owner never has more than [`half`].
    pub(super) fn shared(what: &'static str, in_all: usize) -> Self {
        Self::new(what, in_all, half(in_all))
    }

    /// How many are taken.
    pub(super) fn taken(&self) -> usize {
        self.0.taken().values().sum()
    }

    /// A seat of this owner.
    ///
    /// # Errors
    /// `unavailable` when all are taken, `too-many-requests` when this owner has enough of them.
    pub(super) fn seat(&self, owner: OwnerId) -> Result<Seat> {
        let Hall { what, of_owner, .. } = *self.0;
        let mut taken = self.0.taken();
        if taken.values().sum::<usize>() >= self.0.in_all {
            let detail = format!("there are too many {what} at once; try again");
            return Err(self.refuse(Kind::Unavailable, detail, self.0.in_all));
        }
        let own = taken.get(&owner).copied().unwrap_or_default();
        if own >= of_owner {
            let detail = format!(
                "an account has at most {of_owner} {what} at once; try again when one has ended"
            );
            return Err(self.refuse(Kind::TooManyRequests, detail, of_owner));
        }
        taken.insert(owner, own + 1);
        Ok(Seat {
            hall: self.0.clone(),
            owner,
        })
    }

    /// A seat of this owner, as soon as there is one: what comes in a burst goes on one after the
    /// other. Nothing of the request is read meanwhile.
    ///
    /// # Errors
    /// As of [`Seats::seat`], when `patience` is over.
    pub(super) async fn wait(&self, owner: OwnerId, patience: Duration) -> Result<Seat> {
        let seated = async {
            loop {
                // From now on, so that no seat is missed that becomes free after the look.
                let mut freed = pin!(self.0.freed.notified());
                freed.as_mut().enable();
                if let Ok(seat) = self.seat(owner) {
                    return seat;
                }
                freed.await;
            }
        };
        match timeout(patience, seated).await {
            Ok(seat) => Ok(seat),
            Err(_) => self.seat(owner),
        }
    }

    fn refuse(&self, kind: Kind, detail: String, of: usize) -> Refusal {
        match quota::told(self.0.what, of as u64, Some("concurrent-requests"), 0) {
            Ok(headers) => Refusal::of(kind, detail).with(headers),
            Err(fault) => fault,
        }
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
        drop(taken);
        self.hall.freed.notify_waiters();
    }
}

/// What one owner may have of so many, so that there is one for others.
pub(super) fn half(in_all: usize) -> usize {
    in_all.div_ceil(2)
}

/// Bytes that keep a seat: the connection still has them when the body has ended.
struct Held {
    bytes: Bytes,
    _seat: Arc<Seat>,
}

impl AsRef<[u8]> for Held {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

/// The same bytes; the seat is taken until the last of them is gone.
pub(super) fn hold(seat: &Arc<Seat>, bytes: Bytes) -> Bytes {
    Bytes::from_owner(Held {
        bytes,
        _seat: seat.clone(),
    })
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_seat_is_free_again_when_it_is_dropped() {
        let seats = Seats::new("streams", 3, 2);
        let [ada, eve] = [1, 2].map(|n| OwnerId(Uuid::from_u128(n)));
        let first = seats.seat(ada).ok().unwrap();
        let _second = seats.seat(ada).ok().unwrap();
        assert!(seats.seat(ada).is_err(), "an owner has two");
        let _third = seats.seat(eve).ok().unwrap();
        assert!(seats.seat(eve).is_err(), "there are three");
        drop(first);
        assert!(seats.seat(ada).is_ok());
    }

    #[test]
    fn a_seat_is_taken_until_the_last_byte_is_gone() {
        let seats = Seats::new("downloads", 1, 1);
        let ada = OwnerId(Uuid::from_u128(1));
        let seat = Arc::new(seats.seat(ada).ok().unwrap());
        let mut bytes = hold(&seat, Bytes::from_static(b"some bytes"));
        drop(seat);
        assert!(seats.seat(ada).is_err());
        let part = bytes.split_to(4);
        drop(bytes);
        assert!(seats.seat(ada).is_err());
        assert_eq!(&part[..], b"some");
        drop(part);
        assert!(seats.seat(ada).is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn who_waits_gets_the_next_seat_or_is_refused_in_the_end() {
        let seats = Seats::new("uploads", 2, 1);
        let [ada, eve] = [1, 2].map(|n| OwnerId(Uuid::from_u128(n)));
        let first = seats.seat(ada).ok().unwrap();
        let patience = Duration::from_secs(10);
        let began = tokio::time::Instant::now();
        assert!(seats.wait(ada, patience).await.is_err());
        assert_eq!(began.elapsed(), patience);
        let waiting = tokio::spawn({
            let seats = seats.clone();
            async move { seats.wait(ada, patience).await.is_ok() }
        });
        // One of another owner is taken and free again, and helps nobody here.
        assert!(seats.wait(eve, patience).await.is_ok());
        tokio::task::yield_now().await;
        assert!(!waiting.is_finished());
        drop(first);
        assert!(waiting.await.unwrap());
    }

    #[test]
    fn one_owner_leaves_half_of_the_seats_to_others() {
        let seats = Seats::shared("uploads", 3);
        let [ada, eve] = [1, 2].map(|n| OwnerId(Uuid::from_u128(n)));
        let _adas = [seats.seat(ada).ok().unwrap(), seats.seat(ada).ok().unwrap()];
        assert!(seats.seat(ada).is_err());
        assert!(seats.seat(eve).is_ok());
    }
}

//! Downloads at the same time. Each holds some blocks in memory until its client has taken them, so
//! there are only so many.

use std::sync::Arc;

use bytes::Bytes;
use filittle_common::problem::Kind;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::problem::{Refusal, Result};

/// The places there are.
#[derive(Clone)]
pub(super) struct Downloads(Arc<Semaphore>);

/// A place of one download. It is free again when this and all bytes it holds are gone.
#[derive(Clone)]
pub(super) struct Place {
    _permit: Arc<OwnedSemaphorePermit>,
}

/// Bytes that keep their download's place: the connection still has them when the body has ended.
struct Held {
    bytes: Bytes,
    _place: Place,
}

impl Downloads {
    pub(super) fn new(most: usize) -> Self {
        Self(Arc::new(Semaphore::new(most)))
    }

    pub(super) fn place(&self) -> Result<Place> {
        let permit =
            self.0.clone().try_acquire_owned().map_err(|_| {
                Refusal::of(Kind::Unavailable, "too many downloads at once; try again")
            })?;
        Ok(Place {
            _permit: Arc::new(permit),
        })
    }
}

impl Place {
    pub(super) fn hold(&self, bytes: Bytes) -> Bytes {
        Bytes::from_owner(Held {
            bytes,
            _place: self.clone(),
        })
    }
}

impl AsRef<[u8]> for Held {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_taken_until_the_last_byte_is_gone() {
        let downloads = Downloads::new(1);
        let place = downloads.place().unwrap();
        let mut bytes = place.hold(Bytes::from_static(b"some bytes"));
        drop(place);
        assert!(downloads.place().is_err());
        let part = bytes.split_to(4);
        drop(bytes);
        assert!(downloads.place().is_err());
        assert_eq!(&part[..], b"some");
        drop(part);
        assert!(downloads.place().is_ok());
    }
}

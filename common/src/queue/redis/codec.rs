//! What travels. Reading it cannot fail: one message that does not decode would end every worker
//! that it reaches.

use std::convert::Infallible;

use apalis_core::backend::codec::Codec;
use serde::{Deserialize, Serialize};

use crate::queue::Lane;

const VERSION: u32 = 1;

/// A message of the queue: there is work in a lane. Which job runs is decided at the take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Ring {
    Good(Message),
    /// Of a version that is not ours, or damaged. It rings all the same.
    Bad(Vec<u8>),
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Message {
    r#type: String,
    version: u32,
    lane: Lane,
}

impl Ring {
    pub(super) fn of(lane: Lane) -> Self {
        Self::Good(Message {
            r#type: "job.submitted".into(),
            version: VERSION,
            lane,
        })
    }
}

#[derive(Clone, Copy, Debug)]
pub(super) struct RingCodec;

impl Codec<Ring> for RingCodec {
    type Error = Infallible;
    type Compact = Vec<u8>;

    fn encode(&self, ring: &Ring) -> Result<Vec<u8>, Infallible> {
        Ok(match ring {
            Ring::Good(message) => serde_json::to_vec(message).unwrap_or_default(),
            Ring::Bad(bytes) => bytes.clone(),
        })
    }

    fn decode(&self, bytes: &Vec<u8>) -> Result<Ring, Infallible> {
        Ok(match serde_json::from_slice::<Message>(bytes) {
            Ok(message) if message.version == VERSION => Ring::Good(message),
            _ => Ring::Bad(bytes.clone()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ring_is_read_as_it_was_written() {
        let ring = Ring::of(Lane::Bulk);
        let Ok(bytes) = RingCodec.encode(&ring);
        assert_eq!(RingCodec.decode(&bytes), Ok(ring));
    }

    #[test]
    fn whatever_is_no_ring_of_ours_is_read_too() {
        let newer = br#"{"type":"job.submitted","version":2,"lane":"bulk"}"#;
        for bytes in [&b""[..], b"\xff\x00", b"{}", newer] {
            assert_eq!(
                RingCodec.decode(&bytes.to_vec()),
                Ok(Ring::Bad(bytes.to_vec()))
            );
        }
    }
}

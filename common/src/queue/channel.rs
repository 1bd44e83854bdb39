//! Rings within one process.

use std::sync::Arc;

use futures_util::future::select_all;
use tokio::sync::{Mutex, mpsc};

use super::Lane;

/// More rings than this say nothing new: a pool that takes looks for all it has slots for.
const RINGS: usize = 64;

/// A bounded channel for each lane.
#[derive(Clone, Debug)]
pub struct Channel {
    lanes: Arc<[Bell; 3]>,
}

#[derive(Debug)]
struct Bell {
    send: mpsc::Sender<()>,
    receive: Mutex<mpsc::Receiver<()>>,
}

impl Default for Channel {
    fn default() -> Self {
        let lanes = Lane::ALL.map(|_| {
            let (send, receive) = mpsc::channel(RINGS);
            Bell {
                send,
                receive: Mutex::new(receive),
            }
        });
        Self {
            lanes: Arc::new(lanes),
        }
    }
}

impl Channel {
    pub(super) fn ring(&self, lane: Lane) {
        // A full channel is being rung already.
        let _ = self.bell(lane).send.try_send(());
    }

    pub(super) async fn rung(&self, lanes: &[Lane]) -> Lane {
        let waits = lanes.iter().map(|&lane| {
            Box::pin(async move {
                let mut bell = self.bell(lane).receive.lock().await;
                // The sender lives as long as the receiver: both are in `self`.
                bell.recv().await;
                lane
            })
        });
        select_all(waits).await.0
    }

    fn bell(&self, lane: Lane) -> &Bell {
        &self.lanes[lane.index()]
    }
}

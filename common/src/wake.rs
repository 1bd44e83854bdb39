//! Waking those who wait. A waiter subscribes first, looks at the row, then waits; a wake that is
//! lost costs a look later, never a result.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::watch;

use crate::ids::{JobId, OwnerId};

/// What can be waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Topic {
    /// Something happened to this job, or is to happen.
    Job(JobId),
    /// Something happened to a job of this owner.
    Owner(OwnerId),
    /// There are notices to send.
    Notices,
}

/// Wakes within one process.
#[derive(Clone, Debug, Default)]
pub struct Wake {
    topics: Arc<Mutex<HashMap<Topic, watch::Sender<u64>>>>,
}

impl Wake {
    /// Wakes all who subscribed to this topic. After the commit, never before.
    pub fn publish(&self, topic: Topic) {
        let mut topics = self.topics.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(sender) = topics.get(&topic) else {
            return;
        };
        if sender.is_closed() {
            topics.remove(&topic);
        } else {
            sender.send_modify(|count| *count = count.wrapping_add(1));
        }
    }

    /// Begins to listen. What is published from now on is not missed.
    pub fn subscribe(&self, topic: Topic) -> Waiter {
        let mut topics = self.topics.lock().unwrap_or_else(PoisonError::into_inner);
        let receiver = topics
            .entry(topic)
            .or_insert_with(|| watch::channel(0).0)
            .subscribe();
        Waiter {
            receiver: Some(receiver),
            topic,
            topics: self.topics.clone(),
        }
    }
}

/// A subscription.
#[derive(Debug)]
pub struct Waiter {
    receiver: Option<watch::Receiver<u64>>,
    topic: Topic,
    topics: Arc<Mutex<HashMap<Topic, watch::Sender<u64>>>>,
}

impl Waiter {
    /// Returns at the next wake, or at once when one came since the last call.
    pub async fn woken(&mut self) {
        if let Some(receiver) = &mut self.receiver
            && receiver.changed().await.is_ok()
        {
            return;
        }
        std::future::pending::<()>().await;
    }
}

impl Drop for Waiter {
    fn drop(&mut self) {
        self.receiver = None;
        let mut topics = self.topics.lock().unwrap_or_else(PoisonError::into_inner);
        if topics
            .get(&self.topic)
            .is_some_and(watch::Sender::is_closed)
        {
            topics.remove(&self.topic);
        }
    }
}

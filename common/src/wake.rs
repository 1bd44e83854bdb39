//! Waking those who wait, here and in other processes. A waiter subscribes first, looks at the
//! row, then waits; a wake that is lost costs a look later, never a result.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::watch;

use crate::bus::Bus;
use crate::ids::{JobId, OwnerId};
use crate::queue::Lane;

/// What can be waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Topic {
    /// Something happened to this job, or is to happen.
    Job(JobId),
    /// Something happened to a job of this owner.
    Owner(OwnerId),
    /// A lane was rung.
    Lane(Lane),
    /// There are notices to send.
    Notices,
}

impl fmt::Display for Topic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Job(id) => write!(f, "job:{id}"),
            Self::Owner(id) => write!(f, "owner:{id}"),
            Self::Lane(lane) => write!(f, "lane:{}", lane.name()),
            Self::Notices => f.write_str("notices"),
        }
    }
}

impl Topic {
    /// What [`Display`](fmt::Display) wrote; none for anything else.
    fn parse(text: &str) -> Option<Self> {
        let (kind, id) = text.split_once(':').unwrap_or((text, ""));
        match kind {
            "job" => Some(Self::Job(JobId(id.parse().ok()?))),
            "owner" => Some(Self::Owner(OwnerId(id.parse().ok()?))),
            "lane" => Some(Self::Lane(Lane::named(id)?)),
            "notices" => Some(Self::Notices),
            _ => None,
        }
    }
}

type Topics = Arc<Mutex<HashMap<Topic, watch::Sender<u64>>>>;

/// Wakes within one process, and by a bus those in others.
#[derive(Clone, Default)]
pub struct Wake {
    topics: Topics,
    bus: Option<Bus>,
}

impl Wake {
    /// Wakes that go to all processes of this bus.
    pub fn over(bus: &Bus) -> Self {
        let wake = Self {
            topics: Topics::default(),
            bus: Some(bus.clone()),
        };
        let topics = wake.topics.clone();
        bus.hear(move |message| {
            if let Some(topic) = message.strip_prefix("wake ").and_then(Topic::parse) {
                wake_here(&topics, topic);
            }
        });
        wake
    }

    /// Wakes all who subscribed to this topic. After the commit, never before.
    pub fn publish(&self, topic: Topic) {
        wake_here(&self.topics, topic);
        if let Some(bus) = &self.bus {
            bus.send(&format!("wake {topic}"));
        }
    }

    /// Wakes those of this process only.
    pub(crate) fn publish_here(&self, topic: Topic) {
        wake_here(&self.topics, topic);
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

    /// The jobs that somebody here waits for.
    pub(crate) fn waited_jobs(&self) -> Vec<JobId> {
        let topics = self.topics.lock().unwrap_or_else(PoisonError::into_inner);
        (topics.iter())
            .filter(|(_, sender)| !sender.is_closed())
            .filter_map(|(topic, _)| match topic {
                Topic::Job(id) => Some(*id),
                _ => None,
            })
            .collect()
    }
}

fn wake_here(topics: &Topics, topic: Topic) {
    let mut topics = topics.lock().unwrap_or_else(PoisonError::into_inner);
    let Some(sender) = topics.get(&topic) else {
        return;
    };
    if sender.is_closed() {
        topics.remove(&topic);
    } else {
        sender.send_modify(|count| *count = count.wrapping_add(1));
    }
}

/// A subscription.
#[derive(Debug)]
pub struct Waiter {
    receiver: Option<watch::Receiver<u64>>,
    topic: Topic,
    topics: Topics,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_topic_is_read_as_it_was_written() {
        let id = uuid::Uuid::from_u128(7);
        let topics = [
            Topic::Job(JobId(id)),
            Topic::Owner(OwnerId(id)),
            Topic::Lane(Lane::Bulk),
            Topic::Notices,
        ];
        for topic in topics {
            assert_eq!(Topic::parse(&topic.to_string()), Some(topic));
        }
        for nonsense in ["", "job", "job:7", "lane:none", "other"] {
            assert_eq!(Topic::parse(nonsense), None, "{nonsense}");
        }
    }
}

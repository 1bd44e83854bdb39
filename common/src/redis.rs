//! How Redis is reached. Everything that goes through it may be lost at any moment.

use std::time::Duration;

use redis::aio::{ConnectionManager, ConnectionManagerConfig};

use crate::error::{Error, Result};

/// Longer than any freeze that a worker of the queue should sit out.
const FREEZE: Duration = Duration::from_secs(30);
/// Messages that nobody waits for are not worth more.
const BRIEF: Duration = Duration::from_secs(2);
const CONNECT: Duration = Duration::from_secs(2);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// A Redis, and what the names of its keys begin with. Nothing is connected before it is needed.
#[derive(Clone)]
pub struct Redis {
    client: redis::Client,
    prefix: String,
}

impl Redis {
    /// `redis://[user:password@]host[:port][/number]`. The error does not repeat the URL, because a
    /// password may stand in it.
    pub fn open(url: &str, prefix: &str) -> Result<Self> {
        let client = redis::Client::open(url)
            .map_err(|_| Error::Setup("not a URL of Redis, such as redis://host:6379".into()))?;
        Ok(Self {
            client,
            prefix: prefix.to_owned(),
        })
    }

    /// The full name of a key or a channel.
    pub(crate) fn name(&self, name: &str) -> String {
        format!("{}:{name}", self.prefix)
    }

    pub(crate) fn client(&self) -> &redis::Client {
        &self.client
    }

    /// For what must survive a Redis that stands still for a while.
    pub(crate) fn patient(&self) -> Result<ConnectionManager> {
        self.connection(FREEZE)
    }

    /// For what is not worth waiting for.
    pub(crate) fn brief(&self) -> Result<ConnectionManager> {
        self.connection(BRIEF)
    }

    fn connection(&self, response: Duration) -> Result<ConnectionManager> {
        let config = ConnectionManagerConfig::new()
            .set_connection_timeout(Some(CONNECT))
            .set_response_timeout(Some(response))
            .set_max_delay(LONGEST_PAUSE)
            .set_number_of_retries(1);
        Ok(ConnectionManager::new_lazy_with_config(
            self.client.clone(),
            config,
        )?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_url_is_refused_without_its_password() {
        let error = Redis::open("redis://:hush@[", "x").err().unwrap();
        assert!(!error.to_string().contains("hush"), "{error}");
    }
}

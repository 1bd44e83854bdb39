//! What the composition root may set.

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

/// Whether a part of the process is ready for work.
pub type Check = Arc<dyn Fn() -> bool + Send + Sync>;

/// How requests are served.
#[derive(Clone)]
pub struct ApiSettings {
    /// How long requests may still run after the end was asked for.
    pub drain: Duration,
    /// How long a client may take to send the head of a request, or to begin the next one.
    pub head_timeout: Duration,
    /// More connections wait until another ends.
    pub max_connections: usize,
    /// More uploads at the same time are told to come back.
    pub max_uploads: usize,
    /// More downloads at the same time are told to come back.
    pub max_downloads: usize,
    /// How long a client may take less than a kilobyte a second of its answer.
    pub write_timeout: Duration,
    /// Whether the pool of workers in this process is ready, when there is one.
    pub pool: Option<Check>,
    /// Ends those who only wait. [`crate::serve`] cancels it when its end is asked for.
    pub draining: CancellationToken,
}

impl Default for ApiSettings {
    fn default() -> Self {
        Self {
            drain: Duration::from_secs(25),
            head_timeout: Duration::from_secs(10),
            max_connections: 4096,
            max_uploads: 64,
            max_downloads: 64,
            write_timeout: Duration::from_mins(1),
            pool: None,
            draining: CancellationToken::new(),
        }
    }
}

//! What the composition root may set.

use std::net::SocketAddr;
use std::time::Duration;

use filittle_common::health::Check;
use ipnet::IpNet;
use tokio_util::sync::CancellationToken;

/// Who may ask for the figures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MetricsFor {
    /// Who is on this machine, and does not come through a proxy.
    Local,
    /// Whoever reaches the API.
    Everybody,
    /// Nobody.
    Nobody,
}

/// How requests are served.
#[derive(Clone)]
pub struct ApiSettings {
    /// How long new connections are still taken after the end was asked for. `/readyz` says so at
    /// once, so that whoever routes here turns away before anybody is refused.
    pub lame_duck: Duration,
    /// How long requests may still run after the end was asked for.
    pub drain: Duration,
    /// How long a client may take to send the head of a request, or to begin the next one.
    pub head_timeout: Duration,
    /// More connections wait until another ends.
    pub max_connections: usize,
    /// More uploads at the same time wait for their turn.
    pub max_uploads: usize,
    /// More downloads at the same time wait for their turn.
    pub max_downloads: usize,
    /// How long an upload or a download may wait for its turn before it is told to come back.
    pub patience: Duration,
    /// More streams of events at the same time are told to come back,
    pub max_streams: usize,
    /// and so are more of one owner.
    pub max_streams_of_owner: usize,
    /// How often one address may try to sign in each minute, all at once or spread; 0 for as often
    /// as it likes.
    pub logins_per_minute: u32,
    /// How often one address may ask for an account, in the same way.
    pub registrations_per_minute: u32,
    /// Proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpNet>,
    /// To whom `/metrics` is told at the address of the API.
    pub metrics: MetricsFor,
    /// Where probes and figures are told besides.
    pub probe_listen: Option<SocketAddr>,
    /// How long a client may take less than 1 KiB a second of its answer.
    pub write_timeout: Duration,
    /// Whether the pool of workers in this process is ready, when there is one.
    pub pool: Option<Check>,
    /// That the end was asked for. [`crate::serve`] cancels it.
    pub ending: CancellationToken,
    /// Ends those who only wait. [`crate::serve`] cancels it when no new connections are taken.
    pub draining: CancellationToken,
}

impl Default for ApiSettings {
    fn default() -> Self {
        Self {
            lame_duck: Duration::ZERO,
            drain: Duration::from_secs(25),
            head_timeout: Duration::from_secs(10),
            max_connections: 4096,
            max_uploads: 64,
            max_downloads: 64,
            patience: Duration::from_secs(10),
            max_streams: 1024,
            max_streams_of_owner: 32,
            logins_per_minute: 60,
            registrations_per_minute: 60,
            trusted_proxies: Vec::new(),
            metrics: MetricsFor::Local,
            probe_listen: None,
            write_timeout: Duration::from_mins(1),
            pool: None,
            ending: CancellationToken::new(),
            draining: CancellationToken::new(),
        }
    }
}

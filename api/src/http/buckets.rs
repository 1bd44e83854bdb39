//! How often one address may try: a token bucket for each. What one client may do in a minute it may
//! do at once, and after that as fast as its bucket fills.

use std::collections::HashMap;
use std::convert::Infallible;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::http::header::RETRY_AFTER;
use axum::http::{HeaderMap, HeaderValue};
use axum::response::{IntoResponseParts, ResponseParts};
use filittle_common::metrics::Metrics;
use filittle_common::problem::Kind;

use super::client::Client;
use super::conditional::header_value;
use super::problem::{Refusal, Result};
use super::quota::{POLICY, STATE};

/// Of so many addresses is remembered how often they tried.
const MOST_ADDRESSES: usize = 100_000;
const MINUTE: Duration = Duration::from_mins(1);

/// The buckets of one kind of request.
#[derive(Clone)]
pub(super) struct Buckets {
    name: &'static str,
    per_minute: u32,
    filled: Arc<Mutex<HashMap<IpAddr, Bucket>>>,
    metrics: Option<Metrics>,
}

/// When a bucket was empty, as if it had been filled ever since.
struct Bucket {
    empty_at: Instant,
}

/// What a client is told of its bucket.
pub(super) struct Turn(HeaderMap);

impl Turn {
    pub(super) fn into_headers(self) -> HeaderMap {
        self.0
    }
}

impl IntoResponseParts for Turn {
    type Error = Infallible;

    fn into_response_parts(self, mut response: ResponseParts) -> Result<ResponseParts, Infallible> {
        response.headers_mut().extend(self.0);
        Ok(response)
    }
}

/// What came of a try.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Drawn {
    /// Whether there was a token.
    is_allowed: bool,
    /// How many there are left.
    left: u32,
    /// When there is one more.
    next: Duration,
}

impl Buckets {
    /// Buckets of so many tokens, which fill in a minute. With none, nobody is counted.
    pub(super) fn new(name: &'static str, per_minute: u32) -> Self {
        Self {
            name,
            per_minute,
            filled: Arc::default(),
            metrics: None,
        }
    }

    /// The same; who is refused is counted here.
    pub(super) fn counted(self, metrics: &Metrics) -> Self {
        Self {
            metrics: Some(metrics.clone()),
            ..self
        }
    }

    /// Takes a token of this address; nothing when nobody is counted.
    fn draw(&self, address: IpAddr, now: Instant) -> Option<Drawn> {
        if self.per_minute == 0 {
            return None;
        }
        let each = MINUTE / self.per_minute;
        let mut filled = self.filled.lock().unwrap_or_else(PoisonError::into_inner);
        if filled.len() >= MOST_ADDRESSES {
            // Who has a full bucket need not be remembered.
            filled.retain(|_, bucket| now.duration_since(bucket.empty_at) < MINUTE);
            if filled.len() >= MOST_ADDRESSES {
                filled.clear();
            }
        }
        let full = now.checked_sub(MINUTE).unwrap_or(now);
        let bucket = filled
            .entry(network(address))
            .or_insert(Bucket { empty_at: full });
        bucket.empty_at = bucket.empty_at.max(full);
        let is_allowed = now.duration_since(bucket.empty_at) >= each;
        if is_allowed {
            bucket.empty_at += each;
        }
        let since = now.duration_since(bucket.empty_at);
        let left = u32::try_from(since.as_nanos() / each.as_nanos()).unwrap_or(u32::MAX);
        Some(Drawn {
            is_allowed,
            left,
            next: (each * left.saturating_add(1)).saturating_sub(since),
        })
    }

    /// Lets a client try once more.
    ///
    /// # Errors
    /// `too-many-requests`, with the time after which there is another token.
    pub(super) fn turn(&self, Client(address): Client) -> Result<Turn> {
        let Some(drawn) = self.draw(address, Instant::now()) else {
            return Ok(Turn(HeaderMap::new()));
        };
        let mut told = HeaderMap::from_iter([
            (POLICY, header_value(&self.policy())?),
            (STATE, header_value(&self.state(drawn))?),
        ]);
        if drawn.is_allowed {
            return Ok(Turn(told));
        }
        if let Some(metrics) = &self.metrics {
            metrics.http.try_refused(self.name);
        }
        let wait = seconds(drawn.next);
        told.insert(RETRY_AFTER, HeaderValue::from(wait));
        let detail = format!("too many tries from your address; try again in {wait} s");
        Err(Refusal::of(Kind::TooManyRequests, detail).with(told))
    }

    /// `RateLimit-Policy`, as draft-ietf-httpapi-ratelimit-headers-10 has it.
    fn policy(&self) -> String {
        format!("\"{}\";q={};w=60", self.name, self.per_minute)
    }

    /// `RateLimit` after a try.
    fn state(&self, drawn: Drawn) -> String {
        let Drawn { left, next, .. } = drawn;
        format!("\"{}\";r={left};t={}", self.name, seconds(next))
    }
}

/// Whole seconds, and never too few.
fn seconds(time: Duration) -> u64 {
    time.as_secs() + u64::from(time.subsec_nanos() > 0)
}

/// One client has as many addresses of IPv6 as it likes, but mostly one network of 64 bits.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            let network = u128::from(address) & !u128::from(u64::MAX);
            Ipv6Addr::from(network).into()
        }
        v4 @ IpAddr::V4(_) => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ADA: IpAddr = IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 0, 1, 0, 0, 0, 1));

    #[test]
    fn a_bucket_is_emptied_at_once_and_fills_in_a_minute() {
        let buckets = Buckets::new("login", 3);
        let now = Instant::now() + MINUTE;
        let draw = |seconds| {
            buckets
                .draw(ADA, now + Duration::from_secs(seconds))
                .unwrap()
        };
        assert_eq!([0, 0, 0].map(|at| draw(at).left), [2, 1, 0]);
        let refused = draw(0);
        assert_eq!((refused.is_allowed, seconds(refused.next)), (false, 20));
        assert!(!draw(19).is_allowed);
        assert!(draw(20).is_allowed);
        assert!(!draw(21).is_allowed);
        assert_eq!(draw(300).left, 2);
    }

    #[test]
    fn neighbours_of_a_network_share_a_bucket_and_others_do_not() {
        let buckets = Buckets::new("login", 1);
        let now = Instant::now() + MINUTE;
        let draw = |address: &str| {
            buckets
                .draw(address.parse().unwrap(), now)
                .unwrap()
                .is_allowed
        };
        assert!(draw("2001:db8:0:1::1"));
        assert!(!draw("2001:db8:0:1:ffff::2"));
        assert!(draw("2001:db8:0:2::1"));
        assert!(draw("192.0.2.1"));
        assert!(!draw("::ffff:192.0.2.1"));
        assert!(draw("192.0.2.2"));
    }

    #[test]
    fn what_is_told_has_the_form_of_the_draft() {
        let buckets = Buckets::new("login", 60);
        let drawn = buckets.draw(ADA, Instant::now() + MINUTE).unwrap();
        assert_eq!(buckets.policy(), "\"login\";q=60;w=60");
        assert_eq!(buckets.state(drawn), "\"login\";r=59;t=1");
        assert_eq!(Buckets::new("login", 0).draw(ADA, Instant::now()), None);
    }
}

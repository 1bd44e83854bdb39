//! `RateLimit` and `RateLimit-Policy`, as draft-ietf-httpapi-ratelimit-headers-10 has them, for
//! quotas that are of no time: places, and room for jobs.

use axum::http::{HeaderMap, HeaderName};

use super::conditional::header_value;
use super::problem::Result;

pub(super) const POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
pub(super) const STATE: HeaderName = HeaderName::from_static("ratelimit");

/// How much of a quota is left. `unit` says what is counted, when that is not requests.
pub(super) fn told(name: &str, quota: u64, unit: Option<&str>, left: u64) -> Result<HeaderMap> {
    let unit = unit.map_or(String::new(), |unit| format!(";qu=\"{unit}\""));
    let policy = format!("\"{name}\";q={quota}{unit}");
    Ok(HeaderMap::from_iter([
        (POLICY, header_value(&policy)?),
        (STATE, header_value(&format!("\"{name}\";r={left}"))?),
    ]))
}

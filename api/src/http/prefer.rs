//! `Prefer` (RFC 7240): how long the caller would wait.

use std::time::Duration;

use axum::http::{HeaderMap, HeaderName};

/// Nobody is held longer.
pub(super) const LONGEST: u64 = 60;

pub(super) const APPLIED: HeaderName = HeaderName::from_static("preference-applied");

/// How long to wait for the end, at most a minute; none when it was not asked for.
pub(super) fn wait(headers: &HeaderMap) -> Option<Duration> {
    preferences(headers)
        .find_map(seconds)
        .map(|seconds| Duration::from_secs(seconds.min(LONGEST)))
}

/// What is said of it in the answer.
pub(super) fn applied(wait: Duration) -> String {
    format!("wait={}", wait.as_secs())
}

/// Whether the caller would rather have the job at once than its result.
pub(super) fn respond_async(headers: &HeaderMap) -> bool {
    preferences(headers).any(|preference| {
        let name = preference.split([';', '=']).next().unwrap_or_default();
        name.trim().eq_ignore_ascii_case("respond-async")
    })
}

fn preferences(headers: &HeaderMap) -> impl Iterator<Item = &str> {
    let values = headers.get_all("prefer").iter();
    values
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
}

fn seconds(preference: &str) -> Option<u64> {
    let without_parameters = preference.split(';').next()?;
    let (name, value) = without_parameters.split_once('=')?;
    let value = value.trim().trim_matches('"');
    let is_number = !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit());
    (name.trim().eq_ignore_ascii_case("wait") && is_number)
        .then(|| value.parse().unwrap_or(LONGEST))
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn some_would_rather_not_wait() {
        for (value, rather_not) in [
            ("respond-async", true),
            ("wait=10, Respond-Async; foo", true),
            ("respond-asynchronously", false),
            ("wait=10", false),
            ("", false),
        ] {
            let headers = HeaderMap::from_iter([(
                HeaderName::from_static("prefer"),
                HeaderValue::from_static(value),
            )]);
            assert_eq!(respond_async(&headers), rather_not, "{value}");
        }
    }

    #[test]
    fn waiting_times() {
        let table = [
            ("wait=10", Some(10)),
            ("Wait=\"10\"", Some(10)),
            ("respond-async, wait = 5; foo", Some(5)),
            ("wait=600", Some(60)),
            ("wait=99999999999999999999999", Some(60)),
            ("wait=0", Some(0)),
            ("wait", None),
            ("wait=-1", None),
            ("wait=1.5", None),
            ("waiting=1", None),
            ("", None),
        ];
        for (value, expected) in table {
            let headers = HeaderMap::from_iter([(
                HeaderName::from_static("prefer"),
                HeaderValue::from_static(value),
            )]);
            assert_eq!(
                wait(&headers).map(|wait| wait.as_secs()),
                expected,
                "{value}"
            );
        }
    }
}

//! The page that a link in a mail opens.

use askama::Template;
use axum::http::HeaderMap;
use axum::http::header::{CONTENT_SECURITY_POLICY, X_CONTENT_TYPE_OPTIONS};
use axum::response::{Html, IntoResponse, Response};
use filittle_common::domain::{Item, Job};
use filittle_common::problem::Kind;

use super::accept::is_preferred;
use super::problem::{Refusal, Result};
use super::views::OutputBody;

/// One style sheet in the page, and nothing from elsewhere.
pub(super) const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; \
                      form-action 'none'; frame-ancestors 'none'";

#[derive(Template)]
#[template(path = "link.html")]
struct Page<'a> {
    title: &'a str,
    state: &'a str,
    has_ended: bool,
    error: Option<&'a str>,
    outputs: Vec<Row<'a>>,
    failed: Vec<(&'a str, &'a str)>,
    expires_at: Option<String>,
}

struct Row<'a> {
    name: &'a str,
    url: &'a str,
    size: String,
}

/// Whether a browser asks.
pub(super) fn is_wanted(headers: &HeaderMap) -> bool {
    is_preferred(headers, "text/html")
}

pub(super) fn answer(job: &Job, outputs: &[OutputBody]) -> Result<Response> {
    let page = Page {
        title: job.name.as_deref().unwrap_or("Your files"),
        state: job.state.name(),
        has_ended: job.state.has_ended(),
        error: job.error.as_ref().map(|problem| problem.detail.as_str()),
        outputs: outputs.iter().map(Row::of).collect(),
        failed: job.items.iter().filter_map(failed).collect(),
        expires_at: job
            .expires_at
            .map(|end| end.format("%Y-%m-%d %H:%M UTC").to_string()),
    };
    let html = page
        .render()
        .map_err(|error| Refusal::of(Kind::Internal, format!("page: {error}")))?;
    let headers = [
        (CONTENT_SECURITY_POLICY, POLICY),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    Ok((headers, Html(html)).into_response())
}

/// The name of an input that failed, and why.
fn failed(item: &Item) -> Option<(&str, &str)> {
    Some((&item.name, &item.error.as_ref()?.detail))
}

impl<'a> Row<'a> {
    fn of(output: &'a OutputBody) -> Self {
        Self {
            name: &output.name,
            url: &output.url,
            size: size(output.size),
        }
    }
}

/// Bytes for people: 999 B, 1.0 KB, 12 MB.
fn size(bytes: u64) -> String {
    const UNITS: [&str; 5] = ["KB", "MB", "GB", "TB", "PB"];
    if bytes < 1000 {
        return format!("{bytes} B");
    }
    let mut tenths = bytes / 100;
    let mut unit = 0;
    while tenths >= 10_000 && unit + 1 < UNITS.len() {
        tenths /= 1000;
        unit += 1;
    }
    match tenths {
        0..100 => format!("{}.{} {}", tenths / 10, tenths % 10, UNITS[unit]),
        _ => format!("{} {}", tenths / 10, UNITS[unit]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_short() {
        let table = [
            (999, "999 B"),
            (1000, "1.0 KB"),
            (12_345_678, "12 MB"),
            (1 << 40, "1.0 TB"),
        ];
        for (bytes, text) in table {
            assert_eq!(size(bytes), text);
        }
    }
}

//! Parts of lists: `?limit=&cursor=` in, `{items, next_cursor}` and `Link` out.

use axum::Json;
use axum::http::Uri;
use axum::http::header::LINK;
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use schemars::JsonSchema;
use serde::Serialize;
use uuid::Uuid;

use super::conditional::header_value;
use super::params::Params;
use super::problem::Result;

/// How many when nobody says.
const USUAL: i64 = 20;

/// Which part of a list is asked for.
pub(super) struct Page {
    /// At most so many.
    pub(super) limit: i64,
    /// Only what comes after this one.
    pub(super) before: Option<Uuid>,
}

impl Page {
    pub(super) fn of(params: &mut Params) -> Self {
        Self {
            limit: params
                .parsed("limit", "a whole number from 1 to 100")
                .unwrap_or(USUAL),
            before: params.with("cursor", "what next_cursor said", |text| {
                Uuid::from_slice(&URL_SAFE_NO_PAD.decode(text).ok()?).ok()
            }),
        }
    }
}

/// A part of a list, and what to ask for to get the next.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "{T}Page")]
pub(super) struct Body<'a, T> {
    items: &'a [T],
    next_cursor: Option<&'a str>,
}

/// A part of a list, and where the next one begins.
pub(super) fn answer(uri: &Uri, items: &[impl Serialize], next: Option<Uuid>) -> Result<Response> {
    let cursor = next.map(|id| URL_SAFE_NO_PAD.encode(id.as_bytes()));
    let body = Json(Body {
        items,
        next_cursor: cursor.as_deref(),
    });
    let Some(cursor) = &cursor else {
        return Ok(body.into_response());
    };
    let link = header_value(&format!("<{}>; rel=\"next\"", next_uri(uri, cursor)))?;
    Ok(([(LINK, link)], body).into_response())
}

/// The same list with another cursor; what else narrows it stays as it was sent.
fn next_uri(uri: &Uri, cursor: &str) -> String {
    let kept = uri
        .query()
        .unwrap_or_default()
        .split('&')
        .filter(|pair| !pair.is_empty() && !pair.starts_with("cursor="));
    let cursor = format!("cursor={cursor}");
    let query: Vec<&str> = kept.chain([cursor.as_str()]).collect();
    format!("{}?{}", uri.path(), query.join("&"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_part_is_narrowed_as_this_one() {
        let of = |uri: &'static str| next_uri(&Uri::from_static(uri), "c");
        assert_eq!(of("/v1/jobs"), "/v1/jobs?cursor=c");
        assert_eq!(
            of("/v1/jobs?state=failed&cursor=b&limit=2"),
            "/v1/jobs?state=failed&limit=2&cursor=c"
        );
    }
}

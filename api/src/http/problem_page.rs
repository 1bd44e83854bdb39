//! Pages about problems: where the `type` of one leads, and what a browser is shown in place of one.

use askama::Template;
use axum::extract::Request;
use axum::http::header::{ACCEPT, CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY, VARY};
use axum::http::{HeaderMap, HeaderValue};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse, Response};
use filittle_common::problem::{Kind, Problem};

use super::explained::{Explained, explained};
use super::link_page::{POLICY, is_wanted};
use super::params::Ids;
use super::problem::{Refusal, Result};

#[derive(Template)]
#[template(path = "problem.html")]
struct Page<'a> {
    title: &'a str,
    status: u16,
    code: &'a str,
    /// Of the kind, and not of one that came up.
    is_general: bool,
    says: Vec<String>,
    remedy: &'a str,
}

/// `/problems/{code}`: what such a problem means, and what to do. A page for browsers, a text for
/// others.
pub(super) async fn get(Ids(code): Ids<String>, headers: HeaderMap) -> Result<Response> {
    let kind = Kind::from_code(&code).ok_or_else(|| Refusal::not_found("kind of problem"))?;
    let Explained { when, remedy } = explained(kind);
    let page = Page {
        title: kind.title(),
        status: kind.status(),
        code: kind.code(),
        is_general: true,
        says: when.iter().map(|text| text.replace('`', "")).collect(),
        remedy,
    };
    let about = [
        (
            CACHE_CONTROL,
            HeaderValue::from_static("public, max-age=3600"),
        ),
        (VARY, HeaderValue::from(ACCEPT)),
    ];
    let body = if is_wanted(&headers) {
        shown(&page)?
    } else {
        let when = page.says.join("\n- ");
        format!(
            "{} ({}, {})\n\nIt is told when:\n- {when}\n\nWhat to do: {remedy}\n",
            page.title, page.code, page.status
        )
        .into_response()
    };
    Ok((about, body).into_response())
}

/// That a browser asked: it is shown a page in place of a problem.
#[derive(Clone, Copy)]
pub(super) struct ForPeople;

/// For addresses that people open: what is refused there is a page for browsers.
pub(super) async fn for_people(request: Request, next: Next) -> Response {
    let is_browser = is_wanted(request.headers());
    let mut response = next.run(request).await;
    if response.status().as_u16() < 400 {
        return response;
    }
    if is_browser {
        response.extensions_mut().insert(ForPeople);
    }
    let headers = response.headers_mut();
    headers.insert(VARY, HeaderValue::from(ACCEPT));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
    response
}

/// A problem as a page.
pub(super) fn refused(problem: &Problem) -> Result<Response> {
    let kind = problem.kind;
    shown(&Page {
        title: kind.title(),
        status: kind.status(),
        code: kind.code(),
        is_general: false,
        says: vec![problem.detail.clone()],
        remedy: explained(kind).remedy,
    })
}

fn shown(page: &Page<'_>) -> Result<Response> {
    let html = page
        .render()
        .map_err(|error| Refusal::of(Kind::Internal, format!("page: {error}")))?;
    let policy = [(CONTENT_SECURITY_POLICY, POLICY)];
    Ok((policy, Html(html)).into_response())
}

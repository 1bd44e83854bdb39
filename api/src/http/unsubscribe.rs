//! `/v1/unsubscribe/{token}`: where the `List-Unsubscribe` of a mail leads.

use axum::extract::State;
use axum::http::header::{CONTENT_SECURITY_POLICY, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS};
use axum::response::{Html, IntoResponse, Response};
use filittle_common::accounts::Target;
use filittle_common::commands::unsubscribe::Unsubscribe;

use super::Api;
use super::auth::Anybody;
use super::params::Ids;
use super::problem::{Refusal, Result};

/// One button, and nothing from elsewhere.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; \
                      form-action 'self'; frame-ancestors 'none'";
const ASK: &str = include_str!("../../templates/unsubscribe.html");
const DONE: &str = include_str!("../../templates/unsubscribed.html");

/// Asks. Following a link changes nothing: programs that look for harm follow all that there are.
/// A link that is none, or whose time is over, is told at once.
pub(super) async fn page(State(api): State<Api>, Ids(token): Ids<String>) -> Result<Response> {
    let link = api.accounts.links().open(&token, api.db.clock().now())?;
    match link.target {
        Target::Unsubscribe(_) => Ok(answer(ASK)),
        _ => Err(Refusal::not_found("link")),
    }
}

/// RFC 8058, by the mail program, or by the button. What stands in the body does not matter.
pub(super) async fn post(
    State(api): State<Api>,
    Anybody(actor): Anybody,
    Ids(token): Ids<String>,
) -> Result<Response> {
    api.execute(Unsubscribe { token }, &actor).await?;
    Ok(answer(DONE))
}

fn answer(page: &'static str) -> Response {
    let headers = [
        (CONTENT_SECURITY_POLICY, POLICY),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (REFERRER_POLICY, "no-referrer"),
    ];
    (headers, Html(page)).into_response()
}

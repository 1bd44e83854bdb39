//! Who sends the request.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use filittle_common::Actor;
use filittle_common::accounts::{Credentials, Secret};
use filittle_common::problem::Kind;
use filittle_common::trace::Parent;

use super::Api;
use super::problem::Refusal;

/// Somebody who is signed in; everybody else is refused before the body is read.
pub(super) struct SignedIn(pub(super) Actor);

/// Nobody in particular: for what needs no login. Credentials are not looked at.
pub(super) struct Anybody(pub(super) Actor);

impl FromRequestParts<Api> for SignedIn {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, Refusal> {
        let credentials = credentials(parts)?;
        let member = api.accounts.authenticate(&api.db, &credentials).await?;
        Ok(Self(Actor::member(member, trace(parts))))
    }
}

impl FromRequestParts<Api> for Anybody {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &Api) -> Result<Self, Infallible> {
        Ok(Self(Actor::anonymous(trace(parts))))
    }
}

pub(super) fn trace(parts: &Parts) -> Option<String> {
    parts.extensions.get::<Parent>().map(Parent::to_string)
}

fn credentials(parts: &Parts) -> Result<Credentials, Refusal> {
    let mut sent = parts.headers.get_all(AUTHORIZATION).iter();
    let refuse = |detail| Err(Refusal::of(Kind::Unauthenticated, detail));
    let (Some(value), None) = (sent.next(), sent.next()) else {
        return refuse("send one Authorization header, with a token or an API key");
    };
    match value.to_str().ok().and_then(parse) {
        Some(credentials) => Ok(credentials),
        None => refuse("send `Authorization: Bearer <token>`, or the API key as the user name"),
    }
}

fn parse(value: &str) -> Option<Credentials> {
    let (scheme, rest) = value.split_once(' ')?;
    let rest = rest.trim();
    if scheme.eq_ignore_ascii_case("bearer") && !rest.is_empty() {
        return Some(Credentials::Bearer(Secret::new(rest)));
    }
    if scheme.eq_ignore_ascii_case("basic") {
        let pair = String::from_utf8(STANDARD.decode(rest).ok()?).ok()?;
        let (user, _) = pair.split_once(':')?;
        return Some(Credentials::BasicUser(Secret::new(user)));
    }
    None
}

//! Room for one more job, asked for before a body is received: who comes too much is told so at
//! once, and everybody is told how much more may come.

use axum::http::HeaderMap;
use filittle_common::backlog::Room;
use filittle_common::problem::Kind;
use filittle_common::{Actor, Error};

use super::Api;
use super::buckets::{POLICY, STATE};
use super::conditional::header_value;
use super::problem::{Refusal, Result};

/// What the answer to a submit tells of the room that there was.
///
/// # Errors
/// `too-many-jobs` or `backlog-full`.
pub(super) async fn room(api: &Api, actor: &Actor) -> Result<HeaderMap> {
    let owner = actor.signed_in()?.owner;
    match api.backlog().room(owner).await {
        Ok(room) => told(room),
        Err(error) => Err(refuse(api, error)),
    }
}

fn refuse(api: &Api, error: Error) -> Refusal {
    let is_own = error.problem().kind == Kind::TooManyJobs;
    let most = api.config.limits.backlog_of_owner;
    let none = is_own.then_some(Room { most, left: 0 });
    match none.map(told).transpose() {
        Ok(headers) => Refusal::from(error).with(headers.unwrap_or_default()),
        Err(fault) => fault,
    }
}

/// As draft-ietf-httpapi-ratelimit-headers-10 has it; the quota is of jobs, and of no time.
fn told(room: Room) -> Result<HeaderMap> {
    let Room { most, left } = room;
    Ok(HeaderMap::from_iter([
        (POLICY, header_value(&format!("\"backlog\";q={most}"))?),
        (STATE, header_value(&format!("\"backlog\";r={left}"))?),
    ]))
}

//! Room for one more job, asked for before a body is received: who comes too much is told so at
//! once, and everybody is told how much more may come.

use axum::http::HeaderMap;
use filittle_common::backlog::Room;
use filittle_common::problem::Kind;
use filittle_common::{Actor, Error};

use super::idempotency::Key;
use super::problem::{Refusal, Result};
use super::{Api, quota};

/// What the quotas are called: that of an account, and that of all.
const OWN: &str = "backlog";
const ALL: &str = "backlog-of-all";

/// What the answer to a submit tells of the room that is left behind it. A request that may have been sent
/// before is not refused here: it may have its job already.
///
/// # Errors
/// `too-many-jobs` or `backlog-full`.
pub(super) async fn room(api: &Api, actor: &Actor, key: &Key) -> Result<HeaderMap> {
    let owner = actor.signed_in()?.owner;
    match api.backlog().room(owner).await {
        // What this very request takes is told as taken.
        Ok(Room { most, left }) => quota::told(OWN, most, None, left.saturating_sub(1)),
        Err(error) if key.is_sent() && is_of_room(&error) => Ok(HeaderMap::new()),
        Err(error) => Err(refuse(api, error)),
    }
}

fn is_of_room(error: &Error) -> bool {
    matches!(error.problem().kind, Kind::TooManyJobs | Kind::BacklogFull)
}

/// What a submit is refused with: the quota as well, where there was no room.
pub(super) fn refuse(api: &Api, error: Error) -> Refusal {
    let limits = &api.config.limits;
    let told = match error.problem().kind {
        Kind::TooManyJobs => quota::told(OWN, limits.backlog_of_owner, None, 0),
        Kind::BacklogFull => quota::told(ALL, limits.backlog, None, 0),
        _ => return error.into(),
    };
    match told {
        Ok(headers) => Refusal::from(error).with(headers),
        Err(fault) => fault,
    }
}

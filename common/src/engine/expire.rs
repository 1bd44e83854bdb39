//! A job goes, with all that is its.

use crate::domain::Kind;
use crate::error::Result;
use crate::ids::{JobId, OwnerId};
use crate::store::{Tx, blobs, events, jobs};

/// Takes an ended job away and leaves a tombstone; false when it has not ended or is not there.
/// Its contents are collected when nothing else holds them.
pub async fn bury(tx: &mut Tx, owner: OwnerId, id: JobId, reason: &str) -> Result<bool> {
    if !jobs::delete(tx, owner, id).await? {
        return Ok(false);
    }
    blobs::release(tx, id.0).await?;
    events::bury(tx, owner, Kind::Job, id.0, reason).await?;
    Ok(true)
}

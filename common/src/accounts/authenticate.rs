//! Who sends a request.

use chrono::{DateTime, TimeDelta, Utc};

use super::{Accounts, Secret, api_keys as form};
use crate::actor::Member;
use crate::error::{Error, Result};
use crate::problem::Kind;
use crate::store::api_keys::{ApiKey, Opening};
use crate::store::{Db, api_keys};

/// The use of a key is noted at most so often.
const NOTE_EVERY: TimeDelta = TimeDelta::minutes(1);

/// What a client sends to say who it is.
#[derive(Clone, Debug)]
pub enum Credentials {
    /// `Authorization: Bearer`: an access token or an API key.
    Bearer(Secret),
    /// The user name of `Authorization: Basic`: an API key.
    BasicUser(Secret),
}

impl Accounts {
    /// Who these credentials belong to.
    pub async fn authenticate(&self, db: &Db, credentials: &Credentials) -> Result<Member> {
        match credentials {
            Credentials::Bearer(text) if !form::is_key(text.expose()) => {
                self.access_tokens().verify(text.expose(), db.clock().now())
            }
            Credentials::Bearer(text) | Credentials::BasicUser(text) => by_key(db, text).await,
        }
    }
}

async fn by_key(db: &Db, text: &Secret) -> Result<Member> {
    let wrong = || {
        Error::of(
            Kind::Unauthenticated,
            "the API key is not valid, or not any more",
        )
    };
    let now = db.clock().now();
    let mut read = db.read_any().await?;
    let Opening { key, role } = api_keys::find_by_hash(&mut read, &form::hash(text.expose()))
        .await?
        .filter(|opening| opening.key.expires_at.is_none_or(|end| end > now))
        .ok_or_else(wrong)?;
    drop(read);
    note_use(db, &key, now);
    Ok(Member {
        account: key.created_by,
        owner: key.owner_id,
        role,
    })
}

/// Beside the request: whether it is written or not changes nothing for the one who asks.
fn note_use(db: &Db, key: &ApiKey, now: DateTime<Utc>) {
    if key.last_used_at.is_some_and(|last| now - last < NOTE_EVERY) {
        return;
    }
    let (db, id) = (db.clone(), key.id);
    tokio::spawn(async move {
        let noted = db
            .write((id, now), |tx, &(id, now)| {
                Box::pin(async move { api_keys::touch(tx, id, now).await })
            })
            .await;
        if let Err(error) = noted {
            tracing::warn!(%error, "the use of an API key was not noted");
        }
    });
}

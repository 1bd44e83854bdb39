//! Makes a key for programs.

use chrono::{DateTime, Utc};
use filittle_steps::Mistake;
use schemars::JsonSchema;
use serde::Deserialize;
use validator::Validate;

use crate::accounts::{ApiKeyView, NewApiKey, Secret, rules};
use crate::actor::{Access, Actor, Member};
use crate::app::{App, Command};
use crate::error::Result;
use crate::ids::ApiKeyId;
use crate::problem::Problem;
use crate::receipts::{is_gone, made_before, note};
use crate::store::Tx;
use crate::store::api_keys::{self, ApiKey};
use crate::store::receipts::Receipt;

/// Somebody wants a key.
#[derive(Clone, Debug, Deserialize, Validate, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateApiKey {
    /// For people.
    #[schemars(length(min = 1, max = rules::LONGEST_NAME), regex(pattern = rules::NO_CONTROLS))]
    #[validate(custom(function = rules::name))]
    pub name: String,
    /// When it is to end; without it, never.
    #[serde(default)]
    pub expires_at: Option<DateTime<Utc>>,
}

/// A key, and what is shown this once.
#[derive(Clone, Debug)]
pub struct CreatedApiKey {
    /// What a list shows.
    pub view: ApiKeyView,
    /// The key itself.
    pub key: Secret,
}

impl Command for CreateApiKey {
    type Output = CreatedApiKey;
    const NAME: &'static str = "create_api_key";
    const ACCESS: Access = Access::Member;

    async fn run(self, app: &App, actor: &Actor) -> Result<CreatedApiKey> {
        let now = app.db.clock().now();
        if self.expires_at.is_some_and(|end| end <= now) {
            let mistake = Mistake {
                pointer: "/expires_at".into(),
                detail: "must be a time to come".into(),
            };
            return Err(Problem::invalid(vec![mistake]).into());
        }
        let receipt = actor.receipt().cloned();
        let key = match &receipt {
            Some(receipt) => app.accounts.requests().api_key(receipt),
            None => NewApiKey::random(),
        };
        let row = new_row(&key, actor.signed_in()?, self.name, self.expires_at, now);
        let row = app
            .db
            .write((row, receipt), |tx, (row, receipt)| {
                Box::pin(insert(tx, row, receipt.as_ref()))
            })
            .await?;
        Ok(CreatedApiKey {
            view: row.into(),
            key: key.text,
        })
    }
}

/// The new row, or the one that the same request has made.
async fn insert(tx: &mut Tx, row: &ApiKey, receipt: Option<&Receipt>) -> Result<ApiKey> {
    if let Some(made) = made_before(tx, receipt).await? {
        let id = ApiKeyId(made.first().copied().unwrap_or_default());
        return api_keys::find(tx, row.owner_id, id)
            .await?
            .ok_or_else(is_gone);
    }
    api_keys::insert(tx, row).await?;
    note(tx, receipt, [row.id.0]).await?;
    Ok(row.clone())
}

/// What is kept of a new key.
pub(super) fn new_row(
    key: &NewApiKey,
    member: Member,
    name: String,
    expires_at: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
) -> ApiKey {
    ApiKey {
        id: ApiKeyId::new(now),
        owner_id: member.owner,
        created_by: member.account,
        name,
        prefix: key.prefix.clone(),
        hash: key.hash.clone(),
        created_at: now,
        // To the microsecond, as both databases keep it.
        expires_at: expires_at.map(|end| crate::clock::from_micros(end.timestamp_micros())),
        last_used_at: None,
    }
}

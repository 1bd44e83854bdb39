//! Makes a key for programs.

use chrono::{DateTime, Utc};
use filittle_steps::Mistake;
use schemars::JsonSchema;
use serde::Deserialize;
use validator::Validate;

use crate::accounts::{ApiKeyView, NewApiKey, Requests, Secret, rules};
use crate::actor::{Access, Actor, Member};
use crate::app::{App, Command};
use crate::error::Result;
use crate::ids::ApiKeyId;
use crate::problem::Problem;
use crate::receipts::{is_gone, made_before, note};
use crate::store::Tx;
use crate::store::api_keys::{self, ApiKey};
use crate::store::receipts::{self, Receipt};

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
        let draft = Draft {
            member: actor.signed_in()?,
            asked: self,
            receipt: actor.receipt().cloned(),
            requests: app.accounts.requests().clone(),
            now: app.db.clock().now(),
        };
        let (row, key) = app
            .db
            .write(draft, |tx, draft| Box::pin(draft.insert(tx)))
            .await?;
        Ok(CreatedApiKey {
            view: row.into(),
            key,
        })
    }
}

/// A key on its way in.
struct Draft {
    member: Member,
    asked: CreateApiKey,
    receipt: Option<Receipt>,
    requests: Requests,
    now: DateTime<Utc>,
}

impl Draft {
    /// The new row, or the one that the same request has made, each with its key.
    async fn insert(&self, tx: &mut Tx) -> Result<(ApiKey, Secret)> {
        let receipt = self.receipt.as_ref();
        let made = made_before(tx, receipt).await?;
        let key = match receipt {
            Some(receipt) => {
                let token = receipts::token(tx, receipt).await?;
                self.requests.api_key(receipt, token)
            }
            None => NewApiKey::random(),
        };
        if let Some(made) = made {
            let id = ApiKeyId(made.first().copied().unwrap_or_default());
            let row = api_keys::find(tx, self.member.owner, id)
                .await?
                .ok_or_else(is_gone)?;
            return Ok((row, key.text));
        }
        let CreateApiKey { name, expires_at } = self.asked.clone();
        if expires_at.is_some_and(|end| end <= self.now) {
            let mistake = Mistake {
                pointer: "/expires_at".into(),
                detail: "must be a time to come".into(),
            };
            return Err(Problem::invalid(vec![mistake]).into());
        }
        let row = new_row(&key, self.member, name, expires_at, self.now);
        api_keys::insert(tx, &row).await?;
        note(tx, receipt, [row.id.0]).await?;
        Ok((row, key.text))
    }
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

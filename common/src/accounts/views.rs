//! What is shown of accounts, keys and sessions: never hashes, never owners.

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::Serialize;

use super::Secret;
use crate::ids::{AccountId, ApiKeyId};
use crate::store::accounts::{Account, Role};
use crate::store::api_keys::ApiKey;

/// An account, for its own eyes.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[schemars(rename = "Account")]
pub struct AccountView {
    /// The account.
    pub id: AccountId,
    /// In lower case.
    pub email: String,
    /// For people.
    pub name: Option<String>,
    /// What it may do.
    pub role: Role,
    /// Whether the address was shown to be theirs.
    pub verified: bool,
    /// When it was made.
    pub created_at: DateTime<Utc>,
}

impl From<Account> for AccountView {
    fn from(account: Account) -> Self {
        Self {
            id: account.id,
            email: account.email,
            name: account.name,
            role: account.role,
            verified: account.verified_at.is_some(),
            created_at: account.created_at,
        }
    }
}

/// A key, without what opens.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[schemars(rename = "ApiKey")]
pub struct ApiKeyView {
    /// The key.
    pub id: ApiKeyId,
    /// For people.
    pub name: String,
    /// Its first letters.
    pub prefix: String,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it ends.
    pub expires_at: Option<DateTime<Utc>>,
    /// When it opened something last, to the minute.
    pub last_used_at: Option<DateTime<Utc>>,
}

impl From<ApiKey> for ApiKeyView {
    fn from(key: ApiKey) -> Self {
        Self {
            id: key.id,
            name: key.name,
            prefix: key.prefix,
            created_at: key.created_at,
            expires_at: key.expires_at,
            last_used_at: key.last_used_at,
        }
    }
}

/// What a login opens with.
#[derive(Clone, Debug)]
pub struct Tokens {
    /// For requests.
    pub access: Secret,
    /// How long `access` opens.
    pub expires_in: i64,
    /// For the next pair, once.
    pub refresh: Secret,
}

//! Opens a session by address and password.

use schemars::JsonSchema;
use serde::Deserialize;
use validator::Validate;

use crate::accounts::{Accounts, LONGEST_PASSWORD, RefreshToken, Secret, Tokens, rules};
use crate::actor::{Access, Actor, Member};
use crate::app::{App, Command};
use crate::engine;
use crate::error::{Error, Result};
use crate::ids::SessionId;
use crate::problem::Kind;
use crate::store::accounts::{self, Account};
use crate::store::sessions::{self, Session};
use crate::wake::Topic;

/// Somebody says who they are. An unknown address and a wrong password get the same answer, after
/// the same work.
#[derive(Clone, Debug, Deserialize, Validate, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Login {
    /// In any case.
    #[schemars(email, length(max = rules::LONGEST_EMAIL))]
    #[validate(custom(function = rules::email))]
    pub email: String,
    /// As it was chosen.
    #[schemars(length(max = LONGEST_PASSWORD))]
    #[validate(custom(function = rules::password))]
    pub password: Secret,
}

impl Command for Login {
    type Output = Tokens;
    const NAME: &'static str = "login";
    const ACCESS: Access = Access::Anyone;

    async fn run(self, app: &App, _: &Actor) -> Result<Tokens> {
        let passwords = app.accounts.passwords();
        let email = self.email.to_lowercase();
        let mut read = app.db.read_any().await?;
        let account = accounts::find_by_email(&mut read, &email).await?;
        // Hashing takes long; the connection is not kept for it.
        drop(read);
        let kept = account
            .as_ref()
            .map(|account| account.password_hash.as_str());
        let right = passwords.verify(self.password.clone(), kept).await?;
        let Some(account) = account.filter(|_| right) else {
            return Err(wrong());
        };
        let rehashed = if passwords.is_outdated(&account.password_hash) {
            Some(passwords.hash(self.password).await?)
        } else {
            None
        };
        open_session(app, &account, rehashed).await
    }
}

/// The same for everything that does not sign in.
pub(super) fn wrong() -> Error {
    Error::of(
        Kind::Unauthenticated,
        "the address or the password is wrong, or the one-time token was used or has expired",
    )
}

pub(super) async fn open_session(
    app: &App,
    account: &Account,
    rehashed: Option<String>,
) -> Result<Tokens> {
    let now = app.db.clock().now();
    let id = SessionId::new(now);
    let refresh = RefreshToken::new(id);
    let session = Session {
        id,
        account_id: account.id,
        token_hash: refresh.hash(),
        created_at: now,
        expires_at: now + RefreshToken::LIFE,
    };
    let is_verified = account.verified_at.is_some();
    let is_asked = app
        .db
        .write(
            (session, rehashed, is_verified),
            |tx, (session, rehashed, is_verified)| {
                Box::pin(async move {
                    if let Some(hash) = rehashed {
                        accounts::set_password(tx, session.account_id, hash).await?;
                    }
                    sessions::insert(tx, session).await?;
                    // The mail may have been lost, or its time is over.
                    Ok(!is_verified && engine::ask_to_verify(tx, session.account_id).await?)
                })
            },
        )
        .await?;
    if is_asked {
        app.wake.publish(Topic::Notices);
    }
    tokens(&app.accounts, account, refresh, now)
}

/// A pair of tokens for this account.
pub(super) fn tokens(
    accounts: &Accounts,
    account: &Account,
    refresh: RefreshToken,
    now: chrono::DateTime<chrono::Utc>,
) -> Result<Tokens> {
    let access_tokens = accounts.access_tokens();
    let member = Member {
        account: account.id,
        owner: account.owner_id,
        role: account.role,
    };
    Ok(Tokens {
        access: access_tokens.issue(member, now)?,
        expires_in: access_tokens.life_seconds(),
        refresh: refresh.into_text(),
    })
}

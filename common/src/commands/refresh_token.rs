//! Exchanges a refresh token for a new pair.

use schemars::JsonSchema;
use serde::Deserialize;
use validator::Validate;

use super::login::tokens;
use crate::accounts::{RefreshToken, Secret, Tokens};
use crate::actor::{Access, Actor};
use crate::app::{App, Command};
use crate::error::{Error, Result};
use crate::problem::Kind;
use crate::store::accounts::{self, Account};
use crate::store::{Tx, sessions};

/// Somebody goes on with a session. A refresh token works once; one that comes again was stolen,
/// by whoever came first or by whoever comes now, so the whole session ends.
#[derive(Clone, Debug, Deserialize, Validate, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RefreshSession {
    /// The newest refresh token.
    pub refresh_token: Secret,
}

/// The token that is shown and the one to come.
struct Exchange {
    old: RefreshToken,
    new: RefreshToken,
}

impl Command for RefreshSession {
    type Output = Tokens;
    const NAME: &'static str = "refresh_session";
    const ACCESS: Access = Access::Anyone;

    async fn run(self, app: &App, _: &Actor) -> Result<Tokens> {
        let wrong = || {
            Error::of(
                Kind::Unauthenticated,
                "the refresh token is not valid, or not any more; log in again",
            )
        };
        let old = RefreshToken::parse(self.refresh_token).ok_or_else(wrong)?;
        let new = RefreshToken::new(old.session());
        let exchange = Exchange {
            old,
            new: new.clone(),
        };
        // A refusal is an answer, not an error: the end of the session must be committed.
        let account = app
            .db
            .write(exchange, |tx, exchange| Box::pin(rotate(tx, exchange)))
            .await?
            .ok_or_else(wrong)?;
        tokens(&app.accounts, &account, new, app.db.clock().now())
    }
}

/// Whose session goes on; none when it does not.
async fn rotate(tx: &mut Tx, Exchange { old, new }: &Exchange) -> Result<Option<Account>> {
    let Some(session) = sessions::find(tx, old.session()).await? else {
        return Ok(None);
    };
    let now = tx.now();
    let is_newest = old.is(&session.token_hash) && session.expires_at > now;
    let end = now + RefreshToken::LIFE;
    if is_newest && sessions::rotate(tx, session.id, &old.hash(), &new.hash(), end).await? {
        return accounts::find(tx, session.account_id).await;
    }
    sessions::delete(tx, session.id).await?;
    Ok(None)
}

//! Opens a session by a token that works once.

use schemars::JsonSchema;
use serde::Deserialize;
use validator::Validate;

use super::login::{open_session, wrong};
use crate::accounts::{OneTimeToken, Secret, Tokens};
use crate::actor::{Access, Actor};
use crate::app::{App, Command};
use crate::error::Result;
use crate::store::accounts::{self, Account};
use crate::store::{Tx, one_time_tokens};

/// Somebody followed a link that the operator printed. One that was used, has expired or never was
/// gets the answer of a wrong password.
#[derive(Clone, Debug, Deserialize, Validate, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LoginOnce {
    /// As it stood in the link.
    pub one_time_token: Secret,
}

impl Command for LoginOnce {
    type Output = Tokens;
    const NAME: &'static str = "login_once";
    const ACCESS: Access = Access::Anyone;

    async fn run(self, app: &App, _: &Actor) -> Result<Tokens> {
        let token = OneTimeToken::parse(self.one_time_token).ok_or_else(wrong)?;
        let account = app
            .db
            .write(token.hash(), |tx, hash| Box::pin(spend(tx, hash)))
            .await?
            .ok_or_else(wrong)?;
        open_session(app, &account, None).await
    }
}

async fn spend(tx: &mut Tx, hash: &str) -> Result<Option<Account>> {
    let now = tx.now();
    match one_time_tokens::spend(tx, hash, now).await? {
        Some(account) => accounts::find(tx, account).await,
        None => Ok(None),
    }
}

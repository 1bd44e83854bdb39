//! Makes a token that signs in once.

use validator::Validate;

use super::register::FIRST_OWNER;
use crate::accounts::{OneTimeToken, rules};
use crate::actor::{Access, Actor};
use crate::app::{App, Command};
use crate::error::{Error, Result};
use crate::store::accounts;
use crate::store::one_time_tokens::{self, OneTime};

/// The operator wants a link that signs in. Not reachable over HTTP.
#[derive(Clone, Debug, Validate)]
pub struct MakeOneTimeToken {
    /// The address of the account; without one, it is the first account.
    #[validate(custom(function = rules::email))]
    pub email: Option<String>,
}

impl Command for MakeOneTimeToken {
    type Output = OneTimeToken;
    const NAME: &'static str = "make_one_time_token";
    const ACCESS: Access = Access::Anyone;

    async fn run(self, app: &App, _: &Actor) -> Result<OneTimeToken> {
        let mut read = app.db.read_any().await?;
        let found = match &self.email {
            Some(email) => accounts::find_by_email(&mut read, &email.to_lowercase()).await?,
            None => accounts::find_by_owner(&mut read, FIRST_OWNER).await?,
        };
        drop(read);
        let account = found.ok_or_else(|| Error::not_found("account"))?;
        let token = OneTimeToken::random();
        let row = OneTime {
            token_hash: token.hash(),
            account_id: account.id,
            expires_at: app.db.clock().now() + OneTimeToken::LIFE,
        };
        app.db
            .write(row, |tx, row| Box::pin(one_time_tokens::insert(tx, row)))
            .await?;
        Ok(token)
    }
}

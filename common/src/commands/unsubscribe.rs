//! Ends the mails about jobs to an account.

use validator::Validate;

use crate::accounts::Target;
use crate::actor::{Access, Actor};
use crate::app::{App, Command};
use crate::error::{Error, Result};
use crate::store::mailboxes;

/// Somebody follows the `List-Unsubscribe` of a mail.
#[derive(Clone, Debug, Validate)]
pub struct Unsubscribe {
    /// As it stands in the link.
    pub token: String,
}

impl Command for Unsubscribe {
    type Output = ();
    const NAME: &'static str = "unsubscribe";
    const ACCESS: Access = Access::Anyone;

    async fn run(self, app: &App, _: &Actor) -> Result<()> {
        let link = (app.accounts.links()).open(&self.token, app.db.clock().now())?;
        let Target::Unsubscribe(account) = link.target else {
            return Err(Error::not_found("link"));
        };
        app.db
            .write(account, |tx, &account| {
                Box::pin(async move {
                    let now = tx.now();
                    mailboxes::lock(tx, account).await?;
                    mailboxes::unsubscribe(tx, account, now).await
                })
            })
            .await
    }
}

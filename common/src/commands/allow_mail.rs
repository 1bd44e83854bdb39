//! Lets mails go to an address again.

use validator::Validate;

use crate::accounts::rules;
use crate::actor::{Access, Actor};
use crate::app::{App, Command};
use crate::error::{Error, Result};
use crate::store::{accounts, mailboxes};

/// The operator lifts whatever keeps mails from an address: that servers refused it, that its owner
/// unsubscribed, that it got many mails to verify it. Not reachable over HTTP.
#[derive(Clone, Debug, Validate)]
pub struct AllowMail {
    /// Of the account, in any case.
    #[validate(custom(function = rules::email))]
    pub email: String,
}

impl Command for AllowMail {
    /// Whether there was anything to lift.
    type Output = bool;
    const NAME: &'static str = "allow_mail";
    const ACCESS: Access = Access::Anyone;

    async fn run(self, app: &App, _: &Actor) -> Result<bool> {
        let email = self.email.to_lowercase();
        let found = accounts::find_by_email(&mut *app.db.read_any().await?, &email).await?;
        let account = found.ok_or_else(|| Error::not_found("account"))?.id;
        app.db
            .write(account, |tx, &account| {
                Box::pin(mailboxes::forget(tx, account))
            })
            .await
    }
}

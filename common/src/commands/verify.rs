//! Shows that an address is somebody's own.

use schemars::JsonSchema;
use serde::Deserialize;
use validator::Validate;

use crate::accounts::{Secret, VerificationToken};
use crate::actor::{Access, Actor};
use crate::app::{App, Command};
use crate::error::{Error, Result};
use crate::problem::Kind;
use crate::store::{Tx, accounts, verifications};

/// Somebody has the token of a verification mail. It works once.
#[derive(Clone, Debug, Deserialize, Validate, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Verify {
    /// As it stood in the mail.
    pub token: Secret,
}

impl Command for Verify {
    type Output = ();
    const NAME: &'static str = "verify";
    const ACCESS: Access = Access::Anyone;

    async fn run(self, app: &App, _: &Actor) -> Result<()> {
        let unknown = || Error::not_found("verification");
        let token = VerificationToken::parse(self.token).ok_or_else(unknown)?;
        app.db
            .write(token.hash(), |tx, hash| Box::pin(spend(tx, hash)))
            .await
    }
}

async fn spend(tx: &mut Tx, hash: &str) -> Result<()> {
    let now = tx.now();
    let Some(found) = verifications::find(tx, hash).await? else {
        return Err(Error::not_found("verification"));
    };
    if !verifications::spend(tx, hash, now).await? {
        return Err(Error::of(
            Kind::Gone,
            "the token was used or has expired; log in, and another mail comes if one is needed",
        ));
    }
    accounts::verify(tx, found.account_id, now).await
}

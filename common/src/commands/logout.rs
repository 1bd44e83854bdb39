//! Ends a session.

use schemars::JsonSchema;
use serde::Deserialize;
use validator::Validate;

use crate::accounts::{RefreshToken, Secret};
use crate::actor::{Access, Actor};
use crate::app::{App, Command};
use crate::error::Result;
use crate::store::sessions;

/// Somebody leaves. Whoever has a refresh token, even an old one, may end its session; that a
/// session is not there is what was wanted.
#[derive(Clone, Debug, Deserialize, Validate, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Logout {
    /// Of the session that is to end.
    pub refresh_token: Secret,
}

impl Command for Logout {
    type Output = ();
    const NAME: &'static str = "logout";
    const ACCESS: Access = Access::Anyone;

    async fn run(self, app: &App, _: &Actor) -> Result<()> {
        let Some(token) = RefreshToken::parse(self.refresh_token) else {
            return Ok(());
        };
        app.db
            .write(token.session(), |tx, &session| {
                Box::pin(async move { sessions::delete(tx, session).await })
            })
            .await
    }
}

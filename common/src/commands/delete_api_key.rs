//! Ends a key for programs.

use validator::Validate;

use crate::actor::{Access, Actor};
use crate::app::{App, Command};
use crate::error::{Error, Result};
use crate::ids::ApiKeyId;
use crate::store::api_keys;

/// Which key is to end. It opens nothing from the answer on.
#[derive(Debug, Validate)]
pub struct DeleteApiKey {
    /// The key.
    pub id: ApiKeyId,
}

impl Command for DeleteApiKey {
    type Output = ();
    const NAME: &'static str = "delete_api_key";
    const ACCESS: Access = Access::Member;

    async fn run(self, app: &App, actor: &Actor) -> Result<()> {
        let owner = actor.signed_in()?.owner;
        let deleted = app
            .db
            .write((owner, self.id), |tx, &(owner, id)| {
                Box::pin(async move { api_keys::delete(tx, owner, id).await })
            })
            .await?;
        if deleted {
            Ok(())
        } else {
            Err(Error::not_found("API key"))
        }
    }
}

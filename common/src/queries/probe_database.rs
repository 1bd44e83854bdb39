//! Shows that the database answers.

use uuid::Uuid;
use validator::Validate;

use crate::actor::{Access, Actor};
use crate::app::{App, Query};
use crate::error::Result;
use crate::ids::AccountId;
use crate::store::accounts;

/// Looks one row up, whether there is one or not.
#[derive(Debug, Validate)]
pub struct ProbeDatabase {}

impl Query for ProbeDatabase {
    type Output = ();
    const NAME: &'static str = "probe_database";
    const ACCESS: Access = Access::Anyone;

    async fn run(self, app: &App, _: &Actor) -> Result<()> {
        let mut read = app.db.read_any().await?;
        accounts::find(&mut read, AccountId(Uuid::nil())).await?;
        Ok(())
    }
}

//! Shows that contents can be stored.

use validator::Validate;

use crate::actor::{Access, Actor};
use crate::app::{App, Command};
use crate::error::Result;

/// Puts a few bytes into the store and takes them away again: a full or read-only disk shows in no
/// other way.
#[derive(Debug, Validate)]
pub struct ProbeStore {}

impl Command for ProbeStore {
    type Output = ();
    const NAME: &'static str = "probe_store";
    const ACCESS: Access = Access::Anyone;

    async fn run(self, app: &App, _: &Actor) -> Result<()> {
        app.blobs.probe().await
    }
}

//! Deletes a file. Jobs that work on its content keep it until they go.

use validator::Validate;

use super::describe_file::{again_when_changed, must_match};
use crate::actor::{Access, Actor};
use crate::app::{App, Command};
use crate::domain;
use crate::error::{Error, Result};
use crate::ids::{FileId, OwnerId};
use crate::problem::Kind;
use crate::queries::get_file::find;
use crate::store::{Tx, blobs, events, files};

/// Which file is to go.
#[derive(Clone, Copy, Debug, Validate)]
pub struct DeleteFile {
    /// The file.
    pub id: FileId,
    /// Only if this is the position of its last event.
    pub if_match: Option<i64>,
}

impl Command for DeleteFile {
    type Output = ();
    const NAME: &'static str = "delete_file";
    const ACCESS: Access = Access::Member;

    async fn run(self, app: &App, actor: &Actor) -> Result<()> {
        let owner = actor.signed_in()?.owner;
        again_when_changed(|| {
            app.db.write((owner, self), |tx, (owner, asked)| {
                Box::pin(delete(tx, *owner, *asked))
            })
        })
        .await
    }
}

/// The row first: whoever changes the file at the same time finds it gone and takes back the event.
async fn delete(tx: &mut Tx, owner: OwnerId, asked: DeleteFile) -> Result<()> {
    let file = find(tx, owner, asked.id).await?;
    must_match(&file, asked.if_match)?;
    if !files::delete(tx, owner, file.id, file.position).await? {
        return Err(Error::of(
            Kind::Conflict,
            "the file was changed at the same time; try again",
        ));
    }
    blobs::release(tx, file.id.0).await?;
    events::bury(tx, owner, domain::Kind::File, file.id.0, "deleted").await
}

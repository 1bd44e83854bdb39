//! One file.

use validator::Validate;

use crate::actor::{Access, Actor};
use crate::app::{App, Query};
use crate::domain::Kind;
use crate::domain::file::File;
use crate::error::{Error, Result};
use crate::ids::{FileId, OwnerId};
use crate::problem::Kind as Problem;
use crate::store::{Tx, events, files};

/// Which file. Its bytes are those of [`File::blob_id`]: see [`Blobs::read`](crate::blobs::Blobs).
#[derive(Clone, Copy, Debug, Validate)]
pub struct GetFile {
    /// The file.
    pub id: FileId,
}

impl Query for GetFile {
    type Output = File;
    const NAME: &'static str = "get_file";
    const ACCESS: Access = Access::Member;

    async fn run(self, app: &App, actor: &Actor) -> Result<File> {
        let owner = actor.signed_in()?.owner;
        find(&mut *app.db.read(owner).await?, owner, self.id).await
    }
}

/// The file, or why there is none: `not-found`, also for what is somebody else's, or `gone`.
pub(crate) async fn find(tx: &mut Tx, owner: OwnerId, id: FileId) -> Result<File> {
    if let Some(file) = files::find(tx, owner, id).await? {
        return Ok(file);
    }
    if events::is_buried(tx, owner, Kind::File, id.0).await? {
        return Err(Error::of(Problem::Gone, "the file was deleted"));
    }
    Err(Error::not_found("file"))
}

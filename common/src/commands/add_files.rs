//! Makes files of what was uploaded in one request: all of them or none.

use uuid::Uuid;
use validator::Validate;

use super::uploaded::{Uploaded, contents, refuse_empty};
use crate::actor::{Access, Actor, Member};
use crate::app::{App, Command};
use crate::blobs;
use crate::domain::file::{Created, File};
use crate::error::Result;
use crate::ids::{BlobId, FileId};
use crate::receipts::{is_gone, made_before, note};
use crate::store::events::Cause;
use crate::store::receipts::Receipt;
use crate::store::{Tx, files};

/// The uploads of one request, in its order.
#[derive(Debug, Validate)]
pub struct AddFiles {
    /// When they cannot be added, they are removed.
    pub files: Vec<Uploaded>,
}

/// All that the transaction works with.
struct Work {
    member: Member,
    cause: Cause,
    receipt: Option<Receipt>,
    files: Vec<Uploaded>,
}

impl Command for AddFiles {
    type Output = Vec<File>;
    const NAME: &'static str = "add_files";
    const ACCESS: Access = Access::Member;

    async fn run(self, app: &App, actor: &Actor) -> Result<Vec<File>> {
        let stored = contents(&self.files);
        let outcome = add(app, actor, self.files).await;
        let is_made = matches!(outcome, Ok((_, true)));
        Uploaded::settle(&stored, is_made).await;
        Ok(outcome?.0)
    }
}

async fn add(app: &App, actor: &Actor, files: Vec<Uploaded>) -> Result<Added> {
    refuse_empty(&files)?;
    let work = Work {
        member: actor.signed_in()?,
        cause: actor.cause(),
        receipt: actor.receipt().cloned(),
        files,
    };
    app.db
        .write(work, |tx, work| Box::pin(create_all(tx, work)))
        .await
}

/// Files, and whether this call has made them: otherwise the same request was sent before.
type Added = (Vec<File>, bool);

async fn create_all(tx: &mut Tx, work: &Work) -> Result<Added> {
    let receipt = work.receipt.as_ref();
    if let Some(made) = made_before(tx, receipt).await? {
        return Ok((made_files(tx, work, &made).await?, false));
    }
    let created = create(tx, work).await?;
    note(tx, receipt, created.iter().map(|file| file.id.0)).await?;
    Ok((created, true))
}

async fn made_files(tx: &mut Tx, work: &Work, made: &[Uuid]) -> Result<Vec<File>> {
    let mut found = Vec::with_capacity(made.len());
    for &id in made {
        let file = files::find(tx, work.member.owner, FileId(id)).await?;
        found.push(file.ok_or_else(is_gone)?);
    }
    Ok(found)
}

async fn create(tx: &mut Tx, work: &Work) -> Result<Vec<File>> {
    let at = tx.now();
    let ids: Vec<FileId> = work.files.iter().map(|_| FileId::new(at)).collect();
    let stored: Vec<_> = (work.files.iter().zip(&ids))
        .map(|(upload, id)| (&upload.stored, id.0))
        .collect();
    let linked = blobs::link_all(tx, &stored).await?;
    let created = (work.files.iter().zip(ids).zip(linked))
        .map(|((upload, id), blob)| created(work.member, upload, id, blob))
        .collect();
    files::create_all(tx, created, &work.cause).await
}

fn created(member: Member, upload: &Uploaded, id: FileId, blob: BlobId) -> Created {
    let stored = &upload.stored;
    Created {
        id,
        owner_id: member.owner,
        created_by: member.account,
        name: upload.called(),
        media_type: stored.media_type.to_owned(),
        size: i64::try_from(stored.size).unwrap_or(i64::MAX),
        sha256: stored.sha256.clone(),
        blob_id: blob,
        image: stored.image,
    }
}

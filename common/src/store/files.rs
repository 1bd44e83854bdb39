//! The `files` table: each row is what the file's events say.

use serde_json::json;
use sqlx::types::Json;

use super::events::{self, Cause};
use super::macros::{exec, row, rows};
use super::{Tx, blobs};
use crate::domain::Recorded;
use crate::domain::file::{Created, File, FileEvent};
use crate::error::{Error, Result};
use crate::ids::{FileId, OwnerId};
use crate::problem::Kind;

/// Adds a file.
pub async fn insert(tx: &mut Tx, file: &File) -> Result<()> {
    exec!(
        tx,
        "insert into files
            (id, owner_id, created_by, name, media_type, size, sha256, blob_id, version, category,
             tags, image, created_at, updated_at, position)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)",
        file.id,
        file.owner_id,
        file.created_by,
        &file.name,
        &file.media_type,
        file.size,
        &file.sha256,
        file.blob_id,
        file.version,
        &file.category,
        Json(&file.tags),
        file.image.as_ref().map(Json),
        file.created_at,
        file.updated_at,
        file.position,
    )?;
    Ok(())
}

/// Adds files; on PostgreSQL in one statement.
async fn insert_all(tx: &mut Tx, files: &[File]) -> Result<()> {
    if tx.is_sqlite() {
        for file in files {
            insert(tx, file).await?;
        }
        return Ok(());
    }
    let rows: Vec<_> = (files.iter())
        .map(|file| {
            json!({
                "id": file.id,
                "owner_id": file.owner_id,
                "created_by": file.created_by,
                "name": file.name,
                "media_type": file.media_type,
                "size": file.size,
                "sha256": file.sha256,
                "blob_id": file.blob_id,
                "version": file.version,
                "category": file.category,
                "tags": file.tags,
                "image": file.image,
                "created_at": file.created_at,
                "updated_at": file.updated_at,
                "position": file.position,
            })
        })
        .collect();
    exec!(
        tx,
        "insert into files
            (id, owner_id, created_by, name, media_type, size, sha256, blob_id, version, category,
             tags, image, created_at, updated_at, position)
         select id, owner_id, created_by, name, media_type, size, sha256, blob_id, version, category,
             tags, image, created_at, updated_at, position
         from jsonb_to_recordset($1) as new (id uuid, owner_id uuid, created_by uuid, name text,
             media_type text, size bigint, sha256 text, blob_id uuid, version integer,
             category text, tags jsonb, image jsonb, created_at timestamptz,
             updated_at timestamptz, position bigint)",
        Json(rows),
    )?;
    Ok(())
}

/// Brings files into being: of each its first event, its row, and its hold on the content.
pub async fn create_all(tx: &mut Tx, all: Vec<Created>, cause: &Cause) -> Result<Vec<File>> {
    let at = tx.now();
    let begun: Vec<_> = (all.iter())
        .map(|created| {
            let event = FileEvent::Created(Box::new(created.clone()));
            let first = Recorded {
                position: 1,
                at,
                event,
            };
            (created.owner_id, created.id.0, first, cause)
        })
        .collect();
    events::begin_all(tx, &begun).await?;
    let files: Vec<_> = (all.into_iter())
        .map(|created| File::created(created, at))
        .collect();
    insert_all(tx, &files).await?;
    let held: Vec<_> = (files.iter())
        .map(|file| (file.id.0, file.blob_id))
        .collect();
    blobs::hold_all(tx, &held).await?;
    Ok(files)
}

/// Writes what changes in a file's life, one event after what is there.
pub async fn update(tx: &mut Tx, file: &File) -> Result<()> {
    let changed = exec!(
        tx,
        "update files set name = $3, category = $4, tags = $5, updated_at = $6, position = $2
         where id = $1 and position = $2 - 1",
        file.id,
        file.position,
        &file.name,
        &file.category,
        Json(&file.tags),
        file.updated_at,
    )?;
    if changed == 0 {
        return Err(Error::of(
            Kind::Conflict,
            "the file was changed at the same time; try again",
        ));
    }
    Ok(())
}

/// The file, when it is this owner's.
pub async fn find(tx: &mut Tx, owner: OwnerId, id: FileId) -> Result<Option<File>> {
    row!(
        tx,
        File,
        "select * from files where owner_id = $1 and id = $2",
        owner,
        id
    )
}

/// What a list of files may be narrowed to. A tag is matched by the caller.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// This very name.
    pub name: Option<String>,
    /// This very type.
    pub media_type: Option<String>,
    /// This very category.
    pub category: Option<String>,
    /// Among its tags.
    pub tag: Option<String>,
}

/// The files of an owner before `before`, newest first.
pub async fn list(
    tx: &mut Tx,
    owner: OwnerId,
    filter: &Filter,
    before: FileId,
    limit: i64,
) -> Result<Vec<File>> {
    // Tags are one JSON text each; a quoted word within it is a whole tag.
    let tag = filter
        .tag
        .as_ref()
        .map(|tag| format!("%{}%", like(&json!(tag).to_string())));
    rows!(
        tx,
        File,
        "select * from files
         where owner_id = $1 and id < $2
           and (cast($3 as text) is null or name = $3)
           and (cast($4 as text) is null or media_type = $4)
           and (cast($5 as text) is null or category = $5)
           and (cast($6 as text) is null or cast(tags as text) like $6 escape '!')
         order by id desc limit $7",
        owner,
        before,
        &filter.name,
        &filter.media_type,
        &filter.category,
        &tag,
        limit,
    )
}

/// A text for `like … escape '!'` that matches itself only.
fn like(text: &str) -> String {
    text.replace('!', "!!")
        .replace('%', "!%")
        .replace('_', "!_")
}

/// Takes the row of a file away; false when it is not this owner's or not at this position any
/// more.
pub async fn delete(tx: &mut Tx, owner: OwnerId, id: FileId, position: i64) -> Result<bool> {
    let deleted = exec!(
        tx,
        "delete from files where owner_id = $1 and id = $2 and position = $3",
        owner,
        id,
        position,
    )?;
    Ok(deleted == 1)
}

/// How many files an owner has, and their bytes.
pub async fn usage(tx: &mut Tx, owner: OwnerId) -> Result<(i64, i64)> {
    let usage = row!(
        tx,
        (i64, i64),
        "select count(*), cast(coalesce(sum(size), 0) as bigint) from files where owner_id = $1",
        owner,
    )?;
    Ok(usage.unwrap_or_default())
}

/// Any owner's files after `after`, in order: for the rebuild only.
pub async fn page(tx: &mut Tx, after: FileId, limit: i64) -> Result<Vec<File>> {
    rows!(
        tx,
        File,
        "select * from files where id > $1 order by id limit $2",
        after,
        limit
    )
}

/// Makes the row what the events tell, whether there is one or not: for the rebuild only.
pub async fn replace(tx: &mut Tx, file: &File) -> Result<()> {
    discard(tx, file.id).await?;
    insert(tx, file).await
}

/// Takes a row without events away: for the rebuild only.
pub async fn discard(tx: &mut Tx, id: FileId) -> Result<()> {
    exec!(tx, "delete from files where id = $1", id)?;
    Ok(())
}

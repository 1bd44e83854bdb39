//! Makes files of what was uploaded in one request: all of them or none.

use filittle_transform::names;
use validator::Validate;

use crate::actor::{Access, Actor, Member};
use crate::app::{App, Command};
use crate::blobs::{self, Stored};
use crate::domain::file::{Created, File};
use crate::error::{Error, Result};
use crate::ids::FileId;
use crate::problem::Kind;
use crate::store::events::Cause;
use crate::store::{Tx, files};

/// The uploads of one request, in its order.
#[derive(Debug, Validate)]
pub struct AddFiles {
    /// Each with the name it came with. When they cannot be added, they are removed.
    pub files: Vec<(Option<String>, Stored)>,
}

/// All that the transaction works with.
struct Work {
    member: Member,
    cause: Cause,
    files: Vec<(Option<String>, Stored)>,
}

impl Command for AddFiles {
    type Output = Vec<File>;
    const NAME: &'static str = "add_files";
    const ACCESS: Access = Access::Member;

    async fn run(self, app: &App, actor: &Actor) -> Result<Vec<File>> {
        let stored: Vec<Stored> = self
            .files
            .iter()
            .map(|(_, stored)| stored.clone())
            .collect();
        let outcome = add(app, actor, self.files).await;
        for stored in &stored {
            match &outcome {
                Ok(_) => stored.keep(),
                Err(_) => stored.abandon().await,
            }
        }
        outcome
    }
}

async fn add(app: &App, actor: &Actor, files: Vec<(Option<String>, Stored)>) -> Result<Vec<File>> {
    for (name, stored) in &files {
        if stored.size == 0 {
            let which = name.as_deref().unwrap_or("the file");
            return Err(Error::of(Kind::EmptyFile, format!("{which} is empty")));
        }
    }
    let work = Work {
        member: actor.signed_in()?,
        cause: actor.cause(),
        files,
    };
    app.db
        .write(work, |tx, work| Box::pin(create_all(tx, work)))
        .await
}

async fn create_all(tx: &mut Tx, work: &Work) -> Result<Vec<File>> {
    let mut created = Vec::with_capacity(work.files.len());
    for (name, stored) in &work.files {
        created.push(create(tx, work, name.as_deref(), stored).await?);
    }
    Ok(created)
}

async fn create(tx: &mut Tx, work: &Work, name: Option<&str>, stored: &Stored) -> Result<File> {
    let id = FileId::new(tx.now());
    let created = Created {
        id,
        owner_id: work.member.owner,
        created_by: work.member.account,
        name: called(name, stored.media_type),
        media_type: stored.media_type.to_owned(),
        size: i64::try_from(stored.size).unwrap_or(i64::MAX),
        sha256: stored.sha256.clone(),
        blob_id: blobs::link(tx, stored, id.0).await?,
        image: stored.image,
    };
    files::create(tx, created, &work.cause).await
}

/// The name it came with, made harmless, or else one by its type.
fn called(name: Option<&str>, media_type: &str) -> String {
    match name.filter(|name| !name.trim().is_empty()) {
        Some(name) => names::sanitise(name),
        None => names::sanitise(&format!("file.{}", extension(media_type))),
    }
}

/// The usual extension of a type that sniffing finds often.
fn extension(media_type: &str) -> &str {
    match media_type {
        "image/jpeg" => "jpg",
        "image/tiff" => "tif",
        "image/x-icon" | "image/vnd.microsoft.icon" => "ico",
        "text/plain" => "txt",
        "application/gzip" => "gz",
        "application/zstd" => "zst",
        "application/x-bzip2" => "bz2",
        "application/x-7z-compressed" => "7z",
        "application/x-xz" => "xz",
        "application/x-lz4" => "lz4",
        "application/zip" | "application/pdf" | "application/x-tar" => {
            after(media_type, &['/', '-'])
        }
        _ if media_type.starts_with("image/") || media_type.starts_with("audio/") => {
            after(media_type, &['/', '-'])
        }
        _ => "bin",
    }
}

/// What follows the last of these characters.
fn after<'t>(text: &'t str, marks: &[char]) -> &'t str {
    text.rsplit(marks).next().unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_without_a_name_gets_one_by_its_type() {
        for (media_type, name) in [
            ("image/png", "file.png"),
            ("image/jpeg", "file.jpg"),
            ("application/x-tar", "file.tar"),
            ("text/plain", "file.txt"),
            ("application/octet-stream", "file.bin"),
        ] {
            assert_eq!(called(None, media_type), name);
            assert_eq!(called(Some("  "), media_type), name);
        }
    }

    #[test]
    fn a_name_that_came_is_kept_but_made_harmless() {
        assert_eq!(
            called(Some("../a\nb.png"), "text/plain"),
            names::sanitise("../a\nb.png")
        );
        assert!(!called(Some("../a\nb.png"), "text/plain").contains(['/', '\n']));
    }
}

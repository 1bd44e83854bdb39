//! The folder of objects: made for this user only, and rid of what a crash left in it.

use std::fs::{self, DirBuilder, File};
use std::io;
use std::path::Path;

use super::Blobs;
use super::objects::PREFIX;
use crate::error::{Error, Result};

impl Blobs {
    /// Removes what interrupted puts left in the folder, and answers how much it was. To be called
    /// when nothing is being put: at the start of the one process. Without a folder there is
    /// nothing to do.
    pub async fn tidy_local(&self) -> Result<u64> {
        let Some(folder) = self.0.folder.clone() else {
            return Ok(0);
        };
        let tidied = tokio::task::spawn_blocking(move || remove_staged(&folder.join(PREFIX)));
        Ok(tidied
            .await
            .map_err(|error| Error::Internal(error.to_string()))??)
    }
}

/// Makes the folder, durably, unless it is there.
pub(super) fn make_private(folder: &Path) -> io::Result<()> {
    if folder.exists() {
        return Ok(());
    }
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    let there = folder.ancestors().find(|folder| folder.exists());
    builder.create(folder)?;
    for parent in folder.ancestors().skip(1) {
        let parent = if parent.as_os_str().is_empty() {
            Path::new(".")
        } else {
            parent
        };
        File::open(parent)?.sync_all()?;
        if Some(parent) == there {
            break;
        }
    }
    Ok(())
}

fn remove_staged(folder: &Path) -> io::Result<u64> {
    let mut removed = 0;
    for entry in entries(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            removed += remove_staged(&path)?;
        } else if is_staged(&path) {
            fs::remove_file(&path)?;
            removed += 1;
        }
    }
    Ok(removed)
}

/// What is in a folder; nothing when it is not there.
fn entries(folder: &Path) -> io::Result<impl Iterator<Item = io::Result<fs::DirEntry>>> {
    match fs::read_dir(folder) {
        Ok(entries) => Ok(Some(entries).into_iter().flatten()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None.into_iter().flatten()),
        Err(error) => Err(error),
    }
}

/// Before an object has all its bytes, object_store's `LocalFileSystem` calls it `<name>#<number>`.
fn is_staged(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    name.split_once('#').is_some_and(|(_, number)| {
        !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())
    })
}

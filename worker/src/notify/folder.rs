//! Mails as `.eml` files in a folder: what one process does without a mail server.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use filittle_common::ids::MailId;

/// A folder of mails, one file each.
#[derive(Clone, Debug)]
pub struct Folder {
    path: PathBuf,
}

impl Folder {
    /// Makes the folder if it is not there.
    pub fn open(path: impl Into<PathBuf>) -> io::Result<Self> {
        let path = path.into();
        std::fs::create_dir_all(&path)?;
        Ok(Self { path })
    }

    /// Writes the mail durably. Its name is the mail's, so that a second attempt writes the same
    /// file with the same bytes.
    pub(super) async fn put(&self, mail: MailId, bytes: Vec<u8>) -> io::Result<()> {
        let (folder, name) = (self.path.clone(), format!("{mail}.eml"));
        tokio::task::spawn_blocking(move || put(&folder, &name, &bytes))
            .await
            .map_err(io::Error::other)?
    }
}

fn put(folder: &Path, name: &str, bytes: &[u8]) -> io::Result<()> {
    let part = folder.join(format!(".{name}.part"));
    let mut file = std::fs::File::create(&part)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    std::fs::rename(&part, folder.join(name))?;
    std::fs::File::open(folder)?.sync_all()
}

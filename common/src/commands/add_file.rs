//! Makes a file of one upload.

use validator::Validate;

use super::add_files::AddFiles;
use super::uploaded::Uploaded;
use crate::actor::{Access, Actor};
use crate::app::{App, Command};
use crate::blobs::Stored;
use crate::domain::file::File;
use crate::error::{Error, Result};

/// One upload.
#[derive(Debug, Validate)]
pub struct AddFile {
    /// The name it came with.
    pub name: Option<String>,
    /// The content. When it cannot be added, it is removed.
    pub stored: Stored,
}

impl Command for AddFile {
    type Output = File;
    const NAME: &'static str = "add_file";
    const ACCESS: Access = Access::Member;

    async fn run(self, app: &App, actor: &Actor) -> Result<File> {
        let files = vec![Uploaded {
            name: self.name,
            stored: self.stored,
        }];
        let mut added = AddFiles { files }.run(app, actor).await?;
        added
            .pop()
            .ok_or_else(|| Error::Internal("one file makes one".into()))
    }
}

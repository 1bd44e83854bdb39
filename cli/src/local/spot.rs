//! The file in which a result is to lie, under one name for each.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use tempfile::NamedTempFile;

/// Where a result is to lie.
pub(super) struct Spot {
    /// As the user calls it.
    pub shown: PathBuf,
    /// The one name of that file. A link stays, and what it leads to is written.
    pub real: PathBuf,
}

impl Spot {
    pub(super) fn of(shown: PathBuf) -> Self {
        let real = if shown.is_symlink() {
            fs::canonicalize(&shown).ok()
        } else {
            let name = shown.file_name();
            let folder = fs::canonicalize(folder(&shown)).ok();
            name.and_then(|name| Some(folder?.join(name)))
        };
        Self {
            real: real.unwrap_or_else(|| shown.clone()),
            shown,
        }
    }

    /// A temporary file in the same folder, so that it can be renamed; it vanishes when dropped.
    pub(super) fn beside(&self) -> io::Result<NamedTempFile> {
        let mut builder = tempfile::Builder::new();
        builder.prefix(".filittle-");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            // What other programs give a new file; the umask takes its part.
            builder.permissions(fs::Permissions::from_mode(0o666));
        }
        builder.tempfile_in(folder(&self.real)).map_err(|error| {
            // That of the temporary file would be told else.
            let detail = format!("cannot write {}: {}", self.shown.display(), error.kind());
            io::Error::new(error.kind(), detail)
        })
    }
}

/// The one that holds what has this path.
pub(super) fn folder(path: &Path) -> &Path {
    path.parent()
        .filter(|parent| !parent.as_os_str().is_empty())
        .unwrap_or(Path::new("."))
}

//! The folder of everything that `serve` keeps, and the lock that keeps a second process out.

use std::fs::{DirBuilder, File, OpenOptions, Permissions, TryLockError, set_permissions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

/// An open data folder. It is locked until this is dropped or the process ends, however it ends.
#[derive(Debug)]
pub(crate) struct DataFolder {
    path: PathBuf,
    _lock: File,
}

impl DataFolder {
    /// Opens the folder, and makes it if it is not there; from then on only its owner may look
    /// inside.
    pub(crate) fn make(path: &Path) -> io::Result<Self> {
        for folder in [path, &path.join("spool")] {
            DirBuilder::new()
                .recursive(true)
                .mode(0o700)
                .create(folder)
                .map_err(|error| {
                    io::Error::new(
                        error.kind(),
                        format!("cannot make {}: {error}", folder.display()),
                    )
                })?;
        }
        // A folder that was there may be open to all; what is inside is not for all.
        set_permissions(path, Permissions::from_mode(0o700))?;
        Self::lock(path)
    }

    /// Opens a folder that must be there.
    pub(crate) fn existing(path: &Path) -> io::Result<Self> {
        if !path.join("filittle.sqlite").is_file() {
            let why = format!("{} is not a data folder of filittle", path.display());
            return Err(io::Error::new(io::ErrorKind::NotFound, why));
        }
        Self::lock(path)
    }

    fn lock(path: &Path) -> io::Result<Self> {
        let path = path.canonicalize()?;
        let mut lock = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .mode(0o600)
            .open(path.join("lock"))?;
        lock.try_lock().map_err(|error| match error {
            TryLockError::WouldBlock => io::Error::new(
                io::ErrorKind::ResourceBusy,
                format!("another filittle uses {}; stop it first", path.display()),
            ),
            TryLockError::Error(error) => error,
        })?;
        lock.set_len(0)?;
        writeln!(lock, "{}", std::process::id())?;
        Ok(Self { path, _lock: lock })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn database(&self) -> PathBuf {
        self.path.join("filittle.sqlite")
    }

    pub(crate) fn objects(&self) -> PathBuf {
        self.path.join("objects")
    }

    pub(crate) fn mail(&self) -> PathBuf {
        self.path.join("mail")
    }

    pub(crate) fn spool(&self) -> PathBuf {
        self.path.join("spool")
    }
}

//! The folder of everything that `serve` keeps, and the lock that keeps a second process out.

use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

const DATABASE: &str = "filittle.sqlite";
const URL: &str = "url";

/// An open data folder. It is locked until this is dropped or the process ends, however it ends.
#[derive(Debug)]
pub(crate) struct DataFolder {
    path: PathBuf,
    _lock: File,
}

impl DataFolder {
    /// Opens the folder, and makes it if it is not there. Only its owner may look into what is made
    /// here; the mode of a folder that was there is its owner's business.
    pub(crate) fn make(path: &Path) -> io::Result<Self> {
        let private = ["spool", "mail"].map(|name| path.join(name));
        for folder in [path]
            .into_iter()
            .chain(private.iter().map(PathBuf::as_path))
        {
            DirBuilder::new()
                .recursive(true)
                .mode(0o700)
                .create(folder)
                .map_err(|error| about(&error, "cannot make", folder))?;
        }
        if path.metadata()?.permissions().mode() & 0o077 != 0 {
            tracing::warn!(folder = %path.display(), "others on this machine can look into the data folder");
        }
        let folder = Self::lock(path)?;
        // SQLite gives the files beside it the mode of this one.
        OpenOptions::new()
            .create(true)
            .append(true)
            .mode(0o600)
            .open(folder.database())
            .map_err(|error| about(&error, "cannot write", &folder.database()))?;
        Ok(folder)
    }

    /// Opens a folder that must be there.
    pub(crate) fn existing(path: &Path) -> io::Result<Self> {
        Self::used_database(path)?;
        Self::lock(path)
    }

    /// The database of a folder that must be there, and that a running service may use meanwhile: for
    /// what is one small transaction.
    pub(crate) fn used_database(path: &Path) -> io::Result<PathBuf> {
        let database = path.join(DATABASE);
        if database.is_file() {
            return Ok(database);
        }
        let why = format!("{} is not a data folder of filittle", path.display());
        Err(io::Error::new(io::ErrorKind::NotFound, why))
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
        self.path.join(DATABASE)
    }

    pub(crate) fn objects(&self) -> PathBuf {
        self.path.join("objects")
    }

    pub(crate) fn mail(&self) -> PathBuf {
        self.path.join("mail")
    }

    /// Where the first account stands until it was shown.
    pub(crate) fn first_account(&self) -> PathBuf {
        self.path.join("first-account.txt")
    }

    /// Notes what links begin with, for who makes one while the service runs.
    pub(crate) fn note_url(&self, public_url: &str) -> io::Result<()> {
        let file = self.path.join(URL);
        std::fs::write(&file, public_url).map_err(|error| about(&error, "cannot write", &file))
    }

    /// What links began with when the folder was last used; nothing when it never was.
    pub(crate) fn noted_url(path: &Path) -> Option<String> {
        std::fs::read_to_string(path.join(URL)).ok()
    }

    pub(crate) fn spool(&self) -> PathBuf {
        self.path.join("spool")
    }
}

fn about(error: &io::Error, what: &str, path: &Path) -> io::Error {
    io::Error::new(error.kind(), format!("{what} {}: {error}", path.display()))
}

//! Keys that outlive the process: 32 random bytes each, in files only their owner can read.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

use crate::error::{Error, Result};
use crate::random;

/// The key in this file of this folder; folder and file are made when they are missing.
pub(super) fn read_or_make(folder: &Path, name: &str) -> Result<[u8; 32]> {
    make_folder(folder)?;
    let path = folder.join(name);
    match fs::read(&path) {
        Ok(bytes) => bytes.try_into().map_err(|_| {
            // A new key in its place would silently end every session and link.
            Error::Setup(format!(
                "{} is damaged: a key has 32 bytes; restore it from a backup, or delete it to have \
                 a new one",
                path.display()
            ))
        }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let key = random::bytes();
            write(folder, name, &key)?;
            Ok(key)
        }
        Err(error) => Err(error.into()),
    }
}

/// A crash in the middle leaves no half key: the name appears when the content is on disk.
fn write(folder: &Path, name: &str, key: &[u8]) -> io::Result<()> {
    let temporary = folder.join(format!("{name}.new"));
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&temporary)?;
    file.write_all(key)?;
    file.sync_all()?;
    fs::rename(&temporary, folder.join(name))?;
    File::open(folder)?.sync_all()
}

fn make_folder(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_made_once_and_read_ever_after() {
        let folder = tempfile::tempdir().unwrap();
        let keys = folder.path().join("data/keys");
        let made = read_or_make(&keys, "a").unwrap();
        assert_eq!(read_or_make(&keys, "a").unwrap(), made);
        assert_ne!(read_or_make(&keys, "b").unwrap(), made);
        let names: Vec<_> = fs::read_dir(&keys)
            .unwrap()
            .map(|it| it.unwrap().file_name())
            .collect();
        assert_eq!(names.len(), 2, "{names:?}");
    }

    #[cfg(unix)]
    #[test]
    fn nobody_else_can_read_a_key() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let keys = folder.path().join("keys");
        read_or_make(&keys, "a").unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&keys), mode(&keys.join("a"))), (0o700, 0o600));
    }

    #[test]
    fn a_damaged_key_is_told_and_not_replaced() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("a"), b"short").unwrap();
        let error = read_or_make(folder.path(), "a").unwrap_err().to_string();
        assert!(error.contains("is damaged"), "{error}");
        assert_eq!(fs::read(folder.path().join("a")).unwrap(), b"short");
    }

    #[test]
    fn what_a_crash_left_of_a_key_is_no_key() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("a.new"), b"half").unwrap();
        let made = read_or_make(folder.path(), "a").unwrap();
        assert_eq!(read_or_make(folder.path(), "a").unwrap(), made);
    }
}

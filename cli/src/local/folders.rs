//! The files of a folder, and of those in it.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

/// What lies in a folder.
pub(super) struct Folder {
    /// In the order of their names' bytes, folder by folder.
    pub files: Vec<Found>,
    /// What is no file, and why it is not among them.
    pub left_out: Vec<(PathBuf, &'static str)>,
}

/// A file, or what hinders that its folder is read.
pub(super) struct Found {
    pub path: PathBuf,
    /// With `/` between folders, from the folder that was asked for.
    pub name: String,
    pub hindrance: Option<io::Error>,
}

impl Folder {
    /// Links to files count as these; links to folders are not followed, for they may lead in a
    /// circle. `except` is the file that is to be written.
    pub(super) fn read(root: &Path, except: Option<&Path>) -> Self {
        let mut folder = Self {
            files: Vec::new(),
            left_out: Vec::new(),
        };
        // `.` and `..` have no name of their own.
        let name = root.file_name().map(|name| name.to_string_lossy());
        let under = name.map_or_else(String::new, |name| format!("{name}/"));
        folder.walk(root, &under, except);
        folder
    }

    fn walk(&mut self, path: &Path, under: &str, except: Option<&Path>) {
        let entries = fs::read_dir(path).and_then(Iterator::collect::<io::Result<Vec<_>>>);
        let mut entries = match entries {
            Ok(entries) => entries,
            Err(error) => {
                self.files.push(Found {
                    path: path.to_owned(),
                    name: under.to_owned(),
                    hindrance: Some(error),
                });
                return;
            }
        };
        entries.sort_by_key(fs::DirEntry::file_name);
        for entry in entries {
            let path = entry.path();
            let name = format!("{under}{}", entry.file_name().to_string_lossy());
            let kind = entry.file_type();
            if kind.as_ref().is_ok_and(fs::FileType::is_dir) {
                self.walk(&path, &format!("{name}/"), except);
            } else if except.is_some_and(|except| is_same(&path, except)) {
                self.left_out.push((path, "it is the output"));
            } else if kind.as_ref().is_ok_and(fs::FileType::is_symlink) && path.is_dir() {
                self.left_out.push((path, "a link to a folder"));
            } else if kind.as_ref().is_ok_and(fs::FileType::is_symlink) && leads_nowhere(&path) {
                self.left_out.push((path, "a link that leads nowhere"));
            } else if kind.is_ok() && path.exists() && !path.is_file() {
                self.left_out.push((path, "no ordinary file"));
            } else {
                let hindrance = None;
                self.files.push(Found {
                    path,
                    name,
                    hindrance,
                });
            }
        }
    }
}

fn leads_nowhere(link: &Path) -> bool {
    fs::metadata(link).is_err_and(|error| error.kind() == io::ErrorKind::NotFound)
}

fn is_same(path: &Path, other: &Path) -> bool {
    path.file_name() == other.file_name()
        && fs::canonicalize(path)
            .is_ok_and(|path| fs::canonicalize(other).is_ok_and(|it| it == path))
}

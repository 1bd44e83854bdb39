//! Where results go: a file, a folder, or standard output.

use std::{
    collections::HashSet,
    ffi::OsStr,
    fs, io,
    path::{Path, PathBuf},
    sync::{
        Mutex,
        atomic::{AtomicBool, Ordering},
    },
};

use super::{
    ending,
    spot::{self, Spot, folder},
};

/// The place of all results of a run.
pub(super) struct Target {
    place: Place,
    force: bool,
    /// Written by this run; with `--force` too, no result overwrites another one.
    written: Mutex<HashSet<PathBuf>>,
    /// Whoever read standard output does so no more, as `head` does.
    is_closed: AtomicBool,
    /// A folder that was made for this run.
    made: Option<PathBuf>,
    /// The files that are read.
    inputs: HashSet<PathBuf>,
}

/// A folder in which nothing came to lie is not left behind.
impl Drop for Target {
    fn drop(&mut self) {
        if let Some(folder) = &self.made {
            // It fails when there is something in it.
            let _ = fs::remove_dir(folder);
        }
    }
}

enum Place {
    File(PathBuf),
    Folder(PathBuf),
    Stdout,
}

impl Target {
    /// `single` when there is one result. A folder for several is made when it does not exist.
    pub(super) fn new(
        out: &str,
        single: bool,
        force: bool,
        inputs: &[&OsStr],
    ) -> Result<Self, Vec<String>> {
        let path = PathBuf::from(out);
        let mut made = None;
        let place = match out {
            "" => return Err(vec!["--output: an empty text names no file".to_owned()]),
            "-" if single => Place::Stdout,
            "-" => return Err(vec!["several results need a folder as --output".to_owned()]),
            _ if path.is_dir() => Place::Folder(path),
            _ if !single && ending::is_file(out) && ending::is_of_a_format(out) => {
                return Err(vec![format!(
                    "--output: `{out}` is the name of a file, and several results need a folder; \
                     `{out}/` makes one of that name"
                )]);
            }
            _ if single && !out.ends_with(std::path::is_separator) => Place::File(path),
            _ => match fs::create_dir_all(&path) {
                Ok(()) => {
                    made = Some(path.clone());
                    Place::Folder(path)
                }
                Err(error) => return Err(vec![format!("{out} is no folder: {error}")]),
            },
        };
        let inputs = inputs
            .iter()
            .filter_map(|input| fs::canonicalize(input).ok());
        let target = Self {
            place,
            force,
            written: Mutex::default(),
            is_closed: AtomicBool::default(),
            made,
            inputs: inputs.collect(),
        };
        if let Place::File(path) = &target.place {
            if !folder(path).is_dir() {
                return Err(vec![format!(
                    "--output: there is no folder `{}`; make it first",
                    folder(path).display()
                )]);
            }
            if let Some(refusal) = target.refusal(&Spot::of(path.clone())) {
                return Err(vec![refusal]);
            }
        }
        Ok(target)
    }

    /// Whether a file that is there is overwritten.
    pub(super) fn force(&self) -> bool {
        self.force
    }

    pub(super) fn is_stdout(&self) -> bool {
        matches!(self.place, Place::Stdout)
    }

    /// Whether standard output was closed before all was written.
    pub(super) fn is_closed(&self) -> bool {
        self.is_closed.load(Ordering::Relaxed)
    }

    pub(super) fn note_closed<T>(&self, written: io::Result<T>) -> io::Result<T> {
        let is_closed =
            |error: &io::Error| self.is_stdout() && error.kind() == io::ErrorKind::BrokenPipe;
        if written.as_ref().is_err_and(is_closed) {
            self.is_closed.store(true, Ordering::Relaxed);
        }
        written
    }

    /// Where a result of that name is to lie; nowhere, when it goes to standard output.
    pub(super) fn spot(&self, name: &str) -> io::Result<Option<Spot>> {
        Ok(match &self.place {
            Place::File(path) => Some(Spot::of(path.clone())),
            Place::Folder(folder) => {
                // The name is sanitised: a path in it leads only down.
                let path = folder.join(name);
                // Another process may have made it first, and taken it away again.
                fs::create_dir_all(spot::folder(&path))?;
                Some(Spot::of(path))
            }
            Place::Stdout => None,
        })
    }

    /// Takes away a folder in which nothing lies any more, and those around it, up to the target.
    pub(super) fn tidy(&self, folder: &Path) {
        let Place::Folder(whole) = &self.place else {
            return;
        };
        let inner = folder.ancestors().take_while(|it| *it != whole);
        // It fails where something lies.
        let _ = inner
            .filter(|it| it.starts_with(whole))
            .try_for_each(fs::remove_dir);
    }

    /// No other result is written there.
    pub(super) fn claim(&self, spot: &Spot) -> io::Result<Claim<'_>> {
        let refused = |detail| Err(io::Error::new(io::ErrorKind::AlreadyExists, detail));
        if let Some(detail) = self.refusal(spot) {
            return refused(detail);
        }
        let mut written = self
            .written
            .lock()
            .map_err(|_| io::Error::other("a thread panicked"))?;
        if !written.insert(spot.real.clone()) {
            let place = spot.shown.display();
            return refused(format!("another result of this run is written to {place}"));
        }
        Ok(Claim {
            target: self,
            path: spot.real.clone(),
            is_kept: false,
        })
    }

    /// Why nothing can be written there. What is no ordinary file would be replaced by one.
    fn refusal(&self, spot: &Spot) -> Option<String> {
        let (path, place) = (&spot.shown, spot.shown.display());
        let is_link = path.is_symlink();
        if !path.exists() {
            return is_link.then(|| format!("{place} is a link that leads nowhere"));
        }
        if !path.is_file() {
            return Some(format!(
                "{place} is no ordinary file, and would be replaced by one; `--output -` writes to \
                 standard output"
            ));
        }
        if is_link && self.inputs.contains(&spot.real) {
            return Some(format!(
                "{place} is a link to an input, which would be lost"
            ));
        }
        (!self.force).then(|| format!("{place} exists; --force overwrites it"))
    }
}

/// A place where a result is being written. Free again when it was not kept.
pub(super) struct Claim<'a> {
    target: &'a Target,
    pub path: PathBuf,
    pub is_kept: bool,
}

impl Drop for Claim<'_> {
    fn drop(&mut self) {
        if let (false, Ok(mut written)) = (self.is_kept, self.target.written.lock()) {
            written.remove(&self.path);
        }
    }
}

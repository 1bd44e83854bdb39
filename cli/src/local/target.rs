//! Where results go: a file, a folder, or standard output.

use std::{
    collections::{BTreeSet, HashSet},
    ffi::OsStr,
    fs, io,
    path::{Path, PathBuf},
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use super::{
    ending,
    spot::{Spot, folder},
};

/// The place of all results of a run.
pub(super) struct Target {
    place: Place,
    force: bool,
    /// Written by this run; with `--force` too, no result overwrites another one.
    written: Mutex<HashSet<PathBuf>>,
    /// Whoever read standard output does so no more, as `head` does.
    is_closed: AtomicBool,
    /// Folders that were made for this run.
    made: Mutex<BTreeSet<PathBuf>>,
    /// Whether files of archives come to lie there: they say themselves what they are called.
    unpacks: bool,
    /// The files that are read.
    inputs: HashSet<PathBuf>,
}

/// Folders in which nothing came to lie are not left behind.
impl Drop for Target {
    fn drop(&mut self) {
        let made = self.made.get_mut().unwrap_or_else(PoisonError::into_inner);
        // Those in others come behind them.
        for folder in made.iter().rev() {
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
        let made = Mutex::default();
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
            _ => match make(&path, &made) {
                Ok(()) => Place::Folder(path),
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
            unpacks: false,
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

    /// Whether files of archives come to lie there: then nothing is written through a link.
    pub(super) fn set_unpacks(&mut self, unpacks: bool) {
        self.unpacks = unpacks;
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
            Place::Folder(whole) => {
                // The name is sanitised: a path in it leads only down.
                let path = whole.join(name);
                self.make_folder(whole, folder(&path))?;
                Some(Spot::of(path))
            }
            Place::Stdout => None,
        })
    }

    /// Makes a folder within the whole one, if it is not there.
    fn make_folder(&self, whole: &Path, inner: &Path) -> io::Result<()> {
        let between = inner.ancestors().take_while(|it| *it != whole);
        let links = between.filter(|it| self.unpacks && it.is_symlink());
        if let Some(link) = links.last() {
            let detail = format!(
                "{} is a link, and nothing is unpacked through it",
                link.display()
            );
            return Err(io::Error::new(io::ErrorKind::AlreadyExists, detail));
        }
        make(inner, &self.made).map_err(|error| {
            let detail = format!("cannot make the folder {}: {error}", inner.display());
            io::Error::new(error.kind(), detail)
        })
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
        if is_link && self.unpacks {
            return Some(format!(
                "{place} is a link, and nothing is unpacked through it"
            ));
        }
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

/// Makes a folder and those around it, and notes which of them are new.
fn make(folder: &Path, made: &Mutex<BTreeSet<PathBuf>>) -> io::Result<()> {
    let missing = folder.ancestors().take_while(|it| {
        // The last one of a relative path stands for where we are.
        !it.as_os_str().is_empty() && !it.exists()
    });
    let missing: Vec<PathBuf> = missing.map(Path::to_owned).collect();
    fs::create_dir_all(folder)?;
    let mut made = made.lock().unwrap_or_else(PoisonError::into_inner);
    made.extend(missing);
    Ok(())
}

/// A place where a result is being written. Free again when it was not kept.
pub(super) struct Claim<'a> {
    target: &'a Target,
    pub path: PathBuf,
    is_kept: bool,
}

impl Claim<'_> {
    /// A result lies there now.
    pub(super) fn keep(mut self) {
        self.is_kept = true;
    }
}

impl Drop for Claim<'_> {
    fn drop(&mut self) {
        if let (false, Ok(mut written)) = (self.is_kept, self.target.written.lock()) {
            written.remove(&self.path);
        }
    }
}

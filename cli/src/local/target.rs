//! Where results go: a file, a folder, or standard output.

use std::{
    collections::{BTreeSet, HashSet},
    ffi::OsStr,
    fs, io,
    path::{Path, PathBuf},
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use tempfile::NamedTempFile;

use super::{
    ending,
    spot::{Spot, folder},
};

/// The place of all results of a run.
pub(super) struct Target {
    place: Place,
    force: bool,
    taken: Mutex<Taken>,
    /// Whoever read standard output does so no more, as `head` does.
    is_closed: AtomicBool,
    /// Whether files of archives come to lie there: they say themselves what they are called.
    unpacks: bool,
    /// Whether all that is written is for nobody else to read.
    is_private: bool,
    /// The files that are read.
    inputs: HashSet<PathBuf>,
}

/// Folders in which nothing came to lie are not left behind.
impl Drop for Target {
    fn drop(&mut self) {
        self.tidy();
    }
}

/// What results of this run have taken.
#[derive(Default)]
struct Taken {
    /// Files by their one name; with `--force` too, no result overwrites another one.
    real: HashSet<PathBuf>,
    /// The same, as the user calls them.
    shown: HashSet<PathBuf>,
    /// Folders that were made.
    made: BTreeSet<PathBuf>,
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
        let mut taken = Taken::default();
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
            _ => match make(&path, &mut taken.made) {
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
            taken: Mutex::new(taken),
            is_closed: AtomicBool::default(),
            unpacks: false,
            is_private: false,
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

    /// Whether all that is written is for nobody else to read.
    pub(super) fn set_private(&mut self, is_private: bool) {
        self.is_private = is_private;
    }

    pub(super) fn is_private(&self) -> bool {
        self.is_private
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

    /// Takes the place of a result of that name, and gives a file to write it to; none when it goes to
    /// standard output. One at a time: folders come and go.
    pub(super) fn begin(&self, name: &str) -> io::Result<Option<(Claim<'_>, NamedTempFile)>> {
        let mut taken = self.taken();
        let shown = match &self.place {
            Place::Stdout => return Ok(None),
            Place::File(path) => path.clone(),
            Place::Folder(whole) => {
                // The name is sanitised: a path in it leads only down.
                let path = whole.join(name);
                self.make_folder(whole, folder(&path), &mut taken)?;
                path
            }
        };
        let spot = Spot::of(shown);
        self.check(&spot)?;
        if taken.real.contains(&spot.real) {
            return Err(is_taken(&spot.shown));
        }
        let file = spot.beside()?;
        taken.real.insert(spot.real.clone());
        taken.shown.insert(spot.shown.clone());
        let claim = Claim {
            target: self,
            spot,
            is_kept: false,
        };
        Ok(Some((claim, file)))
    }

    /// Makes a folder within the whole one, if it is not there.
    fn make_folder(&self, whole: &Path, inner: &Path, taken: &mut Taken) -> io::Result<()> {
        let between = || inner.ancestors().take_while(|it| *it != whole);
        if let Some(link) = between()
            .filter(|it| self.unpacks && it.is_symlink())
            .last()
        {
            let detail = format!(
                "{} is a link, and nothing is unpacked through it",
                link.display()
            );
            return Err(io::Error::new(io::ErrorKind::AlreadyExists, detail));
        }
        // A file that has not its name yet.
        if let Some(file) = between().find(|it| taken.shown.contains(*it)) {
            return Err(is_taken(file));
        }
        make(inner, &mut taken.made).map_err(|error| {
            let detail = format!("cannot make the folder {}: {error}", inner.display());
            io::Error::new(error.kind(), detail)
        })
    }

    /// Takes away the folders that were made for results and in which nothing lies.
    pub(super) fn tidy(&self) {
        self.taken().tidy();
    }

    fn taken(&self) -> MutexGuard<'_, Taken> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn check(&self, spot: &Spot) -> io::Result<()> {
        match self.refusal(spot) {
            None => Ok(()),
            Some(detail) => Err(io::Error::new(io::ErrorKind::AlreadyExists, detail)),
        }
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
        if (is_link || self.unpacks) && self.inputs.contains(&spot.real) {
            let what = if is_link {
                "a link to an input"
            } else {
                "an input"
            };
            return Some(format!("{place} is {what}, which would be lost"));
        }
        (!self.force).then(|| format!("{place} exists; --force overwrites it"))
    }
}

fn is_taken(place: &Path) -> io::Error {
    let place = place.display();
    let detail = format!("another result of this run is written to {place}");
    io::Error::new(io::ErrorKind::AlreadyExists, detail)
}

/// Makes a folder and those around it, and notes which of them are new.
fn make(folder: &Path, made: &mut BTreeSet<PathBuf>) -> io::Result<()> {
    let missing = folder.ancestors().take_while(|it| {
        // The last one of a relative path stands for where we are.
        !it.as_os_str().is_empty() && !it.exists()
    });
    made.extend(missing.map(Path::to_owned));
    fs::create_dir_all(folder)
}

impl Taken {
    fn tidy(&mut self) {
        // Those in others come behind them. It fails when there is something in it.
        let gone = |folder: &&PathBuf| fs::remove_dir(folder).is_ok();
        let gone: Vec<PathBuf> = self.made.iter().rev().filter(gone).cloned().collect();
        for folder in gone {
            self.made.remove(&folder);
        }
    }
}

/// The place of a result. Free again when it was not kept.
pub(super) struct Claim<'a> {
    target: &'a Target,
    spot: Spot,
    is_kept: bool,
}

impl Claim<'_> {
    /// The one name of the file.
    pub(super) fn path(&self) -> &Path {
        &self.spot.real
    }

    /// As the user calls it.
    pub(super) fn shown(&self) -> &Path {
        &self.spot.shown
    }

    /// In which it lies.
    pub(super) fn folder(&self) -> &Path {
        folder(&self.spot.real)
    }

    /// Whether it may still be written there.
    pub(super) fn check(&self) -> io::Result<()> {
        self.target.check(&self.spot)
    }

    /// A result lies there now.
    pub(super) fn keep(&mut self) {
        self.is_kept = true;
    }
}

impl Drop for Claim<'_> {
    fn drop(&mut self) {
        if !self.is_kept {
            let mut taken = self.target.taken();
            taken.real.remove(&self.spot.real);
            taken.shown.remove(&self.spot.shown);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_result_that_has_no_name_yet_keeps_its_place() {
        let dir = tempfile::tempdir().expect("a folder");
        let out = dir.path().join("out");
        let out = out.to_str().expect("UTF-8");
        let target = Target::new(out, false, true, &[]).expect("a target");
        let begin = |name| target.begin(name).map(|begun| begun.expect("a file"));
        let file = begin("x").expect("free");
        for name in ["x", "x/y", "x/y/z"] {
            let told = begin(name).err().expect("taken").to_string();
            assert!(told.starts_with("another result of this run"), "{told}");
        }
        drop(file);
        let inner = begin("x/y").expect("free again");
        assert!(begin("x").is_err(), "it is a folder");
        target.tidy();
        assert!(dir.path().join("out/x").is_dir());
        drop(inner);
        target.tidy();
        assert!(!dir.path().join("out").exists());
        begin("x").expect("free again");
    }
}

//! Where results go: a file, a folder, or standard output.

use std::{
    collections::HashSet,
    ffi::OsStr,
    fmt,
    fs::{self, File},
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
    sync::{
        Mutex,
        atomic::{AtomicBool, Ordering},
    },
};

use filittle_transform::{OutputMeta, Outputs, Sink};
use tempfile::NamedTempFile;

use super::ending;

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

    pub(super) fn is_stdout(&self) -> bool {
        matches!(self.place, Place::Stdout)
    }

    /// Whether standard output was closed before all was written.
    pub(super) fn is_closed(&self) -> bool {
        self.is_closed.load(Ordering::Relaxed)
    }

    fn note_closed<T>(&self, written: io::Result<T>) -> io::Result<T> {
        let is_closed =
            |error: &io::Error| self.is_stdout() && error.kind() == io::ErrorKind::BrokenPipe;
        if written.as_ref().is_err_and(is_closed) {
            self.is_closed.store(true, Ordering::Relaxed);
        }
        written
    }

    /// Where a result of that name is to lie; nowhere, when it goes to standard output.
    fn spot(&self, name: &str) -> io::Result<Option<Spot>> {
        Ok(match &self.place {
            Place::File(path) => Some(Spot::of(path.clone())),
            Place::Folder(folder) => {
                // Another process may have made it first, and taken it away again.
                fs::create_dir_all(folder)?;
                // The name is sanitised: it has no separators.
                Some(Spot::of(folder.join(name)))
            }
            Place::Stdout => None,
        })
    }

    /// No other result is written there.
    fn claim(&self, spot: &Spot) -> io::Result<Claim<'_>> {
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

/// Where a result is to lie.
struct Spot {
    /// As the user calls it.
    shown: PathBuf,
    /// The one name of that file. A link stays, and what it leads to is written.
    real: PathBuf,
}

impl Spot {
    fn of(shown: PathBuf) -> Self {
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
}

/// A place where a result is being written. Free again when it was not kept.
struct Claim<'a> {
    target: &'a Target,
    path: PathBuf,
    is_kept: bool,
}

impl Drop for Claim<'_> {
    fn drop(&mut self) {
        if let (false, Ok(mut written)) = (self.is_kept, self.target.written.lock()) {
            written.remove(&self.path);
        }
    }
}

/// A result that was written.
#[derive(Clone, Debug)]
pub(super) struct Written {
    pub path: Option<PathBuf>,
    pub media_type: &'static str,
    /// Width and height of a picture.
    pub pixels: Option<(u32, u32)>,
    pub size: u64,
    /// The input it was made of, when that is one.
    pub item: Option<usize>,
}

/// Where it is, in which format, and how large it is in both senses.
impl fmt::Display for Written {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.path.as_deref().unwrap_or(Path::new("standard output"));
        let (path, format, size) = (path.display(), self.media_type, self.size);
        write!(f, "{path} ({format}, ")?;
        if let Some((width, height)) = self.pixels {
            write!(f, "{width} x {height} pixels, ")?;
        }
        write!(f, "{size} bytes)")
    }
}

/// The results of one run of the transform.
pub(super) struct Results<'a> {
    target: &'a Target,
    pub written: Vec<Written>,
}

impl<'a> Results<'a> {
    pub(super) fn new(target: &'a Target) -> Self {
        Self {
            target,
            written: Vec::new(),
        }
    }
}

impl Outputs for Results<'_> {
    fn create(&mut self, meta: OutputMeta) -> io::Result<Box<dyn Sink + '_>> {
        let spot = self.target.spot(&meta.name)?;
        let out = match &spot {
            None => Out::Stdout(BufWriter::new(io::stdout())),
            Some(spot) => Out::File(self.target.claim(spot)?, beside(spot)?),
        };
        let meta = Written {
            path: spot.map(|spot| spot.shown),
            media_type: meta.media_type,
            pixels: meta.pixels,
            size: 0,
            item: meta.item,
        };
        Ok(Box::new(Pending {
            out,
            meta,
            target: self.target,
            done: &mut self.written,
        }))
    }

    fn discard(&mut self, item: Option<usize>) -> io::Result<()> {
        let (gone, kept) = (self.written.drain(..)).partition(|it| it.item == item);
        self.written = kept;
        let gone: Vec<Written> = gone;
        gone.iter()
            .filter_map(|written| written.path.clone())
            .try_for_each(|path| fs::remove_file(Spot::of(path).real))
    }
}

enum Out<'a> {
    File(Claim<'a>, NamedTempFile),
    Stdout(BufWriter<io::Stdout>),
}

/// A temporary file in the same folder, so that it can be renamed; it vanishes when dropped.
fn beside(spot: &Spot) -> io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".filittle-");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        // What other programs give a new file; the umask takes its part.
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    builder.tempfile_in(folder(&spot.real)).map_err(|error| {
        // That of the temporary file would be told else.
        let detail = format!("cannot write {}: {}", spot.shown.display(), error.kind());
        io::Error::new(error.kind(), detail)
    })
}

fn folder(path: &Path) -> &Path {
    path.parent()
        .filter(|parent| !parent.as_os_str().is_empty())
        .unwrap_or(Path::new("."))
}

/// A result being written: no name until it is whole.
struct Pending<'a> {
    out: Out<'a>,
    meta: Written,
    target: &'a Target,
    done: &'a mut Vec<Written>,
}

impl Write for Pending<'_> {
    fn write(&mut self, block: &[u8]) -> io::Result<usize> {
        let count = match &mut self.out {
            Out::File(_, file) => file.write(block)?,
            Out::Stdout(stdout) => self.target.note_closed(stdout.write(block))?,
        };
        self.meta.size += count as u64;
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        match &mut self.out {
            Out::File(_, file) => file.flush(),
            Out::Stdout(stdout) => self.target.note_closed(stdout.flush()),
        }
    }
}

impl Sink for Pending<'_> {
    fn finish(mut self: Box<Self>) -> io::Result<()> {
        self.flush()?;
        if let Out::File(mut claim, file) = self.out {
            let path = claim.path.clone();
            file.as_file().sync_all()?;
            if self.target.force {
                file.persist(&path)?;
            } else {
                file.persist_noclobber(&path)?;
            }
            claim.is_kept = true;
            // Some systems cannot open a folder; the rename is done all the same.
            if let Ok(folder) = File::open(folder(&path)) {
                folder.sync_all()?;
            }
        }
        self.done.push(self.meta);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_result_is_told_with_its_format_and_its_size() {
        let mut written = Written {
            path: Some(PathBuf::from("x")),
            media_type: "image/png",
            pixels: Some((8, 6)),
            size: 84,
            item: None,
        };
        assert_eq!(written.to_string(), "x (image/png, 8 x 6 pixels, 84 bytes)");
        written.pixels = None;
        assert_eq!(written.to_string(), "x (image/png, 84 bytes)");
    }
}

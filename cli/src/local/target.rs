//! Where results go: a file, a folder, or standard output.

use std::{
    collections::HashSet,
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
    pub(super) fn new(out: &str, single: bool, force: bool) -> Result<Self, Vec<String>> {
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
        match &place {
            Place::File(path) if !folder(path).is_dir() => Err(vec![format!(
                "--output: there is no folder `{}`; make it first",
                folder(path).display()
            )]),
            Place::File(path) => refusal(path, force).map_or(Ok(()), |refusal| Err(vec![refusal])),
            _ => Ok(()),
        }?;
        Ok(Self {
            place,
            force,
            written: Mutex::default(),
            is_closed: AtomicBool::default(),
            made,
        })
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

    fn path(&self, name: &str) -> Option<PathBuf> {
        match &self.place {
            Place::File(path) => Some(linked(path.clone())),
            // The name is sanitised: it has no separators.
            Place::Folder(folder) => Some(linked(folder.join(name))),
            Place::Stdout => None,
        }
    }

    /// No other result is written there.
    fn claim(&self, path: &Path) -> io::Result<Claim<'_>> {
        let mut written = self
            .written
            .lock()
            .map_err(|_| io::Error::other("a thread panicked"))?;
        let is_new = written.insert(path.to_owned());
        match refusal(path, self.force) {
            None if is_new => Ok(Claim {
                target: self,
                path: path.to_owned(),
                is_kept: false,
            }),
            refusal => {
                let detail = refusal.unwrap_or_else(|| exists(path));
                Err(io::Error::new(io::ErrorKind::AlreadyExists, detail))
            }
        }
    }
}

/// A link stays, and what it leads to is written.
fn linked(path: PathBuf) -> PathBuf {
    if path.is_symlink() {
        fs::canonicalize(&path).unwrap_or(path)
    } else {
        path
    }
}

/// Why nothing can be written to a path. What is no ordinary file would be replaced by one.
fn refusal(path: &Path, force: bool) -> Option<String> {
    if !path.exists() {
        let is_link = path.is_symlink();
        return is_link.then(|| format!("{} is a link that leads nowhere", path.display()));
    }
    if !path.is_file() {
        return Some(format!(
            "{} is no ordinary file, and would be replaced by one; `--output -` writes to standard \
             output",
            path.display()
        ));
    }
    (!force).then(|| exists(path))
}

fn exists(path: &Path) -> String {
    format!("{} exists; --force overwrites it", path.display())
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
        let path = self.target.path(&meta.name);
        let out = match &path {
            None => Out::Stdout(BufWriter::new(io::stdout())),
            Some(path) => Out::File(self.target.claim(path)?, beside(path)?),
        };
        let meta = Written {
            path,
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
            .filter_map(|written| written.path.as_ref())
            .try_for_each(fs::remove_file)
    }
}

enum Out<'a> {
    File(Claim<'a>, NamedTempFile),
    Stdout(BufWriter<io::Stdout>),
}

/// A temporary file in the folder of `path`, so that it can be renamed; it vanishes when dropped.
fn beside(path: &Path) -> io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".filittle-");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        // What other programs give a new file; the umask takes its part.
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    builder.tempfile_in(folder(path)).map_err(|error| {
        // That of the temporary file would be told else.
        let detail = format!("cannot write {}: {}", path.display(), error.kind());
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
        if let (Out::File(mut claim, file), Some(path)) = (self.out, &self.meta.path) {
            file.as_file().sync_all()?;
            if self.target.force {
                file.persist(path)?;
            } else {
                file.persist_noclobber(path)?;
            }
            claim.is_kept = true;
            // Some systems cannot open a folder; the rename is done all the same.
            if let Ok(folder) = File::open(folder(path)) {
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

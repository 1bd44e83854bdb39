//! Results on their way to where they go, and what is told of them.

use std::{
    collections::BTreeSet,
    fmt,
    fs::{self, File},
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use filittle_transform::{OutputMeta, Outputs, Sink};
use serde_json::{Value, json};
use tempfile::{NamedTempFile, TempPath};

use super::{
    spot::folder,
    target::{Claim, Target},
};

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
    /// Seconds since 1970, of what was in an archive.
    modified: Option<i64>,
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

impl Written {
    pub(super) fn json(&self) -> Value {
        let path = self.path.as_ref();
        let path = path.map_or("-".into(), |path| path.to_string_lossy());
        let mut told = json!({"path": path, "media_type": self.media_type, "size": self.size});
        if let Some((width, height)) = self.pixels {
            told["width"] = width.into();
            told["height"] = height.into();
        }
        told
    }
}

/// The results of one run of the transform. They get their names when all is well: what cannot be
/// unpacked wholly leaves all as it was.
pub(super) struct Results<'a> {
    target: &'a Target,
    ready: Vec<Ready<'a>>,
}

/// A whole result, with a name yet to come if it is a file.
struct Ready<'a> {
    written: Written,
    file: Option<(Claim<'a>, TempPath)>,
}

impl<'a> Results<'a> {
    pub(super) fn new(target: &'a Target) -> Self {
        Self {
            target,
            ready: Vec::new(),
        }
    }

    /// Gives all results their names.
    pub(super) fn keep(self) -> io::Result<Vec<Written>> {
        let files = self.ready.iter().filter_map(|ready| ready.file.as_ref());
        settle(&files.map(|(_, file)| &**file).collect::<Vec<_>>())?;
        let (mut kept, mut folders) = (Vec::new(), BTreeSet::new());
        for Ready { written, file } in self.ready {
            if let Some((claim, file)) = file {
                let named = if self.target.force() {
                    file.persist(&claim.path)
                } else {
                    file.persist_noclobber(&claim.path)
                };
                if let Err(error) = named {
                    // Those before it are new, unless they replaced what nobody has any more.
                    if !self.target.force() {
                        kept.iter().for_each(remove);
                    }
                    return Err(error.error);
                }
                folders.insert(folder(&claim.path).to_owned());
                claim.keep();
            }
            kept.push(written);
        }
        // Some systems cannot open a folder; the rename is done all the same.
        folders.retain(|folder| File::open(folder).is_ok());
        settle(&folders.iter().map(PathBuf::as_path).collect::<Vec<_>>())?;
        Ok(kept)
    }
}

/// Waits until files or folders are safe from a loss of power.
fn settle(paths: &[&Path]) -> io::Result<()> {
    #[cfg(target_os = "linux")]
    if paths.len() > MANY {
        return settle_systems(paths);
    }
    paths
        .iter()
        .try_for_each(|path| File::open(path)?.sync_all())
}

/// So many files are sooner settled with all else that is on their file system.
#[cfg(target_os = "linux")]
const MANY: usize = 100;

#[cfg(target_os = "linux")]
fn settle_systems(paths: &[&Path]) -> io::Result<()> {
    use std::{collections::HashSet, os::linux::fs::MetadataExt};
    let mut settled = HashSet::new();
    for path in paths {
        if settled.insert(fs::metadata(path)?.st_dev()) {
            rustix::fs::syncfs(File::open(path)?)?;
        }
    }
    Ok(())
}

fn remove(written: &Written) {
    if let Some(path) = &written.path {
        // Nothing better can be done about it.
        let _ = fs::remove_file(path);
    }
}

impl Outputs for Results<'_> {
    fn create(&mut self, meta: OutputMeta) -> io::Result<Box<dyn Sink + '_>> {
        let spot = self.target.spot(&meta.name)?;
        let out = match &spot {
            None => Out::Stdout(BufWriter::new(io::stdout())),
            Some(spot) => {
                let claim = self.target.claim(spot)?;
                Out::File(claim, BufWriter::new(spot.beside()?))
            }
        };
        let meta = Written {
            path: spot.map(|spot| spot.shown),
            media_type: meta.media_type,
            pixels: meta.pixels,
            size: 0,
            item: meta.item,
            modified: meta.modified,
        };
        Ok(Box::new(Pending {
            out,
            meta,
            target: self.target,
            ready: &mut self.ready,
        }))
    }

    fn discard(&mut self, item: Option<usize>) -> io::Result<()> {
        self.ready.retain(|ready| ready.written.item != item);
        Ok(())
    }
}

enum Out<'a> {
    File(Claim<'a>, BufWriter<NamedTempFile>),
    Stdout(BufWriter<io::Stdout>),
}

/// A result being written.
struct Pending<'r, 'a> {
    out: Out<'a>,
    meta: Written,
    target: &'a Target,
    ready: &'r mut Vec<Ready<'a>>,
}

impl Write for Pending<'_, '_> {
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

impl Sink for Pending<'_, '_> {
    fn finish(mut self: Box<Self>) -> io::Result<()> {
        self.flush()?;
        let file = match self.out {
            Out::Stdout(_) => None,
            Out::File(claim, file) => {
                let file = file.into_inner()?;
                if let Some(time) = self.meta.modified.and_then(time) {
                    // A file system may know no such time.
                    let _ = file.as_file().set_modified(time);
                }
                // Closed: they may be more than can be open at once.
                Some((claim, file.into_temp_path()))
            }
        };
        self.ready.push(Ready {
            written: self.meta,
            file,
        });
        Ok(())
    }
}

fn time(seconds: i64) -> Option<SystemTime> {
    let away = Duration::from_secs(seconds.unsigned_abs());
    if seconds < 0 {
        SystemTime::UNIX_EPOCH.checked_sub(away)
    } else {
        SystemTime::UNIX_EPOCH.checked_add(away)
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
            modified: None,
        };
        assert_eq!(written.to_string(), "x (image/png, 8 x 6 pixels, 84 bytes)");
        written.pixels = None;
        assert_eq!(written.to_string(), "x (image/png, 84 bytes)");
    }
}

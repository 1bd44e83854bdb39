//! Results on their way to where they go, and what is told of them.

use std::{
    fmt,
    fs::{self, File},
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use filittle_transform::{Attributes, OutputMeta, Outputs, Sink};
use serde_json::{Value, json};
use tempfile::{NamedTempFile, TempPath};

use super::{
    settle::Settling,
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
    attributes: Attributes,
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
    settling: Settling,
    is_kept: bool,
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
            settling: Settling::default(),
            is_kept: false,
        }
    }

    /// Gives all results their names.
    pub(super) fn keep(mut self) -> io::Result<Vec<Written>> {
        self.settling.finish()?;
        // Somebody may have come in between; then none of them is kept.
        let mut files = self.ready.iter().filter_map(|ready| ready.file.as_ref());
        files.try_for_each(|(claim, _)| claim.check())?;
        let mut naming = Naming::default();
        let mut written = Vec::new();
        for ready in self.ready.drain(..) {
            if let Some((claim, file)) = ready.file {
                naming.name(claim, file, self.target.force())?;
            }
            written.push(ready.written);
        }
        self.is_kept = true;
        let claims = naming.keep();
        let folders = claims.iter().map(Claim::folder).collect();
        self.settling.finish_folders(&folders)?;
        Ok(written)
    }
}

/// What was written is gone, and so are the folders made for it.
impl Drop for Results<'_> {
    fn drop(&mut self) {
        if !self.is_kept {
            self.ready.clear();
            self.target.tidy();
        }
    }
}

/// Results of which some have their names. If it does not come to the end, those that are new vanish.
#[derive(Default)]
struct Naming<'a> {
    named: Vec<Claim<'a>>,
    new: Vec<PathBuf>,
}

impl<'a> Naming<'a> {
    fn name(&mut self, claim: Claim<'a>, file: TempPath, force: bool) -> io::Result<()> {
        let path = claim.path();
        let is_new = !path.exists();
        let named = if force {
            file.persist(path)
        } else {
            file.persist_noclobber(path)
        };
        if let Err(error) = named {
            let replaced = match self.named.len() - self.new.len() {
                0 => String::new(),
                count => format!("; {count} files are overwritten already"),
            };
            let detail = format!(
                "cannot write {}: {}{replaced}",
                claim.shown().display(),
                error.error
            );
            return Err(io::Error::new(error.error.kind(), detail));
        }
        if is_new {
            self.new.push(path.to_owned());
        }
        self.named.push(claim);
        Ok(())
    }

    /// All have their names.
    fn keep(mut self) -> Vec<Claim<'a>> {
        self.new.clear();
        let mut named = std::mem::take(&mut self.named);
        named.iter_mut().for_each(Claim::keep);
        named
    }
}

impl Drop for Naming<'_> {
    fn drop(&mut self) {
        for path in &self.new {
            // Nothing better can be done about it.
            let _ = fs::remove_file(path);
        }
    }
}

impl Outputs for Results<'_> {
    fn create(&mut self, meta: OutputMeta) -> io::Result<Box<dyn Sink + '_>> {
        let (out, path) = match self.target.begin(&meta.name)? {
            None => (Out::Stdout(BufWriter::new(io::stdout())), None),
            Some((claim, file)) => {
                let shown = claim.shown().to_owned();
                let is_private = meta.attributes.is_private || self.target.is_private();
                let Attributes { is_executable, .. } = meta.attributes;
                allow(file.as_file(), is_executable, is_private);
                let is_late = self.settling.is_late(claim.folder());
                (Out::File(claim, BufWriter::new(file), is_late), Some(shown))
            }
        };
        let meta = Written {
            path,
            media_type: meta.media_type,
            pixels: meta.pixels,
            size: 0,
            item: meta.item,
            attributes: meta.attributes,
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
        self.target.tidy();
        Ok(())
    }
}

enum Out<'a> {
    /// And whether it is settled later.
    File(Claim<'a>, BufWriter<NamedTempFile>, bool),
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
            Out::File(_, file, _) => file.write(block)?,
            Out::Stdout(stdout) => self.target.note_closed(stdout.write(block))?,
        };
        self.meta.size += count as u64;
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        match &mut self.out {
            Out::File(_, file, _) => file.flush(),
            Out::Stdout(stdout) => self.target.note_closed(stdout.flush()),
        }
    }
}

impl Sink for Pending<'_, '_> {
    fn finish(mut self: Box<Self>) -> io::Result<()> {
        self.flush()?;
        let file = match self.out {
            Out::Stdout(_) => None,
            Out::File(claim, file, is_late) => {
                let file = file.into_inner()?;
                if let Some(time) = self.meta.attributes.modified.and_then(time) {
                    // A file system may know no such time.
                    let _ = file.as_file().set_modified(time);
                }
                if !is_late {
                    file.as_file().sync_all()?;
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

/// Says who may do what with a new file, before anything is in it. A file system that knows no such
/// permissions keeps no secrets anyway.
#[cfg(unix)]
fn allow(file: &File, is_executable: bool, is_private: bool) {
    use std::os::unix::fs::PermissionsExt;

    let Ok(metadata) = file.metadata() else {
        return;
    };
    let before = metadata.permissions().mode() & 0o777;
    let mut mode = before;
    if is_executable {
        // Whoever may read it may start it, too.
        mode |= (mode & 0o444) >> 2;
    }
    if is_private {
        mode &= 0o700;
    }
    if mode != before {
        let _ = file.set_permissions(fs::Permissions::from_mode(mode));
    }
}

/// There are no such permissions here.
#[cfg(not(unix))]
fn allow(_: &File, _: bool, _: bool) {}

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
            attributes: Attributes::default(),
        };
        assert_eq!(written.to_string(), "x (image/png, 8 x 6 pixels, 84 bytes)");
        written.pixels = None;
        assert_eq!(written.to_string(), "x (image/png, 84 bytes)");
    }
}

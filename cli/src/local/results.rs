//! Results on their way to where they go, and what is told of them.

use std::{
    fmt,
    fs::{self, File},
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use filittle_transform::{OutputMeta, Outputs, Sink};
use serde_json::{Value, json};
use tempfile::NamedTempFile;

use super::{
    spot::{Spot, folder},
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
            Some(spot) => Out::File(self.target.claim(spot)?, spot.beside()?),
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
            done: &mut self.written,
        }))
    }

    fn discard(&mut self, item: Option<usize>) -> io::Result<()> {
        let (gone, kept) = (self.written.drain(..)).partition(|it| it.item == item);
        self.written = kept;
        let gone: Vec<Written> = gone;
        let mut paths = gone.into_iter().filter_map(|written| written.path);
        paths.try_for_each(|path| {
            let parent = folder(&path).to_owned();
            fs::remove_file(Spot::of(path).real)?;
            self.target.tidy(&parent);
            Ok(())
        })
    }
}

enum Out<'a> {
    File(Claim<'a>, NamedTempFile),
    Stdout(BufWriter<io::Stdout>),
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
            if let Some(time) = self.meta.modified.and_then(time) {
                // A file system may know no such time.
                let _ = file.as_file().set_modified(time);
            }
            file.as_file().sync_all()?;
            if self.target.force() {
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

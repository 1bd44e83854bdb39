use std::{fmt, path::PathBuf, sync::Arc, time::Instant};

#[cfg(feature = "codecs")]
use crate::names::Names;
use crate::{Error, PictureHeader};

/// What one run may use.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Bytes of an encoded picture that is to be decoded; default 100 MiB.
    pub picture_bytes: u64,
    /// Pixels of a picture, read or made; default 100 million.
    pub pixels: u64,
    /// Pixels of one side; default 65,535.
    pub side: u32,
    /// Bytes of all outputs of the run; default 50 GiB.
    pub output_bytes: u64,
    /// Bytes in temporary files at any moment; default 10 GiB.
    pub spool_bytes: u64,
    /// Files, folders and links in one archive that is unpacked; default 100,000.
    pub entries: u64,
    /// How many times as large as it is an input may become when it is unpacked; default 1,000.
    pub expansion: u64,
    /// Bytes up to which that does not count; default 64 MiB.
    pub expansion_from: u64,
    /// Outputs of the run; default 1,000.
    pub outputs: usize,
    /// Where temporary files are made; the system's folder when none.
    pub spool_dir: Option<PathBuf>,
    /// Threads that work on one picture, where that makes it faster; default 1, because pictures side
    /// by side gain more.
    pub threads: usize,
    /// When the run must be over.
    pub deadline: Option<Instant>,
    /// Asked for memory that is known to be needed only while the work goes on.
    pub admit: Option<Admit>,
}

/// Waits until there is room for so many bytes, in all, for the input that is worked on; it may fail.
#[derive(Clone)]
#[cfg_attr(
    not(feature = "codecs"),
    expect(dead_code, reason = "only codecs ask for memory")
)]
pub struct Admit(Arc<dyn Fn(u64) -> Result<(), Error> + Send + Sync>);

impl Admit {
    /// Calls `ask` from the thread that works.
    pub fn new(ask: impl Fn(u64) -> Result<(), Error> + Send + Sync + 'static) -> Self {
        Self(Arc::new(ask))
    }
}

impl fmt::Debug for Admit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Admit")
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            picture_bytes: 100 << 20,
            pixels: 100_000_000,
            side: 65_535,
            output_bytes: 50 << 30,
            spool_bytes: 10 << 30,
            entries: 100_000,
            expansion: 1_000,
            expansion_from: 64 << 20,
            outputs: 1_000,
            spool_dir: None,
            threads: 1,
            deadline: None,
            admit: None,
        }
    }
}

impl Limits {
    /// Whether a picture of this header may be decoded, for what its header says.
    pub fn admit(&self, header: &PictureHeader) -> Result<(), Error> {
        self.admit_size(header.width, header.height)
    }

    /// Waits for memory, if anybody is to be asked.
    #[cfg(feature = "codecs")]
    pub(crate) fn wait_for(&self, bytes: u64) -> Result<(), Error> {
        match &self.admit {
            Some(Admit(ask)) => ask(bytes),
            None => Ok(()),
        }
    }

    /// Whether there may be so many names, of files and of the folders they are in.
    #[cfg(feature = "codecs")]
    pub(crate) fn admit_names(&self, names: &Names) -> Result<(), Error> {
        self.admit_entries(names.count())
    }

    /// Whether there may be so many files and folders.
    #[cfg(feature = "codecs")]
    pub(crate) fn admit_entries(&self, count: usize) -> Result<(), Error> {
        if count as u64 > self.entries {
            let detail = format!("more than {} files and folders", self.entries);
            return Err(Error::large("too-many-entries", detail));
        }
        Ok(())
    }

    /// Whether a picture of that size in pixels may exist.
    pub(crate) fn admit_size(&self, width: u32, height: u32) -> Result<(), Error> {
        let side = self.side;
        if width > side || height > side {
            let detail = format!("{width}×{height} pixels, but a side has at most {side}");
            return Err(Error::large("too-many-pixels", detail));
        }
        let (pixels, most) = (u64::from(width) * u64::from(height), self.pixels);
        if pixels > most {
            let detail =
                format!("{width}×{height} are {pixels} pixels, but at most {most} are allowed");
            return Err(Error::large("too-many-pixels", detail));
        }
        Ok(())
    }
}

use std::{path::PathBuf, time::Instant};

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
    /// Where temporary files are made; the system's folder when none.
    pub spool_dir: Option<PathBuf>,
    /// Threads that work on one picture, where that makes it faster; default 1, because pictures side
    /// by side gain more.
    pub threads: usize,
    /// When the run must be over.
    pub deadline: Option<Instant>,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            picture_bytes: 100 << 20,
            pixels: 100_000_000,
            side: 65_535,
            output_bytes: 50 << 30,
            spool_bytes: 10 << 30,
            spool_dir: None,
            threads: 1,
            deadline: None,
        }
    }
}

impl Limits {
    /// Whether a picture of this header may be decoded, for what its header says.
    pub fn admit(&self, header: &PictureHeader) -> Result<(), Error> {
        self.admit_size(header.width, header.height)
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

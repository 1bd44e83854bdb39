//! Temporary files between two steps, under one quota.

use std::{
    cell::Cell,
    io::{self, Read, Seek, SeekFrom, Write},
    path::PathBuf,
    rc::Rc,
};

use tempfile::SpooledTempFile;

use crate::{Error, Limits};

/// Up to this size nothing is written to disk.
const IN_MEMORY: usize = 1 << 20;

/// Makes temporary files and counts the bytes in them.
#[derive(Debug)]
pub(crate) struct Spool {
    dir: PathBuf,
    quota: u64,
    used: Cell<u64>,
}

impl Spool {
    pub(crate) fn new(limits: &Limits) -> Rc<Self> {
        Rc::new(Self {
            dir: limits.spool_dir.clone().unwrap_or_else(std::env::temp_dir),
            quota: limits.spool_bytes,
            used: Cell::new(0),
        })
    }

    /// Bytes of memory that a file of so many bytes takes, with what is lost while it grows.
    pub(crate) fn memory(bytes: u64) -> u64 {
        2 * bytes.min(IN_MEMORY as u64)
    }

    /// An empty file, which vanishes when dropped, also when the process is killed.
    pub(crate) fn create(self: &Rc<Self>) -> Spooled {
        let file = tempfile::spooled_tempfile_in(IN_MEMORY, &self.dir);
        Spooled {
            file,
            bytes: 0,
            spool: Rc::clone(self),
        }
    }
}

/// One temporary file: written, then [rewound](Self::rewind) and read.
pub(crate) struct Spooled {
    file: SpooledTempFile,
    bytes: u64,
    spool: Rc<Spool>,
}

impl Spooled {
    /// Bytes written.
    pub(crate) fn len(&self) -> u64 {
        self.bytes
    }

    /// Back to the start, to be read.
    pub(crate) fn rewind(mut self) -> io::Result<Self> {
        self.start_over()?;
        Ok(self)
    }

    /// To where `at` bytes are before, to be read from there.
    pub(crate) fn go_to(&mut self, at: u64) -> io::Result<()> {
        self.file.seek(SeekFrom::Start(at)).map(drop)
    }

    /// Back to the start, to be read once more.
    pub(crate) fn start_over(&mut self) -> io::Result<()> {
        self.file.rewind()
    }
}

impl Write for Spooled {
    fn write(&mut self, block: &[u8]) -> io::Result<usize> {
        let (used, quota) = (self.spool.used.get(), self.spool.quota);
        if used.saturating_add(block.len() as u64) > quota {
            let detail = format!("more than {quota} bytes between two steps");
            return Err(Error::large("spool-too-large", detail).into());
        }
        let count = self.file.write(block).map_err(Error::mark)?;
        self.bytes += count as u64;
        self.spool.used.set(used + count as u64);
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush().map_err(Error::mark)
    }
}

impl Read for Spooled {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.file.read(buffer).map_err(Error::mark)
    }
}

impl Seek for Spooled {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.file.seek(to).map_err(Error::mark)
    }
}

impl Drop for Spooled {
    fn drop(&mut self) {
        self.spool
            .used
            .set(self.spool.used.get().saturating_sub(self.bytes));
    }
}

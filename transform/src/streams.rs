//! Readers and writers that count, check and stop at limits.

use std::{
    cell::Cell,
    io::{self, Read, Write},
    rc::Rc,
};

use crate::{Error, Input, watch::Watch};

/// Bytes moved at once; each block is followed by a check.
pub(crate) const BLOCK: usize = 64 << 10;

/// The code when an input has fewer bytes than it was announced with.
pub(crate) const TRUNCATED_INPUT: &str = "truncated-input";

/// The bytes of an input, at most a block at a time, held to the size it was announced with, if it was.
pub(crate) struct Source {
    reader: Box<dyn Read + Send>,
    size: Option<u64>,
    read: Rc<Cell<u64>>,
    watch: Rc<Watch>,
}

impl Source {
    /// Opens an input; `read` counts its bytes.
    pub(crate) fn open(
        input: &mut Input,
        read: Rc<Cell<u64>>,
        watch: Rc<Watch>,
    ) -> Result<Self, Error> {
        Ok(Self {
            reader: (input.open)()?,
            size: input.size,
            read,
            watch,
        })
    }
}

impl Read for Source {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        let most = buffer.len().min(BLOCK);
        let count = loop {
            self.watch.check()?;
            match self.reader.read(&mut buffer[..most]) {
                Ok(count) => break count,
                Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => break 0,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(Error::mark(error)),
            }
        };
        // Once more after the read, which may have waited long.
        self.watch.check()?;
        let before = self.read.get();
        let read = before + count as u64;
        self.read.set(read);
        let Some(size) = self.size else {
            return Ok(count);
        };
        if read > size {
            let detail = format!("an input has more than the {size} bytes it was announced with");
            let error = io::Error::new(io::ErrorKind::InvalidData, detail);
            return Err(Error::mark(error));
        }
        if count == 0 && read < size {
            let detail = format!("the input ends after {read} of {size} bytes");
            return Err(Error::bad(TRUNCATED_INPUT, detail).into());
        }
        self.watch.advance(read, size);
        Ok(count)
    }
}

/// How many bytes all outputs of a run may have.
#[derive(Debug)]
pub(crate) struct Budget {
    limit: u64,
    kept: Cell<u64>,
}

impl Budget {
    pub(crate) fn new(limit: u64) -> Self {
        Self {
            limit,
            kept: Cell::new(0),
        }
    }

    /// Bytes of all outputs that are kept.
    pub(crate) fn kept(&self) -> u64 {
        self.kept.get()
    }

    /// What was kept since there were so many bytes is gone.
    pub(crate) fn go_back(&self, kept: u64) {
        self.kept.set(kept);
    }

    /// Bytes of an output that is kept.
    pub(crate) fn keep(&self, bytes: u64) {
        self.kept.set(self.kept.get() + bytes);
    }
}

/// A writer that checks before each block and stops at the budget.
pub(crate) struct Metered<'a, W> {
    inner: W,
    written: u64,
    budget: &'a Budget,
    watch: Rc<Watch>,
}

impl<'a, W: Write> Metered<'a, W> {
    pub(crate) fn new(inner: W, budget: &'a Budget, watch: Rc<Watch>) -> Self {
        Self {
            inner,
            written: 0,
            budget,
            watch,
        }
    }

    /// The inner writer and how many bytes went into it.
    pub(crate) fn into_parts(self) -> (W, u64) {
        (self.inner, self.written)
    }
}

impl<W: Write> Write for Metered<'_, W> {
    fn write(&mut self, block: &[u8]) -> io::Result<usize> {
        self.watch.check()?;
        let block = &block[..block.len().min(BLOCK)];
        let room = self.budget.limit.saturating_sub(self.budget.kept.get());
        if self.written + block.len() as u64 > room {
            let limit = self.budget.limit;
            let detail = format!("the outputs have more than {limit} bytes together");
            return Err(Error::large("output-too-large", detail).into());
        }
        let count = self.inner.write(block).map_err(Error::mark)?;
        if count == 0 && !block.is_empty() {
            return Err(Error::mark(io::ErrorKind::WriteZero.into()));
        }
        self.written += count as u64;
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush().map_err(Error::mark)
    }
}

/// Copies all in blocks.
pub(crate) fn copy(from: &mut dyn Read, to: &mut dyn Write) -> Result<(), Error> {
    let mut block = vec![0; BLOCK];
    loop {
        match from.read(&mut block) {
            Ok(0) => return Ok(()),
            Ok(count) => to.write_all(&block[..count]).map_err(Error::of_codec)?,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(Error::of_codec(error)),
        }
    }
}

/// Reads up to `most` bytes, fewer only at the end.
pub(crate) fn head(from: &mut dyn Read, most: usize) -> Result<Vec<u8>, Error> {
    let mut head = Vec::with_capacity(most);
    from.take(most as u64)
        .read_to_end(&mut head)
        .map_err(Error::of_codec)?;
    Ok(head)
}

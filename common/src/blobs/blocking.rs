//! Contents for threads that may block: those that compute.

use std::io::{self, BufRead, Read, Write};
use std::ops::Range;

use bytes::{Buf, Bytes, BytesMut};
use futures_util::StreamExt;
use futures_util::stream::BoxStream;
use tokio::runtime::Handle;

use super::writer::BlobWriter;
use super::{Blobs, Stored};
use crate::error::{Error, Result};
use crate::ids::BlobId;

/// Small writes are gathered up to here before they cross over to the runtime.
const BUFFER: usize = 64 << 10;

/// A range of a content for a thread that may block. Never to be used on a thread of the runtime.
pub struct BlockingReader {
    runtime: Handle,
    stream: BoxStream<'static, Result<Bytes>>,
    rest: Bytes,
}

/// A content that a thread that may block writes. Never to be used on a thread of the runtime.
///
/// Dropping it before [`BlockingWriter::finish`] removes what it has put.
pub struct BlockingWriter {
    runtime: Handle,
    writer: BlobWriter,
    buffer: BytesMut,
}

impl Blobs {
    /// As [`Blobs::read`].
    pub fn blocking_reader(&self, blob: BlobId, range: Range<u64>) -> BlockingReader {
        BlockingReader {
            runtime: self.0.runtime.clone(),
            stream: self.read(blob, range).boxed(),
            rest: Bytes::new(),
        }
    }

    /// As [`Blobs::writer`].
    pub fn blocking_writer(&self, max_bytes: u64) -> BlockingWriter {
        BlockingWriter {
            runtime: self.0.runtime.clone(),
            writer: self.writer(max_bytes),
            buffer: BytesMut::new(),
        }
    }
}

impl BufRead for BlockingReader {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        while self.rest.is_empty() {
            match self.runtime.block_on(self.stream.next()) {
                Some(bytes) => self.rest = bytes?,
                None => break,
            }
        }
        Ok(&self.rest)
    }

    fn consume(&mut self, amount: usize) {
        self.rest.advance(amount);
    }
}

impl Read for BlockingReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.fill_buf()?.read(buffer)?;
        self.consume(count);
        Ok(count)
    }
}

impl BlockingWriter {
    /// Bytes written so far.
    pub fn size(&self) -> u64 {
        self.writer.size() + self.buffer.len() as u64
    }

    /// Waits until all is stored durably.
    pub fn finish(mut self) -> io::Result<Stored> {
        self.pass_on()?;
        Ok(self.runtime.block_on(self.writer.finish())?)
    }

    fn pass_on(&mut self) -> io::Result<()> {
        let bytes = self.buffer.split().freeze();
        Ok(self.runtime.block_on(self.writer.write(bytes))?)
    }
}

impl Write for BlockingWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.buffer.extend_from_slice(bytes);
        if self.buffer.len() >= BUFFER {
            self.pass_on()?;
        }
        Ok(bytes.len())
    }

    /// Does nothing: what is written is durable after [`BlockingWriter::finish`] only.
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// With the error inside, which [`cause`] takes out again; a full disk keeps its kind.
impl From<Error> for io::Error {
    fn from(error: Error) -> Self {
        match error {
            Error::Io(error) => error,
            error if error.is_full() => Self::new(io::ErrorKind::StorageFull, error),
            error => Self::other(error),
        }
    }
}

/// The error that an adapter of this module put inside of `error`, or else `error` itself.
pub fn cause(error: io::Error) -> Error {
    error.downcast::<Error>().unwrap_or_else(Error::Io)
}

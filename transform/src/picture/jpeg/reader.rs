use std::{io, rc::Rc};

use zune_core::bytestream::{ZByteIoError, ZByteReaderTrait, ZCursor, ZSeekFrom};

use crate::watch::Watch;

/// The bytes of a JPEG for the decoder, which has no other place where it could be stopped. Checks
/// and tells progress once in a block.
pub(super) struct Watched {
    cursor: ZCursor<Vec<u8>>,
    size: u64,
    since_check: usize,
    watch: Rc<Watch>,
}

/// Reads of a few bytes between two checks; together about a block.
const READS: usize = 16 << 10;

impl Watched {
    pub(super) fn new(jpeg: Vec<u8>, watch: Rc<Watch>) -> Self {
        Self {
            size: jpeg.len() as u64,
            cursor: ZCursor::new(jpeg),
            since_check: 0,
            watch,
        }
    }

    #[inline]
    fn tick(&mut self) -> Result<(), ZByteIoError> {
        self.since_check += 1;
        if self.since_check < READS {
            Ok(())
        } else {
            self.check()
        }
    }

    #[cold]
    fn check(&mut self) -> Result<(), ZByteIoError> {
        self.since_check = 0;
        self.watch
            .check()
            .map_err(|error| ZByteIoError::StdIoError(io::Error::from(error)))?;
        // The other half is what is done with the pixels.
        self.watch.advance(self.cursor.z_position()?, 2 * self.size);
        Ok(())
    }
}

impl ZByteReaderTrait for Watched {
    #[inline]
    fn read_byte_no_error(&mut self) -> u8 {
        self.cursor.read_byte_no_error()
    }

    #[inline]
    fn read_exact_bytes(&mut self, buffer: &mut [u8]) -> Result<(), ZByteIoError> {
        self.tick()?;
        self.cursor.read_exact_bytes(buffer)
    }

    fn read_bytes(&mut self, buffer: &mut [u8]) -> Result<usize, ZByteIoError> {
        self.tick()?;
        self.cursor.read_bytes(buffer)
    }

    fn peek_bytes(&mut self, buffer: &mut [u8]) -> Result<usize, ZByteIoError> {
        self.cursor.peek_bytes(buffer)
    }

    fn peek_exact_bytes(&mut self, buffer: &mut [u8]) -> Result<(), ZByteIoError> {
        self.cursor.peek_exact_bytes(buffer)
    }

    fn z_seek(&mut self, from: ZSeekFrom) -> Result<u64, ZByteIoError> {
        self.cursor.z_seek(from)
    }

    #[inline]
    fn is_eof(&mut self) -> Result<bool, ZByteIoError> {
        self.tick()?;
        self.cursor.is_eof()
    }

    fn z_position(&mut self) -> Result<u64, ZByteIoError> {
        self.cursor.z_position()
    }

    fn read_remaining(&mut self, sink: &mut Vec<u8>) -> Result<usize, ZByteIoError> {
        self.cursor.read_remaining(sink)
    }
}

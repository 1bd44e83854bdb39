//! Gzip: one member, packed by several threads.

use std::io;

use compression_codecs::{
    EncodeV2,
    core::util::{PartialBuffer, WriteBuffer},
};

use crate::{Settings, deflate::Deflate};

/// Without name and time, so that the bytes depend on the content alone; the system is "unknown".
const HEADER: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];

pub(crate) struct GzipEncoder {
    deflate: Deflate,
    crc: crc32fast::Hasher,
    len: u64,
    /// Made and not yet given out.
    ready: PartialBuffer<Vec<u8>>,
    stage: Stage,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    Body,
    Pieces,
    Trailer,
}

impl GzipEncoder {
    pub(crate) fn new(settings: &Settings) -> Self {
        Self {
            deflate: Deflate::new(settings.level(), settings.threads),
            crc: crc32fast::Hasher::new(),
            len: 0,
            ready: PartialBuffer::new(HEADER.to_vec()),
            stage: Stage::Body,
        }
    }

    /// Whether all that is ready is out.
    fn drain(&mut self, output: &mut WriteBuffer<'_>) -> bool {
        output.copy_unwritten_from(&mut self.ready);
        self.ready.unwritten().is_empty()
    }

    /// Whether there was one more piece.
    fn fetch(&mut self) -> io::Result<bool> {
        let Some(piece) = self.deflate.next()? else {
            return Ok(false);
        };
        self.crc.combine(&piece.crc);
        self.len += piece.len;
        self.ready = PartialBuffer::new(piece.bytes);
        Ok(true)
    }
}

impl EncodeV2 for GzipEncoder {
    fn encode(
        &mut self,
        input: &mut PartialBuffer<&[u8]>,
        output: &mut WriteBuffer<'_>,
    ) -> io::Result<()> {
        while self.drain(output) {
            if self.deflate.is_full() {
                self.fetch()?;
                continue;
            }
            let count = self.deflate.take(input.unwritten());
            input.advance(count);
            if input.unwritten().is_empty() {
                break;
            }
        }
        Ok(())
    }

    /// Nobody asks for a flush here: what is taken so far is given out as far as it is packed.
    fn flush(&mut self, output: &mut WriteBuffer<'_>) -> io::Result<bool> {
        while self.drain(output) {
            if !self.fetch()? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn finish(&mut self, output: &mut WriteBuffer<'_>) -> io::Result<bool> {
        while self.drain(output) {
            match self.stage {
                Stage::Body => {
                    self.deflate.end();
                    self.stage = Stage::Pieces;
                }
                Stage::Pieces => {
                    if self.fetch()? {
                        continue;
                    }
                    let sum = self.crc.clone().finalize().to_le_bytes();
                    // Modulo 2^32, as RFC 1952 has it.
                    let trailer = [&sum[..], &self.len.to_le_bytes()[..4]].concat();
                    self.ready = PartialBuffer::new(trailer);
                    self.stage = Stage::Trailer;
                }
                Stage::Trailer => return Ok(true),
            }
        }
        Ok(false)
    }
}

//! Packing and unpacking of what is read, while it is read.

use std::io::{self, Read};

use crate::{Fault, Format, SNIFF_BYTES, Settings, blocks::BLOCK, decoder, packing::Packing};

/// The packed bytes of what another reader gives.
pub struct Encoder<R> {
    inner: R,
    packing: Packing,
    block: Block,
}

impl<R: Read> Encoder<R> {
    /// # Errors
    /// [`Fault::Encoder`](crate::Fault::Encoder) when there is no memory for it.
    pub fn new(inner: R, settings: &Settings) -> io::Result<Self> {
        Ok(Self {
            inner,
            packing: Packing::new(settings)?,
            block: Block::new(),
        })
    }
}

impl<R: Read> Read for Encoder<R> {
    /// Errors of the inner reader come through as they are; those of this crate have a
    /// [`Fault`](crate::Fault) inside.
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        loop {
            self.block.fill(&mut self.inner, 1)?;
            if self.block.is_empty() {
                return self.packing.finish(buffer);
            }
            let (read, written) = self.packing.pack(self.block.bytes(), buffer)?;
            self.block.start += read;
            if written > 0 {
                return Ok(written);
            }
        }
    }
}

/// What was packed into the bytes that another reader gives: into all members, frames or streams
/// that follow one another.
pub struct Decoder<R> {
    inner: R,
    format: Format,
    decoder: decoder::Decoder,
    block: Block,
    stage: Stage,
    is_empty: bool,
    trailing: u64,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    First,
    Within,
    Between,
    Trailing,
}

impl<R: Read> Decoder<R> {
    /// A decoder with windows of at most 128 MiB.
    pub fn new(inner: R, format: Format) -> Self {
        Self {
            inner,
            format,
            decoder: decoder::Decoder::new(format),
            block: Block::new(),
            stage: Stage::First,
            is_empty: true,
            trailing: 0,
        }
    }

    /// Bytes after the end that are no further member; all of them once everything is read. They
    /// are left out. After nothing at all, and after brotli, such bytes are [`Fault::Damaged`].
    pub fn trailing(&self) -> u64 {
        self.trailing
    }

    /// Goes to the next member, if there is one.
    fn look(&mut self) -> io::Result<()> {
        self.block.fill(&mut self.inner, SNIFF_BYTES)?;
        if self.format == Format::Xz {
            // Padding between streams.
            while self.block.bytes().first() == Some(&0) {
                self.block.start += 1;
                self.block.fill(&mut self.inner, SNIFF_BYTES)?;
            }
        }
        self.stage = if self.format.is_begun_by(self.block.bytes()) {
            self.decoder.restart()?;
            Stage::Within
        } else {
            Stage::Trailing
        };
        Ok(())
    }

    /// Counts what nobody asked for. When nothing came before it, it is what was meant; and brotli has
    /// no mark, so that many a text begins with an empty stream.
    fn pass_over(&mut self) -> io::Result<()> {
        loop {
            self.trailing += self.block.bytes().len() as u64;
            self.block.start = self.block.end;
            if self.trailing > 0 && (self.is_empty || self.format == Format::Brotli) {
                return Err(Fault::Damaged(self.format.name()).into());
            }
            if self.block.has_ended {
                return Ok(());
            }
            self.block.fill(&mut self.inner, 1)?;
        }
    }
}

impl<R: Read> Read for Decoder<R> {
    /// Errors of the inner reader come through as they are; those of this crate have a
    /// [`Fault`](crate::Fault) inside.
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        loop {
            match self.stage {
                Stage::First => self.stage = Stage::Within,
                Stage::Between => self.look()?,
                Stage::Trailing => {
                    self.pass_over()?;
                    return Ok(0);
                }
                Stage::Within => {
                    self.block.fill(&mut self.inner, 1)?;
                    let decoded = self.decoder.decode(self.block.bytes(), buffer)?;
                    self.block.start += decoded.read;
                    let is_stuck = decoded.read == 0 && decoded.written == 0;
                    if decoded.has_ended {
                        self.stage = Stage::Between;
                    } else if is_stuck && self.block.is_empty() && self.block.has_ended {
                        return Err(self.decoder.truncated());
                    }
                    if decoded.written > 0 {
                        self.is_empty = false;
                        return Ok(decoded.written);
                    }
                }
            }
        }
    }
}

/// Bytes that were read and not yet used.
struct Block {
    bytes: Box<[u8]>,
    start: usize,
    end: usize,
    has_ended: bool,
}

impl Block {
    fn new() -> Self {
        Self {
            bytes: vec![0; BLOCK].into(),
            start: 0,
            end: 0,
            has_ended: false,
        }
    }

    fn bytes(&self) -> &[u8] {
        &self.bytes[self.start..self.end]
    }

    fn is_empty(&self) -> bool {
        self.start == self.end
    }

    /// Reads until there are `least` bytes, or the reader has ended.
    fn fill(&mut self, from: &mut impl Read, least: usize) -> io::Result<()> {
        if self.end - self.start >= least || self.has_ended {
            return Ok(());
        }
        self.bytes.copy_within(self.start..self.end, 0);
        (self.start, self.end) = (0, self.end - self.start);
        while self.end < least && !self.has_ended {
            match from.read(&mut self.bytes[self.end..]) {
                Ok(0) => self.has_ended = true,
                Ok(count) => self.end += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

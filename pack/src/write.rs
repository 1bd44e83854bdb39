//! Packing of what is written, while it is written.

use std::io::{self, Write};

use crate::{Settings, blocks::BLOCK, packing::Packing};

/// Writes to another writer what is written to it, packed.
pub struct Encoder<W> {
    inner: W,
    packing: Packing,
    block: Box<[u8]>,
}

impl<W: Write> Encoder<W> {
    /// # Errors
    /// [`Fault::Encoder`](crate::Fault::Encoder) when there is no memory for it.
    pub fn new(inner: W, settings: &Settings) -> io::Result<Self> {
        Ok(Self {
            inner,
            packing: Packing::new(settings)?,
            block: vec![0; BLOCK].into(),
        })
    }

    /// Writes the end, and gives back what was written to. Without it the stream is truncated.
    ///
    /// # Errors
    /// Those of the inner writer, and of this crate with a [`Fault`](crate::Fault) inside.
    pub fn finish(mut self) -> io::Result<W> {
        loop {
            let written = self.packing.finish(&mut self.block)?;
            if written == 0 {
                return Ok(self.inner);
            }
            self.inner.write_all(&self.block[..written])?;
        }
    }
}

impl<W: Write> Write for Encoder<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if bytes.is_empty() {
            return Ok(0);
        }
        loop {
            let (read, written) = self.packing.pack(bytes, &mut self.block)?;
            self.inner.write_all(&self.block[..written])?;
            if read > 0 {
                return Ok(read);
            }
        }
    }

    /// Gives on what is packed; what the encoder holds back stays there until the end.
    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

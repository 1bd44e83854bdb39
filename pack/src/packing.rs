//! An encoder with what stands around it: where its input comes from or goes to is said elsewhere.

use std::io;

use compression_codecs::core::util::{PartialBuffer, WriteBuffer};

use crate::{
    Settings,
    check::{Check, Digest},
    encoder::{Encoder, encoder},
};

/// Packs, and checks what it packed.
pub(crate) struct Packing {
    encoder: Encoder,
    /// What came in, and what came out unpacked again; nothing when that is not asked for.
    check: Option<(Digest, Check)>,
    has_ended: bool,
}

impl Packing {
    pub(crate) fn new(settings: &Settings) -> io::Result<Self> {
        let check = settings
            .verify
            .then(|| (Digest::default(), Check::new(settings.format)));
        Ok(Self {
            encoder: encoder(settings)?,
            check,
            has_ended: false,
        })
    }

    /// Takes some of the input and gives some of the output: the numbers of their bytes.
    pub(crate) fn pack(&mut self, input: &[u8], output: &mut [u8]) -> io::Result<(usize, usize)> {
        let mut from = PartialBuffer::new(input);
        let mut into = WriteBuffer::new_initialized(output);
        self.encoder.encode(&mut from, &mut into)?;
        let (read, written) = (from.written_len(), into.written_len());
        if let Some((content, check)) = &mut self.check {
            content.update(&input[..read]);
            check.feed(&output[..written])?;
        }
        Ok((read, written))
    }

    /// No more input comes: gives the rest of the output. Nothing once all of it is given, and
    /// right.
    pub(crate) fn finish(&mut self, output: &mut [u8]) -> io::Result<usize> {
        while !self.has_ended {
            let mut into = WriteBuffer::new_initialized(output);
            self.has_ended = self.encoder.finish(&mut into)?;
            let written = into.written_len();
            if let Some((content, check)) = &mut self.check {
                check.feed(&output[..written])?;
                if self.has_ended {
                    check.finish(content)?;
                }
            }
            if written > 0 {
                return Ok(written);
            }
        }
        Ok(0)
    }
}

//! A decoder of each format behind one shape.

use std::io;

use compression_codecs::{
    BrotliDecoder, BzDecoder, DecodeV2, DeflateDecoder, GzipDecoder, Lz4Decoder, XzDecoder,
    ZstdDecoder,
    core::util::{PartialBuffer, WriteBuffer},
    zstd::params::DParameter,
};

use crate::{Fault, Format, zstd::LONG_WINDOW_LOG};

/// Bytes that a decoder of xz may take: what level 9 needs, and as much again.
pub(crate) const XZ_MEMORY: u64 = 130 << 20;

/// One member, frame or stream after the other, without anything between them.
pub(crate) struct Decoder {
    name: &'static str,
    decoder: Box<dyn DecodeV2>,
    /// Inflate calls it an error when there is nothing that it could do.
    is_inflate: bool,
}

/// What a call has done.
pub(crate) struct Decoded {
    pub read: usize,
    pub written: usize,
    /// Whether the member has ended.
    pub has_ended: bool,
}

impl Decoder {
    pub(crate) fn new(format: Format) -> Self {
        let decoder: Box<dyn DecodeV2> = match format {
            Format::Zstd => {
                let window = DParameter::window_log_max(LONG_WINDOW_LOG);
                Box::new(ZstdDecoder::new_with_params(&[window]))
            }
            Format::Gzip => Box::new(GzipDecoder::new()),
            // Never with the large windows, which are no part of RFC 7932.
            Format::Brotli => Box::new(BrotliDecoder::new()),
            Format::Xz => Box::new(XzDecoder::with_memlimit(XZ_MEMORY)),
            Format::Lz4 => Box::new(Lz4Decoder::new()),
            Format::Bzip2 => Box::new(BzDecoder::new()),
        };
        Self {
            name: format.name(),
            decoder,
            is_inflate: format == Format::Gzip,
        }
    }

    /// Of RFC 1951 alone, as it is in a zip.
    pub(crate) fn deflate() -> Self {
        Self {
            name: "deflate",
            decoder: Box::new(DeflateDecoder::new()),
            is_inflate: true,
        }
    }

    pub(crate) fn name(&self) -> &'static str {
        self.name
    }

    /// The next member begins.
    pub(crate) fn restart(&mut self) -> io::Result<()> {
        self.decoder.reinit().map_err(|error| self.fault(&error))
    }

    pub(crate) fn decode(&mut self, input: &[u8], output: &mut [u8]) -> io::Result<Decoded> {
        let mut input = PartialBuffer::new(input);
        let mut output = WriteBuffer::new_initialized(output);
        let has_ended = if input.unwritten().is_empty() && self.is_inflate {
            self.decoder.flush(&mut output).map(|_| false)
        } else {
            self.decoder.decode(&mut input, &mut output)
        };
        let has_ended = has_ended.map_err(|error| self.fault(&error))?;
        Ok(Decoded {
            read: input.written_len(),
            written: output.written_len(),
            has_ended,
        })
    }

    /// The input has ended within a member.
    pub(crate) fn truncated(&self) -> io::Error {
        Fault::Truncated(self.name).into()
    }

    /// What the decoders say of their input is told by words alone.
    fn fault(&self, error: &io::Error) -> io::Error {
        let name = self.name;
        let text = error.to_string().to_lowercase();
        let is_memory = error.kind() == io::ErrorKind::OutOfMemory || text.contains("memory");
        if is_memory {
            Fault::Memory(name).into()
        } else {
            Fault::Damaged(name).into()
        }
    }
}

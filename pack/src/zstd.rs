//! Zstd with the size of the content in front, which the shared shape does not know.

use std::io;

use compression_codecs::{
    EncodeV2,
    core::util::{PartialBuffer, WriteBuffer},
};
use zstd::stream::raw::{CParameter, Encoder, InBuffer, Operation, OutBuffer};

use crate::Settings;

/// The largest window of a frame, 8 MiB: what RFC 8878, 3.1.1.1.2, asks every decoder to accept.
/// Only the levels 20 to 22 would take more, and pack a little less tightly for it.
const LARGEST_WINDOW_LOG: u32 = 23;
const FIRST_LEVEL_OVER_IT: u8 = 20;

/// The window for repeats that are far apart, 128 MiB: the largest that decoders take unasked.
pub(crate) const LONG_WINDOW_LOG: u32 = 27;

/// One frame with a checksum.
pub(crate) struct ZstdEncoder(Encoder<'static>);

impl ZstdEncoder {
    pub(crate) fn new(settings: &Settings) -> io::Result<Self> {
        let level = settings.level();
        let mut encoder = Encoder::new(level.into())?;
        encoder.set_parameter(CParameter::ChecksumFlag(true))?;
        if settings.long {
            encoder.set_parameter(CParameter::EnableLongDistanceMatching(true))?;
            encoder.set_parameter(CParameter::WindowLog(LONG_WINDOW_LOG))?;
        } else if level >= FIRST_LEVEL_OVER_IT {
            encoder.set_parameter(CParameter::WindowLog(LARGEST_WINDOW_LOG))?;
        }
        if settings.threads > 1 {
            let threads = u32::try_from(settings.threads).unwrap_or(u32::MAX);
            encoder.set_parameter(CParameter::NbWorkers(threads))?;
        }
        encoder.set_pledged_src_size(settings.size)?;
        Ok(Self(encoder))
    }
}

impl EncodeV2 for ZstdEncoder {
    fn encode(
        &mut self,
        input: &mut PartialBuffer<&[u8]>,
        output: &mut WriteBuffer<'_>,
    ) -> io::Result<()> {
        let mut from = InBuffer::around(input.unwritten());
        let into = output.initialize_unwritten();
        let mut into = OutBuffer::around(into);
        let done = self.0.run(&mut from, &mut into);
        let written = into.pos();
        let read = from.pos();
        input.advance(read);
        output.advance(written);
        done.map(drop)
    }

    fn flush(&mut self, output: &mut WriteBuffer<'_>) -> io::Result<bool> {
        let mut into = OutBuffer::around(output.initialize_unwritten());
        let left = self.0.flush(&mut into);
        let written = into.pos();
        output.advance(written);
        Ok(left? == 0)
    }

    fn finish(&mut self, output: &mut WriteBuffer<'_>) -> io::Result<bool> {
        let mut into = OutBuffer::around(output.initialize_unwritten());
        let left = self.0.finish(&mut into, true);
        let written = into.pos();
        output.advance(written);
        Ok(left? == 0)
    }
}

//! What was packed is unpacked again at once, and compared.

use std::io;

use twox_hash::XxHash3_128;

use crate::{Fault, Format, blocks::BLOCK, decoder::Decoder};

/// The hash and the number of some bytes. XXH3 finds any fault that is no attack, and costs next to
/// nothing beside a codec.
#[derive(Default)]
pub(crate) struct Digest {
    hash: Hash,
    len: u64,
}

struct Hash(XxHash3_128);

impl Default for Hash {
    fn default() -> Self {
        Self(XxHash3_128::new())
    }
}

impl Digest {
    pub(crate) fn update(&mut self, bytes: &[u8]) {
        self.hash.0.write(bytes);
        self.len += bytes.len() as u64;
    }

    fn is(&self, other: &Self) -> bool {
        (self.len, self.hash.0.finish_128()) == (other.len, other.hash.0.finish_128())
    }
}

/// Unpacks what it is fed with.
pub(crate) struct Check {
    decoder: Decoder,
    unpacked: Digest,
    block: Box<[u8]>,
    has_ended: bool,
}

impl Check {
    pub(crate) fn new(format: Format) -> Self {
        Self::by(Decoder::new(format))
    }

    /// Of RFC 1951 alone.
    pub(crate) fn deflate() -> Self {
        Self::by(Decoder::deflate())
    }

    fn by(decoder: Decoder) -> Self {
        Self {
            decoder,
            unpacked: Digest::default(),
            block: vec![0; BLOCK].into(),
            has_ended: false,
        }
    }

    pub(crate) fn feed(&mut self, mut packed: &[u8]) -> io::Result<()> {
        // Whether the decoder may have more to give without more input.
        let mut is_full = false;
        while is_full || !packed.is_empty() {
            if self.has_ended {
                return Err(self.unequal());
            }
            let decoded = self.decoder.decode(packed, &mut self.block);
            let decoded = decoded.map_err(|_| self.unequal())?;
            self.unpacked.update(&self.block[..decoded.written]);
            packed = &packed[decoded.read..];
            self.has_ended = decoded.has_ended;
            is_full = decoded.written == BLOCK && !decoded.has_ended;
            if decoded.read == 0 && decoded.written == 0 && !packed.is_empty() {
                return Err(self.unequal());
            }
        }
        Ok(())
    }

    /// An error unless it was what `content` is.
    pub(crate) fn finish(&mut self, content: &Digest) -> io::Result<()> {
        if self.has_ended && self.unpacked.is(content) {
            Ok(())
        } else {
            Err(self.unequal())
        }
    }

    fn unequal(&self) -> io::Error {
        Fault::Unequal(self.decoder.name()).into()
    }
}

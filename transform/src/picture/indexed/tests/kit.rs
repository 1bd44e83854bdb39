//! Pictures of few colours, and writing them without the steps.

use std::{
    cell::Cell,
    io::{self, Write},
};

use filittle_dither::raw::Packing;

use crate::{
    Error, Monitor,
    picture::indexed::{Indexed, IndexedFormat, write_indexed},
    value::{Work, with_work},
};

/// A picture of `colors` colours whose rows are known.
pub(super) struct Sample {
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) colors: Vec<[u8; 3]>,
    pub(super) transparent: Option<u8>,
    pub(super) gray_bits: Option<u8>,
    /// One a pixel.
    pub(super) indices: Vec<u8>,
}

impl Sample {
    pub(super) fn new(width: u32, height: u32, colors: u16) -> Self {
        let mut seed = 1_u32;
        let mut next = move |below: u32| {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            ((seed >> 16) % below).to_le_bytes()[0]
        };
        let indices = (0..width * height).map(|_| next(colors.into())).collect();
        Self {
            width,
            height,
            colors: (0..colors)
                .map(|_| [next(256), next(256), next(256)])
                .collect(),
            transparent: None,
            gray_bits: None,
            indices,
        }
    }

    /// The greys of so many bits.
    pub(super) fn gray(width: u32, height: u32, bits: u8) -> Self {
        let count = 1_u16 << bits;
        let tone = |index: u16| u8::try_from(index * 255 / (count - 1)).expect("a byte");
        Self {
            colors: (0..count).map(|index| [tone(index); 3]).collect(),
            gray_bits: Some(bits),
            ..Self::new(width, height, count)
        }
    }

    pub(super) fn indexed(&self) -> Indexed<'_> {
        Indexed {
            width: self.width,
            height: self.height,
            colors: &self.colors,
            transparent: self.transparent,
            gray_bits: self.gray_bits,
        }
    }

    /// What each pixel shows; nothing where it is transparent.
    pub(super) fn pixels(&self) -> Vec<Option<[u8; 3]>> {
        let shown = |index: &u8| {
            (Some(*index) != self.transparent).then(|| self.colors[usize::from(*index)])
        };
        self.indices.iter().map(shown).collect()
    }

    pub(super) fn write_to(
        &self,
        format: &IndexedFormat,
        out: &mut dyn Write,
        work: &Work<'_>,
    ) -> Result<(), Error> {
        write_indexed(format, &self.indexed(), out, work, |put| {
            self.indices.chunks(self.width as usize).try_for_each(put)
        })
    }

    pub(super) fn written(&self, format: &IndexedFormat) -> Result<Vec<u8>, Error> {
        let mut file = Vec::new();
        with_work(&Monitor::new(0), |work| {
            self.write_to(format, &mut file, work)
        })?;
        Ok(file)
    }
}

pub(super) fn raw(packing: Packing) -> IndexedFormat {
    IndexedFormat::Raw {
        packing,
        codes: None,
    }
}

/// Fails after so many bytes.
pub(super) struct Full(pub(super) usize);

impl Write for Full {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.0 == 0 && !bytes.is_empty() {
            return Err(Error::mark(io::ErrorKind::StorageFull.into()));
        }
        let count = bytes.len().min(self.0);
        self.0 -= count;
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Counts what it swallows, and cancels behind so many bytes.
pub(super) struct Cancelling<'a> {
    pub(super) monitor: &'a Monitor,
    pub(super) after: u64,
    pub(super) taken: &'a Cell<u64>,
}

impl Write for Cancelling<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.taken.set(self.taken.get() + bytes.len() as u64);
        if self.taken.get() > self.after {
            self.monitor.cancel();
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

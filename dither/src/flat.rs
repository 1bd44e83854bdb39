//! No dithering: the nearest of each pixel alone.

use crate::{choose::Choose, load::Load};

/// Pixels chosen for at once.
pub(crate) const LANES: usize = 8;

pub(crate) struct Flat<const C: usize, const O: usize> {
    width: usize,
    load: Load,
    transparent: u8,
    numbers: Vec<u16>,
    seen: Vec<bool>,
}

impl<const C: usize, const O: usize> Flat<C, O> {
    pub(crate) fn new(width: usize, load: Load, transparent: u8) -> Self {
        Self {
            width,
            load,
            transparent,
            numbers: vec![0; width * C],
            seen: vec![true; width],
        }
    }

    #[inline(always)]
    pub(crate) fn rows(
        &mut self,
        choose: &mut impl Choose<C, LANES, O>,
        source: &[u8],
        out: &mut [u8],
    ) {
        let stride = self.width * self.load.bytes();
        let outs = out.chunks_exact_mut(self.width * O);
        for (source, out) in source.chunks_exact(stride).zip(outs) {
            self.load.row::<C>(source, &mut self.numbers);
            let pixels = self.numbers.as_chunks::<C>().0.chunks(LANES);
            for (pixels, out) in pixels.zip(out.as_chunks_mut::<O>().0.chunks_mut(LANES)) {
                let mut wanted = [[0; LANES]; C];
                for (lane, pixel) in pixels.iter().enumerate() {
                    for c in 0..C {
                        wanted[c][lane] = pixel[c].into();
                    }
                }
                let mut chosen = [[0; LANES]; O];
                choose.choose(&wanted, &mut chosen);
                for (lane, out) in out.iter_mut().enumerate() {
                    *out = std::array::from_fn(|o| chosen[o][lane]);
                }
            }
            self.hide(source, out);
        }
    }

    fn hide(&mut self, source: &[u8], out: &mut [u8]) {
        if self.load.may_hide() && O == 1 {
            self.load.seen(source, &mut self.seen);
            for (seen, out) in self.seen.iter().zip(out) {
                if !seen {
                    *out = self.transparent;
                }
            }
        }
    }
}

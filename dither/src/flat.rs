//! No dithering: the nearest of each pixel alone.

use crate::{choose::Choose, frame::Frame};

/// Pixels chosen for at once.
pub(crate) const LANES: usize = 8;

pub(crate) struct Flat<const C: usize, const O: usize> {
    frame: Frame,
    numbers: Vec<u16>,
}

impl<const C: usize, const O: usize> Flat<C, O> {
    pub(crate) fn new(frame: Frame) -> Self {
        let numbers = vec![0; frame.width * C];
        Self { frame, numbers }
    }

    #[inline(always)]
    pub(crate) fn rows(
        &mut self,
        choose: &mut impl Choose<C, LANES, O>,
        source: &[u8],
        out: &mut [u8],
    ) {
        let Frame { width, load, .. } = &self.frame;
        let outs = out.chunks_exact_mut(width * O);
        for (source, out) in source.chunks_exact(width * load.bytes()).zip(outs) {
            load.row::<C>(source, &mut self.numbers);
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
            if O == 1 {
                load.hide(source, out, self.frame.transparent);
            }
        }
    }
}

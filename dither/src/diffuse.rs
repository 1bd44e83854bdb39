//! Error diffusion.
//!
//! All in whole numbers: an error is the wanted number less the chosen one, and the shares of a
//! pixel's neighbours are summed in parts of the kernel's divisor and rounded once, halves up, when
//! the pixel is reached. What leaves the picture at its sides is lost.
//!
//! A pixel waits for the error of the one before it. To keep the processor busy all the same, `R`
//! rows are worked on at a time, each some columns behind the one above it, so that all it needs
//! from there is known. The outcome is that of one row after the other.

mod sums;
mod weights;

use self::sums::{add, handed_down, parts, scaled};
pub(crate) use self::weights::{Any, Fixed, Weights};
use crate::{Kernel, choose::Choose, frame::Frame, load::Load};

/// Columns worked on before the results are put where they belong.
const CHUNK: usize = 64;
/// Columns before a chunk whose errors are still needed: two rows above, two columns to the right.
const PAST: usize = 8;

/// What a band of rows goes through.
pub(crate) struct Diffusion<W, const C: usize, const R: usize, const O: usize> {
    weights: W,
    width: usize,
    serpentine: bool,
    /// In parts of 256.
    strength: i32,
    transparent: u8,
    load: Load,
    /// Errors of the last row and the one before it.
    errors: [Vec<[i32; C]>; 2],
    /// Whether those rows went from right to left.
    mirrored: [bool; 2],
    /// What the first and second row of a band get from the rows before it, for each column.
    from_above: [Vec<[i32; C]>; 2],
    /// Working numbers of the rows of a band, and which of their pixels are seen.
    rows: Vec<u16>,
    seen: Vec<bool>,
    chunk: Box<Chunk<C, R, O>>,
}

/// Some steps of all rows. In step `t` row `n` is at column `t - n · skew`.
struct Chunk<const C: usize, const R: usize, const O: usize> {
    source: [[[i32; R]; C]; CHUNK],
    /// All ones where there is a pixel.
    mask: [[i32; R]; CHUNK],
    /// Errors, those of steps before the chunk first.
    errors: [[[i32; R]; C]; PAST + CHUNK],
    out: [[[u8; R]; O]; CHUNK],
}

impl<W: Weights, const C: usize, const R: usize, const O: usize> Diffusion<W, C, R, O> {
    pub(crate) fn new(weights: W, frame: Frame, serpentine: bool) -> Self {
        let width = frame.width;
        Self {
            weights,
            width,
            serpentine,
            strength: frame.strength.into(),
            transparent: frame.transparent,
            load: frame.load,
            errors: [vec![[0; C]; width], vec![[0; C]; width]],
            mirrored: [true, false],
            from_above: [vec![[0; C]; width], vec![[0; C]; width]],
            rows: vec![0; width * C * R],
            seen: vec![true; width * R],
            chunk: Box::new(Chunk {
                source: [[[0; R]; C]; CHUNK],
                mask: [[0; R]; CHUNK],
                errors: [[[0; R]; C]; PAST + CHUNK],
                out: [[[0; R]; O]; CHUNK],
            }),
        }
    }

    #[inline(always)]
    fn skew(&self) -> usize {
        self.weights.kernel().skew()
    }

    /// Cuts rows and the room for their results into bands of `R`.
    pub(crate) fn bands<'a>(
        &self,
        source: &'a [u8],
        out: &'a mut [u8],
    ) -> (std::slice::Chunks<'a, u8>, std::slice::ChunksMut<'a, u8>) {
        (
            source.chunks(R * self.width * self.load.bytes()),
            out.chunks_mut(R * self.width * O),
        )
    }

    /// Works off up to `R` rows; fewer only at the end of the picture.
    #[inline(always)]
    pub(crate) fn band(
        &mut self,
        choose: &mut impl Choose<C, R, O>,
        source: &[u8],
        out: &mut [u8],
    ) {
        let stride = self.width * self.load.bytes();
        let rows = source.len() / stride;
        let numbers = self.rows.chunks_exact_mut(self.width * C);
        for (source, numbers) in source.chunks_exact(stride).zip(numbers) {
            self.load.row::<C>(source, numbers);
        }
        if self.load.may_hide() {
            let seen = self.seen.chunks_exact_mut(self.width);
            for (source, seen) in source.chunks_exact(stride).zip(seen) {
                self.load.seen(source, seen);
            }
        }
        let mirror = self.serpentine && !self.mirrored[0];
        self.gather(mirror);
        self.chunk.errors = [[[0; R]; C]; PAST + CHUNK];
        let steps = self.width + self.skew() * (R - 1);
        for start in (0..steps).step_by(CHUNK) {
            let count = CHUNK.min(steps - start);
            let inside = start >= self.skew() * (R - 1) && start + count <= self.width;
            self.fill(start, count, rows, mirror);
            if inside && !self.load.may_hide() {
                self.steps::<false>(choose, start, count);
            } else {
                self.mask(start, count, mirror);
                self.steps::<true>(choose, start, count);
            }
            self.put(start, count, rows, mirror, out);
        }
        self.mirrored = if R > 1 {
            [false; 2]
        } else {
            [mirror, self.mirrored[0]]
        };
    }

    /// The steps of a chunk in which a row has pixels, and the column of the first.
    #[inline(always)]
    fn span(&self, row: usize, start: usize, count: usize) -> (usize, usize, usize) {
        let behind = self.skew() * row;
        let (first, last) = (behind.max(start), (self.width + behind).min(start + count));
        if first < last {
            (first - start, last - start, first - behind)
        } else {
            (0, 0, 0)
        }
    }

    /// What the first rows of the band get from those above.
    #[inline(always)]
    fn gather(&mut self, mirror: bool) {
        let kernel = self.weights.kernel();
        let Self {
            errors: [last, before],
            mirrored,
            from_above: [first, second],
            ..
        } = self;
        first.fill([0; C]);
        second.fill([0; C]);
        add(first, last, &kernel.below, mirrored[0], mirror);
        add(first, before, &kernel.second, mirrored[1], mirror);
        add(second, last, &kernel.second, mirrored[0], mirror);
    }

    #[inline(always)]
    fn fill(&mut self, start: usize, count: usize, rows: usize, mirror: bool) {
        for row in 0..rows {
            let (first, last, column) = self.span(row, start, count);
            let numbers = &self.rows[row * self.width * C..(row + 1) * self.width * C];
            let (pixels, _) = numbers.as_chunks::<C>();
            let steps = &mut self.chunk.source[first..last];
            let put = |step: &mut [[i32; R]; C], pixel: &[u16; C]| {
                for c in 0..C {
                    step[c][row] = pixel[c].into();
                }
            };
            let count = steps.len();
            if mirror {
                let from = &pixels[self.width - column - count..self.width - column];
                steps
                    .iter_mut()
                    .zip(from.iter().rev())
                    .for_each(|(s, p)| put(s, p));
            } else {
                let from = &pixels[column..column + count];
                steps.iter_mut().zip(from).for_each(|(s, p)| put(s, p));
            }
        }
    }

    #[inline(always)]
    fn mask(&mut self, start: usize, count: usize, mirror: bool) {
        self.chunk.mask = [[0; R]; CHUNK];
        for row in 0..R {
            let (first, last, column) = self.span(row, start, count);
            for (n, step) in self.chunk.mask[first..last].iter_mut().enumerate() {
                let x = column + n;
                let x = if mirror { self.width - 1 - x } else { x };
                step[row] = -i32::from(self.seen[row * self.width + x]);
            }
        }
    }

    /// Where it all happens.
    #[inline(always)]
    fn steps<const MASKED: bool>(
        &mut self,
        choose: &mut impl Choose<C, R, O>,
        start: usize,
        count: usize,
    ) {
        let Kernel {
            divisor,
            right,
            below,
            second,
        } = self.weights.kernel();
        let skew = self.skew();
        let none = [0; C];
        for step in 0..count {
            let t = start + step;
            let at = PAST + step;
            let first = *self.from_above[0].get(t).unwrap_or(&none);
            let next = *self.from_above[1]
                .get(t.wrapping_sub(skew))
                .unwrap_or(&none);
            let chunk = &mut *self.chunk;
            let mut wanted = [[0; R]; C];
            for c in 0..C {
                let error = |back: usize| &chunk.errors[at - back][c];
                let mut sum = [0; R];
                // From the row two above, then that above, each handed one row down.
                for dx in 0..5 {
                    scaled(&mut sum, error(2 * skew + dx - 2), second[dx]);
                }
                if R > 1 {
                    sum = handed_down(&sum, next[c]);
                }
                for dx in 0..5 {
                    if below[dx] != 0 {
                        scaled(&mut sum, error(skew + dx - 2), below[dx]);
                    }
                }
                sum = handed_down(&sum, first[c]);
                scaled(&mut sum, error(1), right[0]);
                scaled(&mut sum, error(2), right[1]);
                for row in 0..R {
                    wanted[c][row] = chunk.source[step][c][row] + parts(sum[row], divisor);
                }
            }
            let mut errors = choose.choose(&wanted, &mut chunk.out[step]);
            for errors in &mut errors {
                for row in 0..R {
                    if self.strength != 256 {
                        errors[row] = (errors[row] * self.strength + 128) >> 8;
                    }
                    if MASKED {
                        errors[row] &= chunk.mask[step][row];
                    }
                }
            }
            chunk.errors[at] = errors;
        }
    }

    /// Puts results and errors where they belong.
    #[inline(always)]
    fn put(&mut self, start: usize, count: usize, rows: usize, mirror: bool, out: &mut [u8]) {
        let width = self.width;
        let place = |x: usize| if mirror { width - 1 - x } else { x };
        for row in 0..rows {
            let (first, last, column) = self.span(row, start, count);
            let steps = &self.chunk.out[first..last];
            let (out, _) = out[row * width * O..(row + 1) * width * O].as_chunks_mut::<O>();
            let put = |out: &mut [u8; O], step: &[[u8; R]; O]| {
                for o in 0..O {
                    out[o] = step[o][row];
                }
            };
            if mirror {
                let to = &mut out[width - column - steps.len()..width - column];
                to.iter_mut()
                    .rev()
                    .zip(steps)
                    .for_each(|(to, step)| put(to, step));
            } else {
                let to = &mut out[column..column + steps.len()];
                to.iter_mut()
                    .zip(steps)
                    .for_each(|(to, step)| put(to, step));
            }
        }
        if self.load.may_hide() && O == 1 {
            for row in 0..rows {
                let (first, last, column) = self.span(row, start, count);
                for x in (column..column + last - first).map(place) {
                    if !self.seen[row * width + x] {
                        out[row * width + x] = self.transparent;
                    }
                }
            }
        }
        // The last row, and the one before it; with single rows, the last becomes that first.
        if R == 1 && start == 0 {
            self.errors.swap(0, 1);
        }
        for back in 0..R.min(2) {
            let row = R - 1 - back;
            let (first, last, column) = self.span(row, start, count);
            for step in first..last {
                let x = place(column + step - first);
                let errors = &self.chunk.errors[PAST + step];
                self.errors[back][x] = std::array::from_fn(|c| errors[c][row]);
            }
        }
        self.chunk.errors.copy_within(count..count + PAST, 0);
    }
}

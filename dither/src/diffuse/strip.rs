//! What goes into a band of rows, what comes out of it, and what it leaves for the next.
//!
//! It is the same whatever the kernel is and whatever is chosen from, and so is compiled apart from
//! those, or each of their many pairs would have all of it once more.

use super::sums::add;
use crate::{
    Kernel,
    cpu::{self, Work},
    frame::Frame,
    load::Load,
};

/// Columns worked on before the results are put where they belong.
pub(super) const CHUNK: usize = 64;
/// Columns before a chunk whose errors are still needed: two rows above, two columns to the right.
pub(super) const PAST: usize = 8;

/// `R` rows that are worked on at a time.
pub(super) struct Strip<const C: usize, const R: usize, const O: usize> {
    wide: bool,
    kernel: Kernel,
    width: usize,
    serpentine: bool,
    /// Whether these rows go from right to left.
    mirror: bool,
    transparent: u8,
    load: Load,
    /// Errors of the last row and the one before it.
    errors: [Vec<[i32; C]>; 2],
    /// Whether those rows went from right to left.
    mirrored: [bool; 2],
    /// What the first and second row of a band get from the rows before it, for each column.
    pub(super) from_above: [Vec<[i32; C]>; 2],
    /// Working numbers of the rows of a band, and which of their pixels are seen.
    rows: Vec<u16>,
    seen: Vec<bool>,
    pub(super) chunk: Box<Chunk<C, R, O>>,
}

/// Some steps of all rows. In step `t` row `n` is at column `t - n · skew`.
pub(super) struct Chunk<const C: usize, const R: usize, const O: usize> {
    pub(super) source: [[[i32; R]; C]; CHUNK],
    /// All ones where there is a pixel.
    pub(super) mask: [[i32; R]; CHUNK],
    /// Errors, those of steps before the chunk first.
    pub(super) errors: [[[i32; R]; C]; PAST + CHUNK],
    pub(super) out: [[[u8; R]; O]; CHUNK],
}

/// Steps of a band of so many rows, from `start` on.
#[derive(Clone, Copy)]
pub(super) struct Steps {
    pub(super) rows: usize,
    pub(super) start: usize,
    pub(super) count: usize,
}

impl<const C: usize, const R: usize, const O: usize> Strip<C, R, O> {
    pub(super) fn new(kernel: Kernel, frame: Frame, serpentine: bool, wide: bool) -> Self {
        let width = frame.width;
        Self {
            wide,
            kernel,
            width,
            serpentine,
            mirror: false,
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

    /// Cuts rows and the room for their results into bands of `R`.
    pub(super) fn bands<'a>(
        &self,
        source: &'a [u8],
        out: &'a mut [u8],
    ) -> (std::slice::Chunks<'a, u8>, std::slice::ChunksMut<'a, u8>) {
        (
            source.chunks(R * self.width * self.load.bytes()),
            out.chunks_mut(R * self.width * O),
        )
    }

    /// Takes up to `R` rows. Answers how many, and how many steps they take.
    pub(super) fn take(&mut self, source: &[u8]) -> (usize, usize) {
        cpu::apart(self.wide, Take(self, source));
        let rows = source.len() / (self.width * self.load.bytes());
        (rows, self.width + self.kernel.skew() * (R - 1))
    }

    /// Lays the pixels of some steps ready. Answers whether some are not to be looked at.
    pub(super) fn ready(&mut self, steps: Steps) -> bool {
        let before = self.kernel.skew() * (R - 1);
        let is_inside = steps.start >= before && steps.start + steps.count <= self.width;
        let is_masked = !is_inside || self.load.may_hide();
        cpu::apart(self.wide, Ready(self, steps, is_masked));
        is_masked
    }

    /// Puts results and errors of some steps where they belong.
    pub(super) fn put(&mut self, steps: Steps, out: &mut [u8]) {
        cpu::apart(self.wide, Put(self, steps, out));
    }

    /// All rows are done.
    pub(super) fn end(&mut self) {
        self.mirrored = if R > 1 {
            [false; 2]
        } else {
            [self.mirror, self.mirrored[0]]
        };
    }

    /// The steps of a chunk in which a row has pixels, and the column of the first.
    #[inline(always)]
    fn span(&self, row: usize, steps: Steps) -> (usize, usize, usize) {
        let Steps { start, count, .. } = steps;
        let behind = self.kernel.skew() * row;
        let (first, last) = (behind.max(start), (self.width + behind).min(start + count));
        if first < last {
            (first - start, last - start, first - behind)
        } else {
            (0, 0, 0)
        }
    }

    /// What the first rows of the band get from those above.
    #[inline(always)]
    fn gather(&mut self) {
        let (kernel, mirror) = (self.kernel, self.mirror);
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
    fn fill(&mut self, at: Steps) {
        for row in 0..at.rows {
            let (first, last, column) = self.span(row, at);
            let numbers = &self.rows[row * self.width * C..(row + 1) * self.width * C];
            let (pixels, _) = numbers.as_chunks::<C>();
            let steps = &mut self.chunk.source[first..last];
            let put = |step: &mut [[i32; R]; C], pixel: &[u16; C]| {
                for c in 0..C {
                    step[c][row] = pixel[c].into();
                }
            };
            let count = steps.len();
            if self.mirror {
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
    fn mask(&mut self, at: Steps) {
        self.chunk.mask = [[0; R]; CHUNK];
        for row in 0..R {
            let (first, last, column) = self.span(row, at);
            for (n, step) in self.chunk.mask[first..last].iter_mut().enumerate() {
                let x = column + n;
                let x = if self.mirror { self.width - 1 - x } else { x };
                step[row] = -i32::from(self.seen[row * self.width + x]);
            }
        }
    }
}

struct Take<'a, const C: usize, const R: usize, const O: usize>(&'a mut Strip<C, R, O>, &'a [u8]);

impl<const C: usize, const R: usize, const O: usize> Work for Take<'_, C, R, O> {
    #[inline(always)]
    fn run(self) {
        let Self(strip, source) = self;
        let stride = strip.width * strip.load.bytes();
        let numbers = strip.rows.chunks_exact_mut(strip.width * C);
        for (source, numbers) in source.chunks_exact(stride).zip(numbers) {
            strip.load.row::<C>(source, numbers);
        }
        if strip.load.may_hide() {
            let seen = strip.seen.chunks_exact_mut(strip.width);
            for (source, seen) in source.chunks_exact(stride).zip(seen) {
                strip.load.seen(source, seen);
            }
        }
        strip.mirror = strip.serpentine && !strip.mirrored[0];
        strip.gather();
        strip.chunk.errors = [[[0; R]; C]; PAST + CHUNK];
    }
}

struct Ready<'a, const C: usize, const R: usize, const O: usize>(
    &'a mut Strip<C, R, O>,
    Steps,
    bool,
);

impl<const C: usize, const R: usize, const O: usize> Work for Ready<'_, C, R, O> {
    #[inline(always)]
    fn run(self) {
        let Self(strip, steps, is_masked) = self;
        strip.fill(steps);
        if is_masked {
            strip.mask(steps);
        }
    }
}

struct Put<'a, const C: usize, const R: usize, const O: usize>(
    &'a mut Strip<C, R, O>,
    Steps,
    &'a mut [u8],
);

impl<const C: usize, const R: usize, const O: usize> Work for Put<'_, C, R, O> {
    #[inline(always)]
    fn run(self) {
        let Self(strip, at, out) = self;
        let (width, mirror) = (strip.width, strip.mirror);
        let place = |x: usize| if mirror { width - 1 - x } else { x };
        for row in 0..at.rows {
            let (first, last, column) = strip.span(row, at);
            let steps = &strip.chunk.out[first..last];
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
        if strip.load.may_hide() && O == 1 {
            for row in 0..at.rows {
                let (first, last, column) = strip.span(row, at);
                for x in (column..column + last - first).map(place) {
                    if !strip.seen[row * width + x] {
                        out[row * width + x] = strip.transparent;
                    }
                }
            }
        }
        // The last row, and the one before it; with single rows, the last becomes that first.
        if R == 1 && at.start == 0 {
            strip.errors.swap(0, 1);
        }
        for back in 0..R.min(2) {
            let row = R - 1 - back;
            let (first, last, column) = strip.span(row, at);
            for step in first..last {
                let x = place(column + step - first);
                let errors = &strip.chunk.errors[PAST + step];
                strip.errors[back][x] = std::array::from_fn(|c| errors[c][row]);
            }
        }
        strip.chunk.errors.copy_within(at.count..at.count + PAST, 0);
    }
}

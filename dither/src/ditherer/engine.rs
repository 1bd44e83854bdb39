//! Ways of dithering, run on the processor at hand.

use std::ops::ControlFlow;

use crate::{
    choose::Choose,
    cpu::{self, Work},
    diffuse::{Diffusion, Weights},
    flat::{Flat, LANES},
    ordered::Ordered,
    pattern::Pattern,
    riemersma::Riemersma,
};

/// Told how many pixels are done; answers whether to go on.
type Check<'a> = dyn FnMut(u64) -> ControlFlow<()> + 'a;

/// A way of dithering, as [`Ditherer::dither`](super::Ditherer::dither) has it.
pub(super) trait Engine {
    fn band(&mut self, source: &[u8], out: &mut [u8], check: &mut Check<'_>) -> ControlFlow<()>;
}

/// A way that goes from row to row.
pub(super) trait Rows {
    /// What code there is for it.
    const CODE: Code = Code::Both;

    /// Dithers the next rows; `#[inline(always)]`.
    fn rows(&mut self, source: &[u8], out: &mut [u8]);
}

/// For which vectors there is code.
pub(super) enum Code {
    Both,
    Wide,
    /// Nothing is gained by wide ones.
    Plain,
}

/// A way in rows, with or without wide vectors.
pub(super) struct InRows<E> {
    pub(super) wide: bool,
    pub(super) way: E,
}

impl<E: Rows> Engine for InRows<E> {
    fn band(&mut self, source: &[u8], out: &mut [u8], check: &mut Check<'_>) -> ControlFlow<()> {
        check(0)?;
        let band = Band(&mut self.way, source, out);
        match E::CODE {
            Code::Both => cpu::run(self.wide, band),
            Code::Wide => cpu::wide_only(band),
            Code::Plain => band.run(),
        }
        ControlFlow::Continue(())
    }
}

/// Rows to work off, and where their results go.
struct Band<'a, E>(&'a mut E, &'a [u8], &'a mut [u8]);

impl<E: Rows> Work for Band<'_, E> {
    #[inline(always)]
    fn run(self) {
        let Self(way, source, out) = self;
        way.rows(source, out);
    }
}

/// A way, and what chooses on it.
pub(super) struct Along<W, Q> {
    pub(super) way: W,
    pub(super) choose: Q,
}

impl<W: Weights, const C: usize, const R: usize, const O: usize, Q: Choose<C, R, O>> Rows
    for Along<Diffusion<W, C, R, O>, Q>
{
    const CODE: Code = match (W::IS_FIXED, R) {
        (true, _) => Code::Wide,
        (false, 1) => Code::Plain,
        (false, _) => Code::Both,
    };

    #[inline(always)]
    fn rows(&mut self, source: &[u8], out: &mut [u8]) {
        let (source, out) = self.way.bands(source, out);
        for (source, out) in source.zip(out) {
            self.way.band(&mut self.choose, source, out);
        }
    }
}

impl<const C: usize, const O: usize, Q: Choose<C, LANES, O>> Rows for Along<Flat<C, O>, Q> {
    #[inline(always)]
    fn rows(&mut self, source: &[u8], out: &mut [u8]) {
        self.way.rows(&mut self.choose, source, out);
    }
}

impl<const C: usize, const O: usize> Rows for Ordered<C, O> {
    #[inline(always)]
    fn rows(&mut self, source: &[u8], out: &mut [u8]) {
        self.rows(source, out);
    }
}

impl<Q: Choose<3, LANES, 1>> Rows for Pattern<Q> {
    #[inline(always)]
    fn rows(&mut self, source: &[u8], out: &mut [u8]) {
        self.rows(source, out);
    }
}

impl<const C: usize, const O: usize, Q: Choose<C, 1, O>> Engine for Along<Riemersma<C, O>, Q> {
    fn band(&mut self, source: &[u8], out: &mut [u8], check: &mut Check<'_>) -> ControlFlow<()> {
        self.way.picture(&mut self.choose, source, out, check)
    }
}

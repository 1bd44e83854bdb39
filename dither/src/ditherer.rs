//! One picture on its way.

use std::ops::ControlFlow;

use crate::{
    Algorithm, BadOptions, ColorSpace, Kernel, Options, Pixels, ThresholdMap, Tones,
    choose::{Choose, Combined, CombinedEvenly, Separate, SeparateEvenly},
    cpu::{self, Work},
    diffuse::{Any, Diffusion, Fixed, KERNELS, Weights},
    every::Every,
    flat::{Flat, LANES},
    levels::{Evenly, Levels},
    load::{Load, Range},
    metric::Plain,
    nearest::Nearest,
    oklab::Oklab,
    ordered::Ordered,
    pattern::Pattern,
    riemersma::Riemersma,
    working::Working,
};

/// Up to so many colours are each looked at.
const FEW: usize = 64;

/// What comes out for a pixel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    /// One byte: the index of its colour.
    Indices {
        /// The colours, 1 to 256 with the transparent one; of that the numbers mean nothing.
        colors: Vec<[u8; 3]>,
        /// Which of them is transparent; there when the source has alpha and
        /// [`Transparency::Threshold`](crate::Transparency::Threshold) was asked for.
        transparent: Option<u8>,
    },
    /// Three bytes: red, green and blue. For levels of which a palette cannot hold all combinations.
    Colors,
}

impl Output {
    /// Bytes of a pixel.
    pub fn bytes(&self) -> usize {
        match self {
            Self::Indices { .. } => 1,
            Self::Colors => 3,
        }
    }
}

/// Dithers one picture, band by band from the top.
///
/// The result depends on the options and the picture alone; not on the processor, nor on how the
/// picture is cut into bands.
pub struct Ditherer {
    output: Output,
    band: usize,
    engine: Box<dyn Engine + Send>,
}

/// A way of dithering.
trait Engine {
    fn band(
        &mut self,
        source: &[u8],
        out: &mut [u8],
        check: &mut dyn FnMut(u64) -> ControlFlow<()>,
    ) -> ControlFlow<()>;
}

impl Ditherer {
    /// For a picture of `width` × `height` pixels, 1 to 65,535 each.
    pub fn new(
        options: &Options,
        pixels: Pixels,
        width: u32,
        height: u32,
    ) -> Result<Self, BadOptions> {
        Self::on(cpu::is_wide(), options, pixels, width, height)
    }

    /// With or without wide vectors.
    fn on(
        wide: bool,
        options: &Options,
        pixels: Pixels,
        width: u32,
        height: u32,
    ) -> Result<Self, BadOptions> {
        if !(1..=65_535).contains(&width) || !(1..=65_535).contains(&height) {
            return Err(BadOptions::Size(width, height));
        }
        if options.strength > Options::FULL_STRENGTH {
            return Err(BadOptions::Strength(options.strength));
        }
        let start = Start::new(wide, options, pixels, width, height)?;
        let output = start.output.clone();
        let band = match options.algorithm {
            Algorithm::Riemersma => height as usize,
            _ => LANES,
        };
        Ok(Self {
            output,
            band,
            engine: start.engine(),
        })
    }

    /// What comes out.
    pub fn output(&self) -> &Output {
        &self.output
    }

    /// How many rows [`dither`](Self::dither) wants at a time, or a multiple of it; fewer only at the
    /// end of the picture.
    /// A few, or all of the picture for [`Algorithm::Riemersma`].
    pub fn band(&self) -> usize {
        self.band
    }

    /// Dithers the next rows. `source` has their pixels without gaps; `out` has room for
    /// [as many bytes](Output::bytes) for each of them. Now and then `check` is told how many
    /// of the pixels are done and asked whether to go on; once it breaks, nothing more is to be expected
    /// of the picture.
    ///
    /// # Panics
    /// When `out` is too small.
    pub fn dither(
        &mut self,
        source: &[u8],
        out: &mut [u8],
        check: &mut dyn FnMut(u64) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        self.engine.band(source, out, check)
    }
}

/// What an engine is made of.
struct Start<'a> {
    wide: bool,
    options: &'a Options,
    output: Output,
    load: Load,
    map: Option<ThresholdMap>,
    one_channel: bool,
    width: u32,
    height: u32,
}

impl<'a> Start<'a> {
    fn new(
        wide: bool,
        options: &'a Options,
        pixels: Pixels,
        width: u32,
        height: u32,
    ) -> Result<Self, BadOptions> {
        let gray = options.gray || pixels.is_gray();
        let (space, transparency) = (options.color_space, options.transparency);
        let working = Working::of(space);
        let range = match &options.tones {
            Tones::Colors(colors) if options.fit_range => Range::of(colors, &working),
            _ => Range::whole(&working),
        };
        let load = Load::new(pixels, working, options.gray, transparency, range);
        let output = output(options, gray, load.may_hide())?;
        // One that there is not is refused even where none is needed.
        let map = map(options.algorithm, options.matrix_size).transpose()?;
        Ok(Self {
            wide,
            options,
            output,
            load,
            map: map.filter(|_| options.strength > 0),
            one_channel: gray && matches!(options.tones, Tones::Levels(_)),
            width,
            height,
        })
    }

    fn engine(self) -> Box<dyn Engine + Send> {
        let space = self.options.color_space;
        match &self.options.tones {
            Tones::Levels(count) => {
                let levels = Levels::new(*count, space);
                let evenly = Evenly::new(*count);
                let is_srgb = space == ColorSpace::Srgb;
                match (self.one_channel, self.output.bytes(), is_srgb) {
                    (true, _, true) => self.levels::<1, 1, _>(levels, |_| CombinedEvenly(evenly)),
                    (true, _, false) => self.levels::<1, 1, _>(levels, Combined),
                    (false, 1, true) => self.levels::<3, 1, _>(levels, |_| CombinedEvenly(evenly)),
                    (false, 1, false) => self.levels::<3, 1, _>(levels, Combined),
                    (false, _, true) => self.levels::<3, 3, _>(levels, |_| SeparateEvenly(evenly)),
                    (false, _, false) => self.levels::<3, 3, _>(levels, Separate),
                }
            }
            Tones::Colors(colors) => {
                let working = Working::of(space);
                let numbers: Vec<_> = colors.iter().map(|c| working.of_color(*c)).collect();
                let tones = working.tones();
                let (max, search) = (working.max, self.options.search);
                match (space == ColorSpace::Oklab, colors.len() <= FEW) {
                    (false, true) => self.colors(Every::new(Plain, &numbers, max), colors),
                    (true, true) => self.colors(Every::new(Oklab::new(), &numbers, max), colors),
                    (false, false) => {
                        self.colors(Nearest::new(Plain, &numbers, &tones, search), colors)
                    }
                    (true, false) => {
                        let choose = Nearest::new(Oklab::new(), &numbers, &tones, search);
                        self.colors(choose, colors)
                    }
                }
            }
        }
    }

    fn levels<const C: usize, const O: usize, Q>(
        mut self,
        levels: Levels,
        choose: impl FnOnce(Levels) -> Q,
    ) -> Box<dyn Engine + Send>
    where
        Q: Choose<C, LANES, O> + Choose<C, 1, O> + Send + 'static,
    {
        match self.map.take() {
            Some(map) => {
                let (width, strength) = (self.width as usize, self.options.strength);
                let transparent = self.transparent();
                let ordered =
                    Ordered::<C, O>::new(width, self.load, levels, map, strength, transparent);
                Box::new(ordered)
            }
            None => self.unordered::<C, O, Q>(choose(levels)),
        }
    }

    fn colors<Q>(mut self, choose: Q, colors: &[[u8; 3]]) -> Box<dyn Engine + Send>
    where
        Q: Choose<3, LANES, 1> + Choose<3, 1, 1> + Send + 'static,
    {
        match self.map.take() {
            Some(map) => {
                let (width, strength) = (self.width as usize, self.options.strength);
                Box::new(Pattern::new(
                    width, self.load, choose, colors, map, strength,
                ))
            }
            None => self.unordered::<3, 1, Q>(choose),
        }
    }

    fn unordered<const C: usize, const O: usize, Q>(self, choose: Q) -> Box<dyn Engine + Send>
    where
        Q: Choose<C, LANES, O> + Choose<C, 1, O> + Send + 'static,
    {
        let (wide, transparent) = (self.wide, self.transparent());
        if let Some(kernel) = self.options.algorithm.kernel() {
            return self.diffusion::<C, O, Q>(kernel, choose);
        }
        if self.options.algorithm == Algorithm::Riemersma {
            let way = Riemersma::<C, O> {
                width: self.width,
                height: self.height,
                load: self.load,
                strength: self.options.strength,
                transparent,
            };
            return Box::new(Along { wide, way, choose });
        }
        // None, and ordered without strength: thresholds of ½ are not everywhere half of the way that
        // the nearest colour is found by.
        let way = Flat::<C, O>::new(self.width as usize, self.load, transparent);
        Box::new(Along { wide, way, choose })
    }

    fn diffusion<const C: usize, const O: usize, Q>(
        self,
        kernel: Kernel,
        choose: Q,
    ) -> Box<dyn Engine + Send>
    where
        Q: Choose<C, LANES, O> + Choose<C, 1, O> + Send + 'static,
    {
        let transparent = self.transparent();
        let (width, strength) = (self.width as usize, self.options.strength);
        // A row that begins where the one above ended cannot run along with it.
        if self.options.serpentine {
            let (wide, weights) = (false, Any(kernel));
            let way = Diffusion::<_, C, 1, O>::new(
                weights,
                width,
                self.load,
                true,
                strength,
                transparent,
            );
            return Box::new(Along { wide, way, choose });
        }
        if !(self.wide && <Q as Choose<C, LANES, O>>::IS_USUAL) {
            return self.raster::<_, C, O, Q>(Any(kernel), choose);
        }
        match KERNELS.iter().position(|known| *known == kernel) {
            Some(0) => self.raster::<_, C, O, Q>(Fixed::<0>, choose),
            Some(1) => self.raster::<_, C, O, Q>(Fixed::<1>, choose),
            Some(2) => self.raster::<_, C, O, Q>(Fixed::<2>, choose),
            Some(3) => self.raster::<_, C, O, Q>(Fixed::<3>, choose),
            Some(4) => self.raster::<_, C, O, Q>(Fixed::<4>, choose),
            Some(5) => self.raster::<_, C, O, Q>(Fixed::<5>, choose),
            Some(6) => self.raster::<_, C, O, Q>(Fixed::<6>, choose),
            Some(7) => self.raster::<_, C, O, Q>(Fixed::<7>, choose),
            Some(8) => self.raster::<_, C, O, Q>(Fixed::<8>, choose),
            _ => self.raster::<_, C, O, Q>(Any(kernel), choose),
        }
    }

    fn raster<W, const C: usize, const O: usize, Q>(
        self,
        weights: W,
        choose: Q,
    ) -> Box<dyn Engine + Send>
    where
        W: Weights + Send + 'static,
        Q: Choose<C, LANES, O> + Send + 'static,
    {
        let (wide, transparent) = (self.wide, self.transparent());
        let (width, strength) = (self.width as usize, self.options.strength);
        let way = Diffusion::<W, C, LANES, O>::new(
            weights,
            width,
            self.load,
            false,
            strength,
            transparent,
        );
        Box::new(Along { wide, way, choose })
    }

    fn transparent(&self) -> u8 {
        match self.output {
            Output::Indices { transparent, .. } => transparent.unwrap_or_default(),
            Output::Colors => 0,
        }
    }
}

fn output(options: &Options, gray: bool, hides: bool) -> Result<Output, BadOptions> {
    let mut colors = match &options.tones {
        Tones::Levels(count) => {
            if !(2..=256).contains(count) {
                return Err(BadOptions::Levels(*count));
            }
            let levels = Levels::new(*count, ColorSpace::Srgb);
            let grays = || levels.tones.iter().map(|tone| [*tone; 3]).collect();
            if gray { Some(grays()) } else { levels.cube() }
        }
        Tones::Colors(colors) => {
            if !(1..=256).contains(&colors.len()) {
                return Err(BadOptions::Colors(colors.len()));
            }
            Some(colors.clone())
        }
    };
    let mut transparent = None;
    if hides {
        let count = colors.as_ref().map_or(usize::MAX, Vec::len);
        let place = u8::try_from(count).map_err(|_| BadOptions::NoPlaceForTransparent(count))?;
        transparent = Some(place);
        if let Some(colors) = &mut colors {
            colors.push([0; 3]);
        }
    }
    Ok(colors.map_or(Output::Colors, |colors| Output::Indices {
        colors,
        transparent,
    }))
}

/// The map of an ordered algorithm.
fn map(algorithm: Algorithm, side: Option<u16>) -> Option<Result<ThresholdMap, BadOptions>> {
    match algorithm {
        Algorithm::Bayer => Some(ThresholdMap::bayer(side)),
        Algorithm::ClusterDot => Some(ThresholdMap::cluster_dot(side)),
        Algorithm::BlueNoise => Some(ThresholdMap::blue_noise(side)),
        _ => None,
    }
}

/// A way, and what chooses on it.
struct Along<W, Q> {
    wide: bool,
    way: W,
    choose: Q,
}

const GO_ON: ControlFlow<()> = ControlFlow::Continue(());

impl<W: Weights, const C: usize, const R: usize, const O: usize, Q: Choose<C, R, O>> Engine
    for Along<Diffusion<W, C, R, O>, Q>
{
    fn band(
        &mut self,
        source: &[u8],
        out: &mut [u8],
        check: &mut dyn FnMut(u64) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        check(0)?;
        let wide = self.wide;
        let rows = Rows(self, source, out);
        if W::IS_FIXED {
            cpu::wide_only(rows);
        } else if R == 1 {
            rows.run();
        } else {
            cpu::run(wide, rows);
        }
        GO_ON
    }
}

impl<const C: usize, const O: usize, Q: Choose<C, LANES, O>> Engine for Along<Flat<C, O>, Q> {
    fn band(
        &mut self,
        source: &[u8],
        out: &mut [u8],
        check: &mut dyn FnMut(u64) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        check(0)?;
        cpu::run(self.wide, Rows(self, source, out));
        GO_ON
    }
}

impl<const C: usize, const O: usize, Q: Choose<C, 1, O>> Engine for Along<Riemersma<C, O>, Q> {
    fn band(
        &mut self,
        source: &[u8],
        out: &mut [u8],
        check: &mut dyn FnMut(u64) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        self.way.picture(&mut self.choose, source, out, check)
    }
}

impl<const C: usize, const O: usize> Engine for Ordered<C, O> {
    fn band(
        &mut self,
        source: &[u8],
        out: &mut [u8],
        check: &mut dyn FnMut(u64) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        check(0)?;
        cpu::run(cpu::is_wide(), Rows(self, source, out));
        GO_ON
    }
}

impl<Q: Choose<3, LANES, 1>> Engine for Pattern<Q> {
    fn band(
        &mut self,
        source: &[u8],
        out: &mut [u8],
        check: &mut dyn FnMut(u64) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        check(0)?;
        cpu::run(cpu::is_wide(), Rows(self, source, out));
        GO_ON
    }
}

/// Rows to work off with an engine, and where their results go.
struct Rows<'a, E>(&'a mut E, &'a [u8], &'a mut [u8]);

impl<W: Weights, const C: usize, const R: usize, const O: usize, Q: Choose<C, R, O>> Work
    for Rows<'_, Along<Diffusion<W, C, R, O>, Q>>
{
    #[inline(always)]
    fn run(self) {
        let Self(Along { way, choose, .. }, source, out) = self;
        let (source, out) = way.bands(source, out);
        for (source, out) in source.zip(out) {
            way.band(choose, source, out);
        }
    }
}

impl<const C: usize, const O: usize, Q: Choose<C, LANES, O>> Work
    for Rows<'_, Along<Flat<C, O>, Q>>
{
    #[inline(always)]
    fn run(self) {
        let Self(Along { way, choose, .. }, source, out) = self;
        way.rows(choose, source, out);
    }
}

impl<const C: usize, const O: usize> Work for Rows<'_, Ordered<C, O>> {
    #[inline(always)]
    fn run(self) {
        let Self(ordered, source, out) = self;
        ordered.rows(source, out);
    }
}

impl<Q: Choose<3, LANES, 1>> Work for Rows<'_, Pattern<Q>> {
    #[inline(always)]
    fn run(self) {
        let Self(pattern, source, out) = self;
        pattern.rows(source, out);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_wide_vectors_comes_out_the_same() {
        let (width, height) = (150_u32, 21_u32);
        let source: Vec<u8> = (0..width * height * 3)
            .map(|n| u8::try_from(n * 7 / 3 % 256).expect("a tone"))
            .collect();
        let colors = vec![[0; 3], [255; 3], [200, 30, 40], [20, 90, 160]];
        let all = [Tones::Levels(2), Tones::Levels(9), Tones::Colors(colors)];
        for (tones, algorithm) in all.iter().flat_map(|t| Algorithm::ALL.map(|a| (t, a))) {
            let options = Options::new(algorithm, tones.clone());
            let [wide, plain] = [true, false].map(|wide| {
                let mut ditherer = Ditherer::on(wide, &options, Pixels::Rgb, width, height)
                    .expect("right options");
                let mut out = vec![0; (width * height) as usize * ditherer.output().bytes()];
                let _ = ditherer.dither(&source, &mut out, &mut |_| GO_ON);
                out
            });
            assert!(wide == plain, "{options:?}");
        }
    }
}

//! One picture on its way.

use std::ops::ControlFlow;

use crate::{
    Algorithm, BadOptions, ColorSpace, Options, Pixels, ThresholdMap, Tones,
    choose::{Choose, Combined, CombinedEvenly, Separate, SeparateEvenly},
    cpu::{self, Work},
    diffuse::{Diffusion, KERNELS},
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
        if !(1..=65_535).contains(&width) || !(1..=65_535).contains(&height) {
            return Err(BadOptions::Size(width, height));
        }
        if options.strength > Options::FULL_STRENGTH {
            return Err(BadOptions::Strength(options.strength));
        }
        let start = Start::new(options, pixels, width, height)?;
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

    /// How many rows [`dither`](Self::dither) wants at a time; fewer only at the end of the picture.
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
        Ok(Self {
            options,
            output,
            load,
            map: map(options.algorithm, options.matrix_size).transpose()?,
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
                let max = working.max;
                match (space == ColorSpace::Oklab, colors.len() <= FEW) {
                    (false, true) => self.colors(Every::new(Plain, &numbers, max), colors),
                    (true, true) => self.colors(Every::new(Oklab::new(), &numbers, max), colors),
                    (false, false) => self.colors(Nearest::new(Plain, &numbers, &tones), colors),
                    (true, false) => {
                        self.colors(Nearest::new(Oklab::new(), &numbers, &tones), colors)
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
        let transparent = self.transparent();
        match self.options.algorithm {
            Algorithm::Riemersma => Box::new(Along {
                way: Riemersma::<C, O> {
                    width: self.width,
                    height: self.height,
                    load: self.load,
                    strength: self.options.strength,
                    transparent,
                },
                choose,
            }),
            Algorithm::FloydSteinberg => self.diffusion::<0, C, O, Q>(choose),
            Algorithm::FalseFloydSteinberg => self.diffusion::<1, C, O, Q>(choose),
            Algorithm::Atkinson => self.diffusion::<2, C, O, Q>(choose),
            Algorithm::JarvisJudiceNinke => self.diffusion::<3, C, O, Q>(choose),
            Algorithm::Stucki => self.diffusion::<4, C, O, Q>(choose),
            Algorithm::Burkes => self.diffusion::<5, C, O, Q>(choose),
            Algorithm::Sierra => self.diffusion::<6, C, O, Q>(choose),
            Algorithm::SierraTwoRow => self.diffusion::<7, C, O, Q>(choose),
            Algorithm::SierraLite => self.diffusion::<8, C, O, Q>(choose),
            // The ordered ones have gone another way.
            Algorithm::None | Algorithm::Bayer | Algorithm::ClusterDot | Algorithm::BlueNoise => {
                let way = Flat::<C, O>::new(self.width as usize, self.load, transparent);
                Box::new(Along { way, choose })
            }
        }
    }

    fn diffusion<const K: usize, const C: usize, const O: usize, Q>(
        self,
        choose: Q,
    ) -> Box<dyn Engine + Send>
    where
        Q: Choose<C, LANES, O> + Choose<C, 1, O> + Send + 'static,
    {
        debug_assert_eq!(self.options.algorithm.kernel(), Some(KERNELS[K]));
        let transparent = self.transparent();
        let (width, strength) = (self.width as usize, self.options.strength);
        // A row that begins where the one above ended cannot run along with it.
        if self.options.serpentine {
            let way = Diffusion::<K, C, 1, O>::new(width, self.load, true, strength, transparent);
            Box::new(Along { way, choose })
        } else {
            let way =
                Diffusion::<K, C, LANES, O>::new(width, self.load, false, strength, transparent);
            Box::new(Along { way, choose })
        }
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
    way: W,
    choose: Q,
}

const GO_ON: ControlFlow<()> = ControlFlow::Continue(());

impl<const K: usize, const C: usize, const R: usize, const O: usize, Q: Choose<C, R, O>> Engine
    for Along<Diffusion<K, C, R, O>, Q>
{
    fn band(
        &mut self,
        source: &[u8],
        out: &mut [u8],
        check: &mut dyn FnMut(u64) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        check(0)?;
        cpu::run(Rows(self, source, out));
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
        cpu::run(Rows(self, source, out));
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
        cpu::run(Rows(self, source, out));
        GO_ON
    }
}

impl<Q: Choose<3, 1, 1>> Engine for Pattern<Q> {
    fn band(
        &mut self,
        source: &[u8],
        out: &mut [u8],
        check: &mut dyn FnMut(u64) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        check(0)?;
        cpu::run(Rows(self, source, out));
        GO_ON
    }
}

/// Rows to work off with an engine, and where their results go.
struct Rows<'a, E>(&'a mut E, &'a [u8], &'a mut [u8]);

impl<const K: usize, const C: usize, const R: usize, const O: usize, Q: Choose<C, R, O>> Work
    for Rows<'_, Along<Diffusion<K, C, R, O>, Q>>
{
    #[inline(always)]
    fn run(self) {
        let Self(Along { way, choose }, source, out) = self;
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
        let Self(Along { way, choose }, source, out) = self;
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

impl<Q: Choose<3, 1, 1>> Work for Rows<'_, Pattern<Q>> {
    #[inline(always)]
    fn run(self) {
        let Self(pattern, source, out) = self;
        pattern.rows(source, out);
    }
}

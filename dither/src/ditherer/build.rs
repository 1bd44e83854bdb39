//! Which way of dithering options ask for.

use super::{
    Output,
    engine::{Along, Engine, InRows, Rows},
};
use crate::{
    Algorithm, BadOptions, ColorSpace, Kernel, Options, Pixels, ThresholdMap, Tones,
    choose::{Choose, Combined, CombinedEvenly, Separate, SeparateEvenly},
    diffuse::{Any, Diffusion, Fixed, Weights},
    every::Every,
    flat::{Flat, LANES},
    frame::Frame,
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

/// What an engine is made of.
pub(super) struct Start<'a> {
    wide: bool,
    options: &'a Options,
    pub(super) output: Output,
    frame: Frame,
    map: Option<ThresholdMap>,
    one_channel: bool,
}

type Boxed = Box<dyn Engine + Send>;

impl<'a> Start<'a> {
    pub(super) fn new(
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
        let map = ThresholdMap::of(options.algorithm, options.matrix_size).transpose()?;
        let transparent = match output {
            Output::Indices { transparent, .. } => transparent.unwrap_or_default(),
            Output::Colors => 0,
        };
        Ok(Self {
            wide,
            options,
            output,
            frame: Frame {
                width: width as usize,
                height: height as usize,
                load,
                strength: options.strength,
                transparent,
            },
            map: map.filter(|_| options.strength > 0),
            one_channel: gray && matches!(options.tones, Tones::Levels(_)),
        })
    }

    pub(super) fn engine(self) -> Boxed {
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
    ) -> Boxed
    where
        Q: Choose<C, LANES, O> + Choose<C, 1, O> + Send + 'static,
    {
        match self.map.take() {
            Some(map) => in_rows(self.wide, Ordered::<C, O>::new(self.frame, levels, map)),
            None => self.unordered::<C, O, Q>(choose(levels)),
        }
    }

    fn colors<Q>(mut self, choose: Q, colors: &[[u8; 3]]) -> Boxed
    where
        Q: Choose<3, LANES, 1> + Choose<3, 1, 1> + Send + 'static,
    {
        match self.map.take() {
            Some(map) => in_rows(self.wide, Pattern::new(self.frame, choose, colors, map)),
            None => self.unordered::<3, 1, Q>(choose),
        }
    }

    fn unordered<const C: usize, const O: usize, Q>(self, choose: Q) -> Boxed
    where
        Q: Choose<C, LANES, O> + Choose<C, 1, O> + Send + 'static,
    {
        if let Some(kernel) = self.options.algorithm.kernel() {
            return self.diffusion::<C, O, Q>(kernel, choose);
        }
        if self.options.algorithm == Algorithm::Riemersma {
            let way = Riemersma::<C, O>(self.frame);
            return Box::new(Along { way, choose });
        }
        // None, and ordered without strength: thresholds of ½ are not everywhere half of the way that
        // the nearest colour is found by.
        let way = Flat::<C, O>::new(self.frame);
        in_rows(self.wide, Along { way, choose })
    }

    fn diffusion<const C: usize, const O: usize, Q>(self, kernel: Kernel, choose: Q) -> Boxed
    where
        Q: Choose<C, LANES, O> + Choose<C, 1, O> + Send + 'static,
    {
        // A row that begins where the one above ended cannot run along with it.
        if self.options.serpentine {
            let way = Diffusion::<_, C, 1, O>::new(Any(kernel), self.frame, true, false);
            return in_rows(false, Along { way, choose });
        }
        if !(self.wide && <Q as Choose<C, LANES, O>>::IS_USUAL) {
            return self.raster::<_, C, O, Q>(Any(kernel), choose);
        }
        match Kernel::ALL.iter().position(|known| *known == kernel) {
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

    fn raster<W, const C: usize, const O: usize, Q>(self, weights: W, choose: Q) -> Boxed
    where
        W: Weights + Send + 'static,
        Q: Choose<C, LANES, O> + Send + 'static,
    {
        let way = Diffusion::<W, C, LANES, O>::new(weights, self.frame, false, self.wide);
        in_rows(self.wide, Along { way, choose })
    }
}

fn in_rows(wide: bool, way: impl Rows + Send + 'static) -> Boxed {
    Box::new(InRows { wide, way })
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

//! One picture on its way.

mod build;
mod engine;

use std::ops::ControlFlow;

use self::{build::Start, engine::Engine};
use crate::{Algorithm, BadOptions, Options, Pixels, cpu, flat::LANES};

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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Tones;

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
                let _ = ditherer.dither(&source, &mut out, &mut |_| ControlFlow::Continue(()));
                out
            });
            assert!(wide == plain, "{options:?}");
        }
    }
}

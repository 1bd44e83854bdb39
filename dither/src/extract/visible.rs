use crate::{
    ColorSpace, Pixels, Transparency,
    load::{Load, Range},
    working::Working,
};

/// The pixels of a picture as dithering sees them: those that stay transparent left out, the others
/// without alpha, and grey where that is asked for.
#[derive(Clone, Debug)]
pub struct Visible {
    load: Load,
    numbers: Vec<u16>,
    colors: Vec<[u8; 3]>,
}

impl Visible {
    /// As [`Options`](crate::Options) of the same names say, in sRGB.
    pub fn new(pixels: Pixels, gray: bool, transparency: Transparency) -> Self {
        let working = Working::of(ColorSpace::Srgb);
        let range = Range::whole(&working);
        Self {
            load: Load::new(pixels, working, gray, transparency, range),
            numbers: Vec::new(),
            colors: Vec::new(),
        }
    }

    /// The colours of a row, in its order. `source` has its pixels without gaps.
    pub fn row(&mut self, source: &[u8]) -> &[[u8; 3]] {
        let pixels = source.chunks_exact(self.load.bytes());
        self.numbers.resize(3 * pixels.len(), 0);
        self.load.row::<3>(source, &mut self.numbers);
        self.colors.clear();
        for (pixel, numbers) in pixels.zip(self.numbers.as_chunks::<3>().0) {
            if self.load.is_seen(pixel) {
                // In sRGB numbers are tones.
                let color = numbers.map(|number| u8::try_from(number).unwrap_or(u8::MAX));
                self.colors.push(color);
            }
        }
        &self.colors
    }
}

//! Ordered dithering to a few levels of tones by comparing alone, many bytes at once.

use crate::ThresholdMap;

/// Up to so many levels are compared with each in turn.
pub(super) const MOST: usize = 16;
/// At most so many bytes are made.
const BYTES: usize = 1 << 20;
/// A row of cuts is at least so long, for wide vectors.
const LENGTH: usize = 192;

/// For each place of a map, and each level but the last, the greatest tone that does not go beyond
/// that level there.
#[derive(Clone, Debug)]
pub(super) struct Cuts {
    /// Rows of the map, or of a picture of fewer.
    rows: usize,
    /// What each level but the first adds.
    steps: Vec<u8>,
    /// Bytes of the map's row, for all channels, and repeated while that is short.
    length: usize,
    /// Row by row of the map, and in each level by level.
    cuts: Vec<u8>,
}

impl Cuts {
    /// `cut` answers the greatest tone that does not go beyond a level at a rank; `values` are what the
    /// levels are put out as, rising, 2 to [`MOST`]. None when the cuts would be too many.
    pub(super) fn new(
        map: &ThresholdMap,
        rows: usize,
        values: &[u8],
        channels: usize,
        cut: impl Fn(usize, u16) -> u8,
    ) -> Option<Self> {
        let once = map.side() * channels;
        let length = once * LENGTH.div_ceil(once);
        if rows * length * (values.len() - 1) > BYTES {
            return None;
        }
        let mut cuts = Vec::new();
        for y in 0..rows {
            let ranks = map.row(y);
            for level in 0..values.len() - 1 {
                let row = (ranks.iter())
                    .flat_map(|rank| std::iter::repeat_n(cut(level, *rank), channels));
                let start = cuts.len();
                cuts.extend(row);
                while cuts.len() < start + length {
                    cuts.extend_from_within(start..start + once);
                }
            }
        }
        Some(Self {
            rows,
            steps: values.windows(2).map(|ends| ends[1] - ends[0]).collect(),
            length,
            cuts,
        })
    }

    /// The values of a row's tones.
    #[inline(always)]
    pub(super) fn row(&self, y: usize, tones: &[u8], out: &mut [u8]) {
        let size = self.length * self.steps.len();
        let cuts = &self.cuts[y % self.rows * size..][..size];
        for (tones, out) in tones.chunks(self.length).zip(out.chunks_mut(self.length)) {
            out.fill(0);
            for (cuts, step) in cuts.chunks_exact(self.length).zip(&self.steps) {
                for ((out, tone), cut) in out.iter_mut().zip(tones).zip(cuts) {
                    let is_beyond = 0_u8.wrapping_sub(u8::from(tone > cut));
                    *out = out.wrapping_add(is_beyond & step);
                }
            }
        }
    }
}

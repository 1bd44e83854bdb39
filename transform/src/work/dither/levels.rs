/// Evenly spaced tones of one channel, 0 and 255 among them.
pub(super) struct Levels {
    count: u16,
    /// The nearest level for each wanted tone from -128 to 383. No other occurs: with the ends 0
    /// and 255 among the levels an error is at most half a step or the excess over an end, both at
    /// most 128, and the shares of a pixel sum to one error.
    nearest: [Level; 512],
}

/// One of the levels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Level {
    pub index: u8,
    pub tone: u8,
}

const LOWEST: i32 = -128;

impl Levels {
    /// `count` from 2 to 256.
    pub(super) fn new(count: u16) -> Self {
        let tones: Vec<u8> = tones(count).collect();
        let mut nearest = [Level::default(); 512];
        for (wanted, slot) in (LOWEST..).zip(&mut nearest) {
            let far = |tone: u8| (i32::from(tone) - wanted).abs();
            for (index, tone) in (0..=u8::MAX).zip(tones.iter().copied()) {
                if index == 0 || far(tone) < far(slot.tone) {
                    *slot = Level { index, tone };
                }
            }
        }
        Self { count, nearest }
    }

    pub(super) fn values(&self) -> impl Iterator<Item = u8> {
        tones(self.count)
    }

    /// The level nearest to a tone, the darker of two.
    #[inline]
    fn nearest(&self, wanted: i32) -> Level {
        #[expect(
            clippy::cast_sign_loss,
            reason = "wraps into the table, see its bounds"
        )]
        let slot = (wanted - LOWEST) as usize & (self.nearest.len() - 1);
        self.nearest[slot]
    }

    /// The nearest level of each channel and the error that makes.
    #[inline]
    pub(super) fn choose<const C: usize>(&self, wanted: [i32; C]) -> ([Level; C], [i32; C]) {
        let chosen = wanted.map(|channel| self.nearest(channel));
        (
            chosen,
            std::array::from_fn(|channel| wanted[channel] - i32::from(chosen[channel].tone)),
        )
    }

    /// All combinations for three channels, red slowest; none when they are more than a palette
    /// can hold.
    pub(super) fn cube(&self) -> Option<Vec<[u8; 3]>> {
        let tones: Vec<u8> = self.values().collect();
        if tones.len().pow(3) > 256 {
            return None;
        }
        let (tones, all) = (&tones, tones.iter());
        Some(
            all.flat_map(|&r| {
                tones
                    .iter()
                    .flat_map(move |&g| tones.iter().map(move |&b| [r, g, b]))
            })
            .collect(),
        )
    }
}

fn tones(count: u16) -> impl Iterator<Item = u8> {
    let last = u32::from(count) - 1;
    (0..=last).map(move |level| u8::try_from((level * 510 + last) / (2 * last)).unwrap_or(u8::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_are_evenly_spaced_from_black_to_white() {
        assert_eq!(tones(2).collect::<Vec<_>>(), [0, 255]);
        assert_eq!(tones(3).collect::<Vec<_>>(), [0, 128, 255]);
        assert_eq!(tones(4).collect::<Vec<_>>(), [0, 85, 170, 255]);
        assert!(tones(256).eq(0..=255));
    }

    #[test]
    fn every_level_is_its_own_nearest_and_ends_hold_what_is_beyond() {
        for count in 2..=256 {
            let levels = Levels::new(count);
            for tone in levels.values() {
                assert_eq!(levels.nearest(tone.into()).tone, tone);
            }
            assert_eq!(levels.nearest(-128).tone, 0);
            assert_eq!(levels.nearest(383).tone, 255);
        }
    }

    #[test]
    fn a_cube_is_a_palette_up_to_six_levels() {
        assert_eq!(Levels::new(6).cube().map(|cube| cube.len()), Some(216));
        assert_eq!(Levels::new(7).cube(), None);
    }
}

//! Evenly spaced tones of one channel, 0 and 255 among them.

use crate::{ColorSpace, oklab::Oklab, working::Working};

#[derive(Clone, Debug)]
pub(crate) struct Levels {
    max: i32,
    /// The nearest level of each working number.
    nearest: Vec<u8>,
    /// The working number of each level.
    pub(crate) values: [i32; 256],
    /// In sRGB.
    pub(crate) tones: Vec<u8>,
}

/// The same in sRGB, by arithmetic: for several numbers at once without looking up.
#[derive(Clone, Debug)]
pub(crate) struct Evenly {
    /// Levels to a number, in parts of 2²³.
    levels: i32,
    /// Numbers to a level, in parts of 2²⁰, rounded up: halves are exact.
    numbers: i32,
    last: u8,
}

impl Evenly {
    /// `count` from 2 to 256.
    pub(crate) fn new(count: u16) -> Self {
        let last = i32::from(count) - 1;
        Self {
            levels: last * Self::TO_255,
            numbers: ((255 << 20) + last - 1) / last,
            last: u8::try_from(last).unwrap_or(u8::MAX),
        }
    }

    /// 2²³ / 255, rounded up: exact for all that can be asked.
    const TO_255: i32 = 32_897;

    pub(crate) fn last(&self) -> u8 {
        self.last
    }

    /// The nearest level. None is as near as another, because 255 is odd.
    #[inline(always)]
    pub(crate) fn nearest(&self, wanted: i32) -> i32 {
        (wanted.clamp(0, 255) * self.levels + 127 * Self::TO_255) >> 23
    }

    /// The tone of a level.
    #[inline(always)]
    pub(crate) fn tone(&self, level: i32) -> i32 {
        (level * self.numbers + (1 << 19)) >> 20
    }
}

impl Levels {
    /// `count` from 2 to 256.
    pub(crate) fn new(count: u16, space: ColorSpace) -> Self {
        let working = Working::of(space);
        let tones = evenly(count);
        let mut values = [0; 256];
        for (value, tone) in values.iter_mut().zip(&tones) {
            *value = working.of_tone(*tone).into();
        }
        let oklab = (space == ColorSpace::Oklab).then(Oklab::new);
        let place = |number: i32| {
            oklab
                .as_ref()
                .map_or(number, |oklab| oklab.lightness(number))
        };
        let evenly = (space == ColorSpace::Srgb).then(|| Evenly::new(count));
        let mut level = 0;
        let nearest = (0..=working.max)
            .map(|number| {
                if let Some(evenly) = &evenly {
                    return u8::try_from(evenly.nearest(number)).unwrap_or(u8::MAX);
                }
                // The darker of two that are equally near.
                let far = |level: usize| (place(values[level]) - place(number)).abs();
                while level + 1 < tones.len() && far(level + 1) < far(level) {
                    level += 1;
                }
                u8::try_from(level).unwrap_or(u8::MAX)
            })
            .collect();
        Self {
            max: working.max,
            nearest,
            values,
            tones,
        }
    }

    pub(crate) fn count(&self) -> usize {
        self.tones.len()
    }

    /// The level nearest to a working number, which may lie beyond the ends.
    #[inline(always)]
    pub(crate) fn nearest(&self, wanted: i32) -> u8 {
        #[expect(clippy::cast_sign_loss, reason = "clamped above zero")]
        let within = wanted.clamp(0, self.max) as usize;
        self.nearest[within]
    }

    /// All combinations for three channels, red slowest; none when they are more than a palette
    /// can hold.
    pub(crate) fn cube(&self) -> Option<Vec<[u8; 3]>> {
        let tones = &self.tones;
        if tones.len().pow(3) > 256 {
            return None;
        }
        let (r, g, b) = (tones.iter(), tones.iter(), tones.iter());
        Some(
            r.flat_map(|&r| {
                let b = b.clone();
                (g.clone()).flat_map(move |&g| b.clone().map(move |&b| [r, g, b]))
            })
            .collect(),
        )
    }
}

/// `count` tones from 0 to 255, rounded.
fn evenly(count: u16) -> Vec<u8> {
    let last = u32::from(count) - 1;
    (0..=last)
        .map(|level| u8::try_from((level * 510 + last) / (2 * last)).unwrap_or(u8::MAX))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_are_evenly_spaced_from_black_to_white() {
        assert_eq!(evenly(2), [0, 255]);
        assert_eq!(evenly(3), [0, 128, 255]);
        assert_eq!(evenly(4), [0, 85, 170, 255]);
        assert!(evenly(256).into_iter().eq(0..=255));
    }

    #[test]
    fn arithmetic_agrees_with_division() {
        for count in 2..=256 {
            let evenly = Evenly::new(count);
            let last = i32::from(count) - 1;
            for number in 0..=255 {
                assert_eq!(
                    evenly.nearest(number),
                    (2 * number * last + 254) / 510,
                    "{count}"
                );
            }
            for (level, tone) in (0..).zip(super::evenly(count)) {
                assert_eq!(evenly.tone(level), i32::from(tone), "{count}");
            }
        }
    }

    #[test]
    fn every_level_is_its_own_nearest_and_ends_hold_what_is_beyond() {
        for space in [ColorSpace::Srgb, ColorSpace::Linear, ColorSpace::Oklab] {
            for count in 2..=256 {
                let levels = Levels::new(count, space);
                for level in 0..levels.count() {
                    assert_eq!(usize::from(levels.nearest(levels.values[level])), level);
                }
                assert_eq!(levels.nearest(-levels.max), 0);
                assert_eq!(
                    usize::from(levels.nearest(2 * levels.max)),
                    levels.count() - 1
                );
            }
        }
    }

    #[test]
    fn a_cube_is_a_palette_up_to_six_levels() {
        let cube = |count| Levels::new(count, ColorSpace::Srgb).cube();
        assert_eq!(cube(6).map(|cube| cube.len()), Some(216));
        assert_eq!(cube(7), None);
        assert_eq!(cube(2).map(|cube| cube[4]), Some([255, 0, 0]));
    }
}

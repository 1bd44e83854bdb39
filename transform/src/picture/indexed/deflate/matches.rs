use super::HISTORY;

/// Bytes that were there before.
pub(super) struct Match {
    /// Bytes that were not, since the match before this one.
    pub(super) literals: usize,
    /// 8 to [`LONGEST`].
    pub(super) length: usize,
    /// How far back they are.
    pub(super) distance: usize,
}

/// Shorter ones cost as much as their literals do in noise, and more time.
const SHORTEST: usize = 8;

/// Two bytes less than there may be: the length of most has a symbol of its own. What is the same
/// for longer is several matches.
const LONGEST: usize = 256;

/// So many places are remembered: few enough for the fastest cache.
const HASH_BITS: u32 = 12;

/// After so many misses (its power of two) each further step is a byte longer, so that noise is not
/// searched byte by byte; but none is longer than 16, or what follows noise would be passed over.
const PATIENCE: u32 = 4;
const MOST_MISSES: u32 = 255;

/// Finds matches of at least eight bytes: the newest place that is remembered, if any, as it is.
pub(super) struct Matches {
    /// The newest place in the window of each hash. What never was is place 0, as good as any:
    /// whatever is there is compared.
    places: Vec<u32>,
    found: Vec<Match>,
    /// The distance of a match that the end of the block has cut.
    cut: Option<usize>,
}

impl Default for Matches {
    fn default() -> Self {
        Self {
            places: vec![0; 1 << HASH_BITS],
            found: Vec::new(),
            cut: None,
        }
    }
}

impl Matches {
    /// The matches for what lies behind `start`, in anything before them.
    pub(super) fn find(&mut self, window: &[u8], start: usize) -> &[Match] {
        self.found.clear();
        let (mut at, mut literals_from, mut misses) = (start, start, 0_u32);
        while let Some(eight) = eight(window, at) {
            let newest = at - self.remember(eight, at);
            let distance = self.cut.take().unwrap_or(newest);
            let before = at - distance;
            if distance > 0 && distance <= HISTORY && self::eight(window, before) == Some(eight) {
                let mut left = length(window, at, before);
                while left >= SHORTEST {
                    let length = left.min(LONGEST);
                    self.found.push(Match {
                        literals: at - literals_from,
                        length,
                        distance,
                    });
                    (at, left) = (at + length, left - length);
                    literals_from = at;
                }
                self.cut = (at + left == window.len()).then_some(distance);
                misses = 0;
            } else {
                at += 1 + (misses >> PATIENCE) as usize;
                misses = (misses + 1).min(MOST_MISSES);
            }
        }
        &self.found
    }

    /// The first `gone` bytes of the window are.
    pub(super) fn slide(&mut self, gone: usize) {
        let gone = u32::try_from(gone).unwrap_or(u32::MAX);
        for place in &mut self.places {
            *place = place.saturating_sub(gone);
        }
    }

    /// Remembers where these bytes are, and tells where such were before, perhaps.
    #[inline]
    fn remember(&mut self, bytes: u64, at: usize) -> usize {
        // The golden ratio spreads well (D. E. Knuth, The Art of Computer Programming 3, 6.4).
        let hash = bytes.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (u64::BITS - HASH_BITS);
        #[expect(
            clippy::cast_possible_truncation,
            reason = "places are within a window"
        )]
        let before = std::mem::replace(&mut self.places[hash as usize], at as u32);
        before as usize
    }
}

/// How many bytes are the same, at least eight.
#[inline]
fn length(window: &[u8], at: usize, before: usize) -> usize {
    let mut length = SHORTEST;
    while let (Some(one), Some(other)) =
        (eight(window, at + length), eight(window, before + length))
    {
        if one != other {
            return length + ((one ^ other).trailing_zeros() / 8) as usize;
        }
        length += 8;
    }
    length
}

#[inline]
fn eight(window: &[u8], at: usize) -> Option<u64> {
    let bytes = window.get(at..)?.first_chunk::<8>()?;
    Some(u64::from_le_bytes(*bytes))
}

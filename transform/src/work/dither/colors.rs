/// Finds the nearest of some colours, by squared distance in sRGB, exactly; the first of equals.
///
/// The space is cut into 32³ cells of 8³ tones. A cell lists the colours that are nearest to any
/// point in it, by the bound of its box: a colour is left out when another is nearer even in the
/// worst case. Cells are filled when first met, so a small picture pays for few.
pub(super) struct Nearest<'a> {
    palette: &'a [[u8; 3]],
    cells: Vec<Cell>,
    lists: Vec<Entry>,
}

/// Where a cell's list lies; `len` is 0 until it is filled.
#[derive(Clone, Copy, Default)]
struct Cell {
    start: u32,
    len: u16,
}

#[derive(Clone, Copy)]
struct Entry {
    color: [u8; 3],
    index: u8,
}

const BITS: u32 = 5;
const CELL: i32 = 1 << (8 - BITS);

impl<'a> Nearest<'a> {
    /// `palette` has 1 to 256 colours.
    pub(super) fn new(palette: &'a [[u8; 3]]) -> Self {
        Self {
            palette,
            cells: vec![Cell::default(); 1 << (3 * BITS)],
            lists: Vec::new(),
        }
    }

    /// Index of the colour nearest to the wanted tones, and the error that makes. The tones are
    /// first brought into 0 to 255: colours may lie far from white and black, and the error towards
    /// what they cannot show must not grow.
    #[inline]
    pub(super) fn choose(&mut self, wanted: [i32; 3]) -> (u8, [i32; 3]) {
        let wanted = wanted.map(|tone| tone.clamp(0, 255));
        let Entry { color, index } = self.of(wanted);
        (
            index,
            std::array::from_fn(|channel| wanted[channel] - i32::from(color[channel])),
        )
    }

    #[inline]
    fn of(&mut self, [r, g, b]: [i32; 3]) -> Entry {
        #[expect(clippy::cast_sign_loss, reason = "clamped above zero")]
        let at = ((r >> 3) << 10 | (g >> 3) << 5 | b >> 3) as usize & ((1 << (3 * BITS)) - 1);
        if self.cells[at].len == 0 {
            self.fill(at, [r, g, b]);
        }
        let Cell { start, len } = self.cells[at];
        let list = &self.lists[start as usize..start as usize + usize::from(len)];
        let mut best = list[0];
        if list.len() > 1 {
            let mut least = distance([r, g, b], best.color);
            for entry in &list[1..] {
                let far = distance([r, g, b], entry.color);
                if far < least {
                    (least, best) = (far, *entry);
                }
            }
        }
        best
    }

    #[cold]
    #[inline(never)]
    fn fill(&mut self, at: usize, point: [i32; 3]) {
        let low = point.map(|tone| tone & !(CELL - 1));
        let bound = self
            .palette
            .iter()
            .map(|color| range(low, *color).1)
            .min()
            .unwrap_or_default();
        let start = self.lists.len();
        let near = (0..=u8::MAX)
            .zip(self.palette)
            .filter(|(_, color)| range(low, **color).0 <= bound);
        self.lists
            .extend(near.map(|(index, &color)| Entry { color, index }));
        let len = self.lists.len() - start;
        let (start, len) = (u32::try_from(start), u16::try_from(len));
        // 32,768 cells of at most 256 entries fit both.
        self.cells[at] = Cell {
            start: start.unwrap_or_default(),
            len: len.unwrap_or_default(),
        };
    }
}

#[inline]
fn distance(point: [i32; 3], color: [u8; 3]) -> i32 {
    let square = |channel: usize| (point[channel] - i32::from(color[channel])).pow(2);
    square(0) + square(1) + square(2)
}

/// Least and greatest squared distance from a colour to the points of the cell at `low`.
fn range(low: [i32; 3], color: [u8; 3]) -> (i32, i32) {
    let (mut least, mut greatest) = (0, 0);
    for (low, tone) in low.into_iter().zip(color) {
        let (below, above) = (i32::from(tone) - low, low + CELL - 1 - i32::from(tone));
        least += (-below).max(-above).max(0).pow(2);
        greatest += below.abs().max(above.abs()).pow(2);
    }
    (least, greatest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_grid_agrees_with_looking_at_every_colour() {
        let palette: Vec<[u8; 3]> = (0..=255u8)
            .map(|n| [n.wrapping_mul(67), n.wrapping_mul(151), n.wrapping_mul(29)])
            .collect();
        for count in [2, 3, 16, 100, 256] {
            let palette = &palette[..count];
            let mut nearest = Nearest::new(palette);
            for n in 0..200_000u32 {
                let hash = n.wrapping_mul(2_654_435_761);
                let wanted = [0, 8, 16].map(|shift| (hash >> shift & 511).cast_signed() - 128);
                let point = wanted.map(|tone: i32| tone.clamp(0, 255));
                let slow = palette.iter().min_by_key(|color| distance(point, **color));
                assert_eq!(Some(&nearest.of(point).color), slow);
            }
        }
    }
}

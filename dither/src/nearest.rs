//! The nearest of some colours, exactly; the first of equals.

use crate::metric::{Metric, distance, range};

/// The space of working numbers is cut into cells. A cell lists the colours that are nearest to any
/// point in it, by the bounds of its box: a colour is left out when another is nearer even in the
/// worst case. Cells are filled when first met, so a small picture pays for few.
#[derive(Clone, Debug)]
pub(crate) struct Nearest<M> {
    metric: M,
    colors: Vec<Entry>,
    reach: (i32, i32),
    /// Of each working number the cell along its axis.
    axis: Vec<u8>,
    cells: Vec<Cell>,
    /// What cells list.
    groups: Vec<Group>,
}

/// Which groups are a cell's; `len` is 0 until it is filled.
#[derive(Clone, Copy, Debug, Default)]
struct Cell {
    start: u32,
    len: u16,
}

/// Colours that are looked at together.
const TOGETHER: usize = 8;

/// Some colours of a cell, in their order; the last group is filled up with its first colour.
#[derive(Clone, Copy, Debug)]
#[repr(align(64))]
struct Group {
    places: [[i32; TOGETHER]; 3],
    indices: [u8; TOGETHER],
}

/// A colour that may come out.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Entry {
    place: [i32; 3],
    /// Its working numbers.
    pub(crate) value: [i32; 3],
    pub(crate) index: u8,
}

const BITS: u32 = 5;
const CELLS: usize = 1 << (3 * BITS);

impl<M: Metric> Nearest<M> {
    /// `colors` are the working numbers of 1 to 256 colours; `tones` those of the 256 tones, which
    /// tell how large cells are where.
    pub(crate) fn new(metric: M, colors: &[[i32; 3]], tones: &[i32; 256]) -> Self {
        let colors = (0..=u8::MAX)
            .zip(colors)
            .map(|(index, &value)| Entry {
                place: metric.place(value),
                value,
                index,
            })
            .collect();
        let (low, high) = M::reach(tones[255]);
        let mut axis = Vec::new();
        for cell in 0..1_u8 << BITS {
            let end = match tones.get((usize::from(cell) + 1) << (8 - BITS)) {
                Some(end) => *end,
                None => high + 1,
            };
            axis.resize(usize::try_from(end - low).unwrap_or_default(), cell);
        }
        Self {
            metric,
            colors,
            reach: (low, high),
            axis,
            cells: vec![Cell::default(); CELLS],
            groups: Vec::new(),
        }
    }

    /// The numbers, brought into reach.
    #[inline(always)]
    pub(crate) fn within(&self, wanted: [i32; 3]) -> [i32; 3] {
        let (low, high) = self.reach;
        wanted.map(|number| number.clamp(low, high))
    }

    /// The colour nearest to numbers [within](Self::within) reach.
    #[inline(always)]
    pub(crate) fn of(&mut self, wanted: [i32; 3]) -> Entry {
        #[expect(clippy::cast_sign_loss, reason = "within reach")]
        let [r, g, b] =
            wanted.map(|number| usize::from(self.axis[(number - self.reach.0) as usize]));
        let at = (r << (2 * BITS) | g << BITS | b) & (CELLS - 1);
        if self.cells[at].len == 0 {
            self.fill(at, [r, g, b]);
        }
        let Cell { start, len } = self.cells[at];
        let groups = &self.groups[start as usize..start as usize + usize::from(len)];
        let place = self.metric.place(wanted);
        let (mut least, mut best) = (i32::MAX, 0);
        for group in groups {
            let (far, index) = group.nearest(place);
            if far < least {
                (least, best) = (far, index);
            }
        }
        self.colors[usize::from(best)]
    }

    #[cold]
    #[inline(never)]
    fn fill(&mut self, at: usize, cell: [usize; 3]) {
        let first = |cell: usize| {
            let start = self.axis.partition_point(|&c| usize::from(c) < cell);
            i32::try_from(start).unwrap_or(i32::MAX) + self.reach.0
        };
        let low = cell.map(first);
        let high = cell.map(|cell| first(cell + 1) - 1);
        let bounds = self.metric.bounds(low, high);
        let bound = (self.colors.iter())
            .map(|entry| range(&bounds, entry.place).1)
            .min()
            .unwrap_or_default();
        let start = self.groups.len();
        let near = |entry: &&Entry| range(&bounds, entry.place).0 <= bound;
        let near: Vec<&Entry> = self.colors.iter().filter(near).collect();
        self.groups.extend(near.chunks(TOGETHER).map(Group::of));
        let len = self.groups.len() - start;
        // 32,768 cells of at most 32 groups fit both.
        self.cells[at] = Cell {
            start: u32::try_from(start).unwrap_or_default(),
            len: u16::try_from(len).unwrap_or_default(),
        };
    }
}

impl Group {
    /// Of one to eight colours.
    fn of(colors: &[&Entry]) -> Self {
        let color = |n: usize| colors.get(n).unwrap_or(&colors[0]);
        Self {
            places: std::array::from_fn(|c| std::array::from_fn(|n| color(n).place[c])),
            indices: std::array::from_fn(|n| color(n).index),
        }
    }

    /// How far the nearest is from a place, squared, and which it is; the first of equals.
    #[inline(always)]
    fn nearest(&self, place: [i32; 3]) -> (i32, u8) {
        let far: [i32; TOGETHER] = std::array::from_fn(|n| {
            distance(place, [0, 1, 2].map(|c| self.places[c][n]))
        });
        let least = far.into_iter().min().unwrap_or_default();
        let mut equal = 0_u32;
        for n in 0..TOGETHER {
            equal |= u32::from(far[n] == least) << n;
        }
        let first = equal.trailing_zeros() as usize % TOGETHER;
        (least, self.indices[first])
    }
}

#[cfg(test)]
#[expect(clippy::cast_possible_truncation, reason = "only some bits are wanted")]
mod tests {
    use super::*;
    use crate::{ColorSpace, metric::Plain, oklab::Oklab, working::Working};

    fn agrees<M: Metric>(space: ColorSpace, metric: M, again: &M, count: usize) {
        let working = Working::of(space);
        let palette: Vec<[i32; 3]> = (0..=255_u8)
            .map(|n| [n.wrapping_mul(67), n.wrapping_mul(151), n.wrapping_mul(29)])
            .map(|color| working.of_color(color))
            .take(count)
            .collect();
        let tones = working.tones();
        let mut nearest = Nearest::new(metric, &palette, &tones);
        for n in 0..100_000_u64 {
            let hash = n.wrapping_mul(0x9e37_79b9_7f4a_7c15);
            let mask = 2 * tones[255] + 1;
            let wanted = [0, 17, 34]
                .map(|shift| (hash >> shift) as i32 & mask)
                .map(|number| number - tones[255] / 2);
            let point = nearest.within(wanted);
            let far = |color: &&[i32; 3]| distance(again.place(point), again.place(**color));
            let slow = palette.iter().min_by_key(far);
            assert_eq!(Some(&nearest.of(point).value), slow, "{point:?}");
        }
    }

    #[test]
    fn the_cells_agree_with_looking_at_every_colour() {
        for count in [1, 2, 3, 16, 100, 256] {
            agrees(ColorSpace::Srgb, Plain, &Plain, count);
            agrees(ColorSpace::Linear, Plain, &Plain, count);
            agrees(ColorSpace::Oklab, Oklab::new(), &Oklab::new(), count);
        }
    }
}

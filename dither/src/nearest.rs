//! The nearest of some colours, exactly, and then the first of equals; or nearly.

use crate::{
    Search,
    metric::{Metric, distance, range},
};

/// The space of working numbers is cut into cells. A cell lists the colours that are nearest to any
/// point in it, by the bounds of its box: a colour is left out when another is nearer to all of the
/// box. Cells are filled when first met, so a small picture pays for few.
#[derive(Clone, Debug)]
pub(crate) struct Nearest<M> {
    metric: M,
    colors: Vec<Entry>,
    search: Search,
    reach: (i32, i32),
    /// Of each working number the cell along its axis.
    axis: Vec<u8>,
    cells: Vec<Cell>,
    /// Indices of colours.
    lists: Vec<u8>,
}

/// Where a cell's list lies; `len` is 0 until it is filled.
#[derive(Clone, Copy, Debug, Default)]
struct Cell {
    start: u32,
    len: u16,
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
/// Colours of a cell that all others are compared with.
const BEST: usize = 16;

impl<M: Metric> Nearest<M> {
    /// `colors` are the working numbers of 1 to 256 colours; `tones` those of the 256 tones, which
    /// tell how large cells are where.
    pub(crate) fn new(metric: M, colors: &[[i32; 3]], tones: &[i32; 256], search: Search) -> Self {
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
            search,
            reach: (low, high),
            axis,
            cells: vec![Cell::default(); CELLS],
            lists: Vec::new(),
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
        let list = &self.lists[start as usize..start as usize + usize::from(len)];
        let mut best = &self.colors[usize::from(list[0])];
        if list.len() > 1 {
            let place = self.metric.place(wanted);
            let mut least = distance(place, best.place);
            for index in &list[1..] {
                let entry = &self.colors[usize::from(*index)];
                let far = distance(place, entry.place);
                if far < least {
                    (least, best) = (far, entry);
                }
            }
        }
        *best
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
        let start = self.lists.len();
        if self.search == Search::Fast {
            let middle = [0, 1, 2].map(|c| i32::midpoint(low[c], high[c]));
            let middle = self.metric.place(middle);
            let far = |entry: &&Entry| distance(middle, entry.place);
            let nearest = self.colors.iter().min_by_key(far);
            self.lists.extend(nearest.map(|entry| entry.index));
        } else {
            let bounds = self.metric.bounds(low, high);
            self.list(&bounds);
        }
        let len = self.lists.len() - start;
        // 32,768 cells of at most 256 entries fit both.
        self.cells[at] = Cell {
            start: u32::try_from(start).unwrap_or_default(),
            len: u16::try_from(len).unwrap_or_default(),
        };
    }

    /// Adds those that are nearest to any point of a box.
    fn list(&mut self, bounds: &[(i32, i32); 3]) {
        let ranges = (self.colors.iter()).map(|entry| (range(bounds, entry.place), entry));
        let mut near: Vec<((i32, i32), &Entry)> = ranges.collect();
        let bound = near.iter().map(|((_, most), _)| *most).min();
        near.retain(|((least, _), _)| Some(*least) <= bound);
        // Those that are near in the worst case leave the others the least.
        let mut best = near.clone();
        best.sort_by_key(|((_, most), _)| *most);
        best.truncate(BEST);
        let is_beaten = |entry: &Entry| {
            best.iter()
                .any(|(_, other)| is_nearer_to_all(bounds, other.place, entry.place))
        };
        let kept = near
            .iter()
            .map(|(_, entry)| entry)
            .filter(|entry| !is_beaten(entry));
        self.lists.extend(kept.map(|entry| entry.index));
    }
}

/// Whether one place is nearer than another to every point of a box. How much nearer, squared, is
/// linear in the point, and so least at a corner.
fn is_nearer_to_all(bounds: &[(i32, i32); 3], one: [i32; 3], other: [i32; 3]) -> bool {
    let least = (0..3).map(|c| {
        let (one, other) = (i64::from(one[c]), i64::from(other[c]));
        let (low, high) = (i64::from(bounds[c].0), i64::from(bounds[c].1));
        let gain = |at: i64| (one - other) * (2 * at - one - other);
        gain(low).min(gain(high))
    });
    least.sum::<i64>() > 0
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
        let mut nearest = Nearest::new(metric, &palette, &tones, Search::Exact);
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

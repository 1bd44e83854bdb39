//! The nearest of some colours, exactly, and then the first of equals; or nearly.

use crate::{
    Search,
    choose::{Choose, clamped},
    metric::{Metric, Plain, distance},
};

/// The space of working numbers is cut into cells. A cell lists the colours that are nearest to any
/// point in it: a colour is left out when another is nearer to all of the cell's box. Cells are
/// filled when first met, so a small picture pays for few.
#[derive(Clone, Debug)]
pub(crate) struct Nearest<M> {
    metric: M,
    places: Vec<[i32; 3]>,
    /// Working numbers by index; what is beyond the colours is never used.
    values: Box<[[i32; 3]; 256]>,
    search: Search,
    reach: (i32, i32),
    /// Of each working number the cell along its axis.
    axis: Vec<u8>,
    /// Where each cell begins along an axis, and at last the end.
    starts: Vec<i32>,
    cells: Vec<Cell>,
    groups: Vec<Group>,
    /// What cubes of cells list together; empty until asked for.
    blocks: Vec<Vec<u8>>,
}

/// What a cell has found.
#[derive(Clone, Copy, Debug)]
enum Cell {
    /// Nobody asked yet.
    Empty,
    /// One colour is the nearest to all of it.
    Only(u8),
    /// Groups of candidates, from the first on.
    Some { groups: u8, first: u32 },
}

/// Candidates that are looked at together, in the order of their indices; the last one again where
/// there are fewer. One line of a processor's cache.
#[derive(Clone, Copy, Debug)]
#[repr(align(64))]
struct Group {
    places: [[i16; TOGETHER]; 3],
    indices: [u8; TOGETHER],
}

const TOGETHER: usize = 8;
/// Cells along an axis, as a power of two.
const CELL_BITS: u32 = 5;
/// So many groups are held at most, 4 MiB of them: then all is forgotten and found again.
const GROUPS: usize = 1 << 16;
/// Groups of a cell that lists all colours.
const MOST_OF_A_CELL: usize = 256 / TOGETHER;
/// Cells along the side of a block, as a power of two.
const BLOCK_BITS: u32 = 2;
/// Colours of a cell that all others are compared with.
const BEST: usize = 16;

impl<M: Metric> Nearest<M> {
    /// `colors` are the working numbers of 1 to 256 colours; `tones` those of the 256 tones, which
    /// tell how large cells are where.
    pub(crate) fn new(metric: M, colors: &[[i32; 3]], tones: &[i32; 256], search: Search) -> Self {
        let mut values = Box::new([[0; 3]; 256]);
        values[..colors.len()].copy_from_slice(colors);
        let (low, high) = M::reach(tones[255]);
        let mut starts = match search {
            Search::Exact => M::starts(1 << CELL_BITS, tones),
            // All cells are seen, so they are where the tones are.
            Search::Fast => Plain::starts(1 << CELL_BITS, tones),
        };
        starts[0] = low;
        let mut axis = Vec::new();
        starts.push(high + 1);
        for (cell, ends) in (0..=u8::MAX).zip(starts.windows(2)) {
            axis.resize(usize::try_from(ends[1] - low).unwrap_or_default(), cell);
        }
        Self {
            places: colors.iter().map(|value| metric.place(*value)).collect(),
            metric,
            values,
            search,
            reach: (low, high),
            axis,
            cells: vec![Cell::Empty; 1 << (3 * CELL_BITS)],
            starts,
            groups: Vec::new(),
            blocks: vec![Vec::new(); 1 << (3 * (CELL_BITS - BLOCK_BITS))],
        }
    }

    /// The index of the colour nearest to numbers within reach.
    #[inline(always)]
    fn of(&mut self, wanted: [i32; 3]) -> u8 {
        #[expect(clippy::cast_sign_loss, reason = "within reach")]
        let cell = wanted.map(|number| usize::from(self.axis[(number - self.reach.0) as usize]));
        let at = (cell[0] << (2 * CELL_BITS) | cell[1] << CELL_BITS | cell[2])
            & ((1 << (3 * CELL_BITS)) - 1);
        let found = match self.cells[at] {
            Cell::Empty => self.fill(at, cell),
            found => found,
        };
        match found {
            Cell::Only(index) => index,
            Cell::Empty => 0,
            Cell::Some { groups, first } => {
                let groups = &self.groups[first as usize..first as usize + usize::from(groups)];
                let place = self.metric.place(wanted);
                let (mut least, mut index) = groups[0].nearest(place);
                for group in &groups[1..] {
                    let (far, other) = group.nearest(place);
                    if far < least {
                        (least, index) = (far, other);
                    }
                }
                index
            }
        }
    }

    #[cold]
    #[inline(never)]
    fn fill(&mut self, at: usize, cell: [usize; 3]) -> Cell {
        if self.groups.len() + MOST_OF_A_CELL > GROUPS {
            self.groups.clear();
            self.cells.fill(Cell::Empty);
        }
        let block = cell.map(|cell| cell >> BLOCK_BITS);
        let bits = CELL_BITS - BLOCK_BITS;
        let block_at = block[0] << (2 * bits) | block[1] << bits | block[2];
        if self.blocks[block_at].is_empty() {
            // The first of equals.
            let is_first = |index: &u8| {
                let (before, rest) = self.places.split_at((*index).into());
                !before.contains(&rest[0])
            };
            let all = (0..=u8::MAX).take(self.places.len());
            let all: Vec<u8> = all.filter(is_first).collect();
            let start = block.map(|block| block << BLOCK_BITS);
            self.blocks[block_at] = self.nearest_to(start, 1 << BLOCK_BITS, &all, Search::Exact);
        }
        let indices = self.nearest_to(cell, 1, &self.blocks[block_at], self.search);
        let found = if let [only] = indices[..] {
            Cell::Only(only)
        } else {
            let first = u32::try_from(self.groups.len()).unwrap_or_default();
            let groups = indices.chunks(TOGETHER);
            let count = u8::try_from(groups.len()).unwrap_or_default();
            (self.groups).extend(groups.map(|indices| Group::new(indices, &self.places)));
            Cell::Some {
                groups: count,
                first,
            }
        };
        self.cells[at] = found;
        found
    }

    /// Those among some that are nearest to any point of a cube of cells, in their order; or only the
    /// one that is nearest to its middle.
    fn nearest_to(&self, cell: [usize; 3], side: usize, among: &[u8], search: Search) -> Vec<u8> {
        let low = cell.map(|cell| self.starts[cell]);
        let high = cell.map(|cell| self.starts[cell + side] - 1);
        let middle = [0, 1, 2].map(|c| i32::midpoint(low[c], high[c]));
        let middle = self.metric.place(middle);
        let place = |index: u8| self.places[usize::from(index)];
        // Those that are near to the middle leave the others the least.
        let mut best: Vec<(i32, u8)> = (among.iter())
            .map(|index| (distance(middle, place(*index)), *index))
            .collect();
        let Some(&(_, nearest)) = best.iter().min() else {
            return Vec::new();
        };
        if search == Search::Fast {
            return vec![nearest];
        }
        let region = self.metric.region(low, high);
        let is_nearer =
            |one: u8, other: u8| (self.metric).is_nearer_to_all(&region, place(one), place(other));
        // The one leaves few of them, and those are sorted.
        best.retain(|(_, one)| !is_nearer(nearest, *one));
        best.sort_unstable();
        let first = &best[..best.len().min(BEST)];
        let is_left = |one: u8| !first.iter().any(|(_, other)| is_nearer(*other, one));
        let left = best.iter().map(|(_, index)| *index);
        let mut left: Vec<u8> = left.filter(|index| is_left(*index)).collect();
        left.sort_unstable();
        left
    }
}

impl Group {
    /// Of one to eight colours.
    fn new(indices: &[u8], places: &[[i32; 3]]) -> Self {
        let index = |n: usize| indices[n.min(indices.len() - 1)];
        let along = |n: usize, c: usize| places[usize::from(index(n))][c];
        Self {
            places: [0, 1, 2]
                .map(|c| std::array::from_fn(|n| i16::try_from(along(n, c)).unwrap_or_default())),
            indices: std::array::from_fn(index),
        }
    }

    /// How far the nearest is, and which it is; the first of equals.
    #[inline(always)]
    fn nearest(&self, place: [i32; 3]) -> (i32, u8) {
        let far: [i32; TOGETHER] = std::array::from_fn(|n| {
            let along = |c: usize| place[c] - i32::from(self.places[c][n]);
            along(0) * along(0) + along(1) * along(1) + along(2) * along(2)
        });
        let nearest = least(far);
        // All but the nearest become more than any index.
        let index = least(std::array::from_fn(|n| {
            i32::from(far[n] != nearest) << 8 | i32::from(self.indices[n])
        }));
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "one of them is the nearest"
        )]
        let index = index as u8;
        (nearest, index)
    }
}

/// Halved and halved again, which becomes vectors.
#[inline(always)]
fn least(numbers: [i32; TOGETHER]) -> i32 {
    let four: [i32; 4] = std::array::from_fn(|n| numbers[n].min(numbers[n + 4]));
    let two: [i32; 2] = std::array::from_fn(|n| four[n].min(four[n + 2]));
    two[0].min(two[1])
}

/// The nearest colour. What is wanted is first brought into reach: colours may lie far from white
/// and black, and the error towards what they cannot show must not grow.
impl<M: Metric, const R: usize> Choose<3, R, 1> for Nearest<M> {
    const IS_USUAL: bool = M::IS_PLAIN;

    #[inline(always)]
    fn choose(&mut self, wanted: &[[i32; R]; 3], [out]: &mut [[u8; R]; 1]) -> [[i32; R]; 3] {
        let within = clamped(wanted, self.reach);
        for lane in 0..R {
            out[lane] = self.of([0, 1, 2].map(|c| within[c][lane]));
        }
        let values = out.map(|index| self.values[usize::from(index)]);
        std::array::from_fn(|c| std::array::from_fn(|n| within[c][n] - values[n][c]))
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
        let mut nearest = Nearest::new(metric, &palette, &tones, Search::Exact);
        for n in 0..100_000_u64 {
            let hash = n.wrapping_mul(0x9e37_79b9_7f4a_7c15);
            let mask = 2 * tones[255] + 1;
            let wanted = [0, 17, 34]
                .map(|shift| (hash >> shift) as i32 & mask)
                .map(|number| number - tones[255] / 2);
            let (low, high) = nearest.reach;
            let point = wanted.map(|number| number.clamp(low, high));
            let far = |index: &usize| distance(again.place(point), again.place(palette[*index]));
            let slow = (0..palette.len()).min_by_key(far);
            assert_eq!(Some(usize::from(nearest.of(point))), slow, "{point:?}");
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

    /// Colours near each other are candidates together in many cells.
    #[test]
    fn what_is_remembered_has_a_limit_and_equal_colours_are_looked_at_once() {
        let working = Working::of(ColorSpace::Srgb);
        let near: Vec<[i32; 3]> = (0..256)
            .map(|n| [100 + n % 8, 100 + n / 8 % 8, 100 + n / 64 * 2])
            .collect();
        for (palette, most) in [(near, GROUPS), (vec![[7; 3]; 256], 0)] {
            let mut nearest = Nearest::new(Plain, &palette, &working.tones(), Search::Exact);
            for _ in 0..3 {
                for at in 0..1 << (3 * CELL_BITS) {
                    let number = |shift: u32| ((at >> shift) & 31) * 8 + 3;
                    let point = [number(10), number(5), number(0)];
                    let far = |index: &usize| distance(point, palette[*index]);
                    let slow = (0..palette.len()).min_by_key(far);
                    assert_eq!(Some(usize::from(nearest.of(point))), slow, "{point:?}");
                    assert!(nearest.groups.len() <= most);
                }
            }
        }
    }
}

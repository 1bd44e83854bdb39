/// The most pixels that are kept.
const MOST: u64 = 1 << 20;

/// Pixels of a picture on a regular grid.
#[derive(Clone, Debug)]
pub(super) struct Sample {
    pixels: Vec<[u8; 3]>,
    step: usize,
    /// Rows that are left out before the next one.
    skip: usize,
}

impl Sample {
    pub(super) fn new(width: u32, height: u32) -> Self {
        let step = step(width, height);
        let kept = usize::try_from(kept(width, height, step)).unwrap_or(0);
        Self {
            // At once, as growing would take twice as much.
            pixels: Vec::with_capacity(kept),
            step: step as usize,
            skip: 0,
        }
    }

    pub(super) fn row(&mut self, pixels: &[[u8; 3]]) {
        // Of a picture with any pixels the sample must have some.
        if pixels.is_empty() {
            return;
        }
        if self.skip > 0 {
            self.skip -= 1;
            return;
        }
        self.skip = self.step - 1;
        // Who says a smaller size than the picture has gets no more memory by it.
        let room = usize::try_from(MOST).unwrap_or(usize::MAX) - self.pixels.len();
        self.pixels
            .extend(pixels.iter().step_by(self.step).take(room));
    }

    pub(super) fn pixels(&self) -> &[[u8; 3]] {
        &self.pixels
    }
}

/// The distance of the grid's lines: the smallest with which the pixels are few enough.
fn step(width: u32, height: u32) -> u32 {
    let mut step = 1;
    while kept(width, height, step) > MOST {
        step += 1;
    }
    step
}

fn kept(width: u32, height: u32, step: u32) -> u64 {
    u64::from(width.div_ceil(step)) * u64::from(height.div_ceil(step))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_grid_is_as_fine_as_the_memory_allows() {
        assert_eq!(step(0, 0), 1);
        assert_eq!(step(1024, 1024), 1);
        assert_eq!(step(1025, 1024), 2);
        assert_eq!(step(10_000, 10_000), 10);
        assert_eq!(step(u32::MAX, 1), 4096);
    }

    #[test]
    fn a_large_picture_keeps_each_nth_pixel_of_each_nth_row() {
        let mut sample = Sample::new(2048, 2048);
        for row in 0..2048_u16 {
            let [high, low] = row.to_be_bytes();
            let pixels: Vec<_> = (0..2048_u16)
                .map(|x| [high, low, x.to_be_bytes()[1]])
                .collect();
            sample.row(&pixels);
        }
        assert_eq!(sample.pixels().len(), 1 << 20);
        assert_eq!(sample.pixels()[1], [0, 0, 2]);
        assert_eq!(sample.pixels()[1024], [0, 2, 0]);
    }

    #[test]
    fn more_rows_than_announced_need_no_more_memory() {
        let mut sample = Sample::new(1024, 1);
        for _ in 0..2000 {
            sample.row(&[[1, 2, 3]; 1024]);
        }
        assert_eq!(sample.pixels().len(), 1 << 20);
    }
}

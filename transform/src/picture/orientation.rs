use super::{Picture, buffer};
use crate::Error;

impl Picture {
    /// Turned as its EXIF orientation, 1 to 8, says.
    pub(super) fn upright(self, orientation: Option<u8>) -> Result<Self, Error> {
        let turned = match orientation {
            Some(5..=8) => self.transposed()?,
            _ => self,
        };
        // After a transposition the other cases are mirrorings.
        Ok(match orientation {
            Some(2 | 6) => turned.mirrored(),
            Some(3 | 7) => turned.mirrored().flipped(),
            Some(4 | 8) => turned.flipped(),
            _ => turned,
        })
    }

    /// Left and right exchanged.
    fn mirrored(mut self) -> Self {
        let (stride, channels) = (self.stride(), self.channels.count());
        for row in self.data.chunks_exact_mut(stride) {
            row.reverse();
            for pixel in row.chunks_exact_mut(channels) {
                pixel.reverse();
            }
        }
        self
    }

    /// Top and bottom exchanged.
    fn flipped(mut self) -> Self {
        let (stride, height) = (self.stride(), self.height as usize);
        let (top, bottom) = self.data.split_at_mut(stride * height.div_ceil(2));
        for (upper, lower) in top
            .chunks_exact_mut(stride)
            .zip(bottom.chunks_exact_mut(stride).rev())
        {
            upper.swap_with_slice(lower);
        }
        self
    }

    /// Rows and columns exchanged, in tiles so that both sides stay in the cache.
    fn transposed(self) -> Result<Self, Error> {
        const TILE: usize = 32;
        let (width, height) = (self.width as usize, self.height as usize);
        let channels = self.channels.count();
        let mut data = buffer(self.height, self.width, self.channels)?;
        for top in (0..height).step_by(TILE) {
            for left in (0..width).step_by(TILE) {
                for y in top..height.min(top + TILE) {
                    for x in left..width.min(left + TILE) {
                        let (from, to) = ((y * width + x) * channels, (x * height + y) * channels);
                        data[to..to + channels].copy_from_slice(&self.data[from..from + channels]);
                    }
                }
            }
        }
        Ok(Self {
            width: self.height,
            height: self.width,
            channels: self.channels,
            data,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::picture::Channels;

    /// The letter F in numbers: two columns, three rows.
    fn turned(orientation: u8) -> (u32, u32, Vec<u8>) {
        let data = vec![1, 2, 3, 4, 5, 6];
        let picture = Picture {
            width: 2,
            height: 3,
            channels: Channels::Gray,
            data,
        };
        let turned = picture.upright(Some(orientation)).expect("memory");
        (turned.width, turned.height, turned.data)
    }

    #[test]
    fn each_orientation_puts_the_first_row_where_exif_says() {
        assert_eq!(turned(1), (2, 3, vec![1, 2, 3, 4, 5, 6]));
        assert_eq!(turned(2), (2, 3, vec![2, 1, 4, 3, 6, 5]));
        assert_eq!(turned(3), (2, 3, vec![6, 5, 4, 3, 2, 1]));
        assert_eq!(turned(4), (2, 3, vec![5, 6, 3, 4, 1, 2]));
        assert_eq!(turned(5), (3, 2, vec![1, 3, 5, 2, 4, 6]));
        assert_eq!(turned(6), (3, 2, vec![5, 3, 1, 6, 4, 2]));
        assert_eq!(turned(7), (3, 2, vec![6, 4, 2, 5, 3, 1]));
        assert_eq!(turned(8), (3, 2, vec![2, 4, 6, 1, 3, 5]));
    }
}

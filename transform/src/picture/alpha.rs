use filittle_dither::over;

use super::{Channels, Picture, buffer};
use crate::Error;

impl Picture {
    /// Without transparency, laid on `background`. The pixels are moved within their buffer
    /// if that is large enough; only grey that becomes colour needs another.
    pub(crate) fn flattened(mut self, background: [u8; 3]) -> Result<Self, Error> {
        let gray = background[0] == background[1] && background[1] == background[2];
        self.channels = match self.channels {
            Channels::Gray | Channels::Rgb => return Ok(self),
            Channels::GrayAlpha if gray => {
                squeeze(&mut self.data, |&[tone, alpha]: &[u8; 2]| {
                    [over(tone, alpha, background[0])]
                });
                Channels::Gray
            }
            Channels::GrayAlpha => {
                let mut data = buffer(self.width, self.height, Channels::Rgb)?;
                for (to, from) in data.chunks_exact_mut(3).zip(self.data.chunks_exact(2)) {
                    to.copy_from_slice(&lay([from[0]; 3], from[1], background));
                }
                self.data = data;
                Channels::Rgb
            }
            Channels::Rgba => {
                squeeze(&mut self.data, |&[r, g, b, alpha]: &[u8; 4]| {
                    lay([r, g, b], alpha, background)
                });
                Channels::Rgb
            }
        };
        Ok(self)
    }
}

/// Replaces pixels of `N` bytes by pixels of `M` bytes, `M` not larger than `N`.
fn squeeze<const N: usize, const M: usize>(
    data: &mut Vec<u8>,
    pixel: impl Fn(&[u8; N]) -> [u8; M],
) {
    let count = data.len() / N;
    for at in 0..count {
        let Some(from) = data[at * N..].first_chunk::<N>() else {
            break;
        };
        let to = pixel(from);
        data[at * M..(at + 1) * M].copy_from_slice(&to);
    }
    data.truncate(count * M);
    data.shrink_to_fit();
}

fn lay(color: [u8; 3], alpha: u8, background: [u8; 3]) -> [u8; 3] {
    std::array::from_fn(|channel| over(color[channel], alpha, background[channel]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flat(channels: Channels, data: &[u8], background: [u8; 3]) -> (Channels, Vec<u8>) {
        let picture = Picture {
            width: 1,
            height: 1,
            channels,
            data: data.to_vec(),
        };
        let flat = picture.flattened(background).expect("memory");
        (flat.channels, flat.data)
    }

    #[test]
    fn transparent_shows_the_background_and_opaque_hides_it() {
        assert_eq!(
            flat(Channels::Rgba, &[9, 8, 7, 0], [1, 2, 3]),
            (Channels::Rgb, vec![1, 2, 3])
        );
        assert_eq!(
            flat(Channels::Rgba, &[9, 8, 7, 255], [1, 2, 3]),
            (Channels::Rgb, vec![9, 8, 7])
        );
        assert_eq!(
            flat(Channels::GrayAlpha, &[0, 128], [255; 3]),
            (Channels::Gray, vec![127])
        );
    }

    #[test]
    fn grey_on_a_coloured_background_becomes_colour() {
        let (channels, data) = flat(Channels::GrayAlpha, &[10, 0], [1, 2, 3]);
        assert_eq!((channels, data), (Channels::Rgb, vec![1, 2, 3]));
    }
}

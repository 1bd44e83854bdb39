use std::cell::Cell;

/// Floyd–Steinberg in raster order over pixels of `C` channels: 7/16 of the error to the right,
/// 3/16, 5/16 and 1/16 to the three pixels below. What leaves the picture at its sides is lost.
///
/// All in whole numbers: an error is the wanted tone less the chosen one, and the shares of the
/// neighbours are summed in sixteenths and rounded once, when the pixel is reached.
pub(super) struct Diffusion<const C: usize> {
    /// Sixteenths from the row above for each pixel, one place to the right: slot `x + 1` is read
    /// for pixel `x` just before slot `x` gets the sum for pixel `x - 1` of the next row, so one
    /// buffer serves both rows.
    below: Vec<[i16; C]>,
}

impl<const C: usize> Diffusion<C> {
    pub(super) fn new(width: u32) -> Self {
        Self {
            below: vec![[0; C]; width as usize + 1],
        }
    }

    /// Works one row off. `choose` gets the wanted tones, which may lie below 0 or above 255, and
    /// gives what to put out and the error that makes, within ±255.
    #[inline]
    pub(super) fn row<T>(
        &mut self,
        source: &[u8],
        out: &mut [T],
        mut choose: impl FnMut([i32; C]) -> (T, [i32; C]),
    ) {
        let (pixels, _) = source.as_chunks::<C>();
        let slots = Cell::from_mut(&mut self.below[..]).as_slice_of_cells();
        let (mut right, mut under, mut diagonal) = ([0; C], [0; C], [0; C]);
        for ((pixel, out), slot) in pixels.iter().zip(out).zip(slots.windows(2)) {
            let above = slot[1].get();
            let wanted: [i32; C] = std::array::from_fn(|channel| {
                let sixteenths = right[channel] + i32::from(above[channel]);
                i32::from(pixel[channel]) + ((sixteenths + 8) >> 4)
            });
            let (chosen, errors) = choose(wanted);
            *out = chosen;
            let mut left_below = [0; C];
            for channel in 0..C {
                let error = errors[channel];
                left_below[channel] = narrow(under[channel] + 3 * error);
                under[channel] = diagonal[channel] + 5 * error;
                diagonal[channel] = error;
                right[channel] = 7 * error;
            }
            slot[0].set(left_below);
        }
        if let Some(last) = slots.last() {
            last.set(under.map(narrow));
        }
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "errors are within ±255; nine fit 16 bits"
)]
fn narrow(sixteenths: i32) -> i16 {
    sixteenths as i16
}

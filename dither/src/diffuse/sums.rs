//! Sums of errors in shares.

/// Adds shares of the errors of a row to what each column of another gets.
#[inline(always)]
pub(super) fn add<const C: usize>(
    to: &mut [[i32; C]],
    errors: &[[i32; C]],
    shares: &[i32; 5],
    is_mirrored: bool,
    mirror: bool,
) {
    let width = errors.len();
    for (dx, share) in (-2_isize..=2).zip(shares).filter(|(_, share)| **share != 0) {
        // A pixel at x gets what the one at x - dx gave; the other way round in a mirrored row.
        let shift = if is_mirrored { dx } else { -dx };
        let (ahead, behind) = match shift {
            0.. => (shift.unsigned_abs().min(width), 0),
            _ => (0, shift.unsigned_abs().min(width)),
        };
        let errors = errors[ahead..width - behind].as_flattened();
        if mirror {
            let to = to[ahead..width - behind].iter_mut().rev();
            for (to, errors) in to.zip(errors.as_chunks::<C>().0) {
                for c in 0..C {
                    to[c] += share * errors[c];
                }
            }
        } else {
            let to = to[behind..width - ahead].as_flattened_mut();
            for (to, error) in to.iter_mut().zip(errors) {
                *to += share * error;
            }
        }
    }
}

#[inline(always)]
pub(super) fn scaled<const R: usize>(sum: &mut [i32; R], errors: &[i32; R], share: i32) {
    if share != 0 {
        for row in 0..R {
            sum[row] += share * errors[row];
        }
    }
}

/// The sum divided and rounded, halves up.
#[inline(always)]
pub(super) fn parts(sum: i32, divisor: i32) -> i32 {
    /// More than any sum has, so that what is divided is positive.
    const BIAS: i32 = 1 << 18;
    let sum = sum + divisor / 2;
    if divisor.count_ones() == 1 {
        return sum >> divisor.trailing_zeros();
    }
    let sum = (sum + BIAS * divisor).cast_unsigned();
    // Numbers that the compiler knows it divides by without dividing.
    let parts = match divisor {
        48 => sum / 48,
        42 => sum / 42,
        other => sum / other.cast_unsigned(),
    };
    parts.cast_signed() - BIAS
}

/// Each row gets what the one above has; the first gets `first`.
#[inline(always)]
pub(super) fn handed_down<const R: usize>(sums: &[i32; R], first: i32) -> [i32; R] {
    let mut down = [first; R];
    down[1..].copy_from_slice(&sums[..R - 1]);
    down
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Kernel;

    #[test]
    fn sums_are_divided_and_rounded_with_halves_up() {
        for kernel in Kernel::ALL {
            let most = 255 * kernel.divisor;
            for sum in -most..=most {
                // (2s + d) / 2d, downwards.
                let exact = (2 * sum + kernel.divisor).div_euclid(2 * kernel.divisor);
                assert_eq!(parts(sum, kernel.divisor), exact, "{sum} {kernel:?}");
            }
        }
    }
}

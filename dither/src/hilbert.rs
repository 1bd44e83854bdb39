//! A space-filling curve through every pixel of a rectangle of any size: the generalised Hilbert
//! curve of J. Červený ("gilbert", 2018). Neighbours on the curve are neighbours in the picture,
//! but for one diagonal step when a side is odd.

/// Columns and rows, in the order of the curve.
#[derive(Clone, Debug)]
pub(crate) struct Curve {
    /// What is still to be gone, the next last.
    parts: Vec<Part>,
    run: Option<Run>,
}

/// A rectangle: from a corner along `a`, and across it along `b`.
#[derive(Clone, Copy, Debug)]
struct Part {
    at: Step,
    a: Step,
    b: Step,
}

/// Pixels in a line.
#[derive(Clone, Copy, Debug)]
struct Run {
    at: Step,
    step: Step,
    left: i32,
}

type Step = (i32, i32);

fn plus(a: Step, b: Step) -> Step {
    (a.0 + b.0, a.1 + b.1)
}

fn minus(a: Step, b: Step) -> Step {
    (a.0 - b.0, a.1 - b.1)
}

fn unit(a: Step) -> Step {
    (a.0.signum(), a.1.signum())
}

fn length(a: Step) -> i32 {
    (a.0 + a.1).abs()
}

fn half(a: Step) -> Step {
    (a.0 / 2, a.1 / 2)
}

impl Curve {
    /// Through a picture of 1 to 65,535 pixels a side.
    pub(crate) fn new(width: usize, height: usize) -> Self {
        let side = |pixels: usize| i32::try_from(pixels).unwrap_or(i32::MAX);
        let (right, down) = ((side(width), 0), (0, side(height)));
        let (a, b) = if width >= height {
            (right, down)
        } else {
            (down, right)
        };
        Self {
            parts: vec![Part { at: (0, 0), a, b }],
            run: None,
        }
    }

    /// Takes a part that is no line apart into smaller ones.
    fn divide(&mut self, Part { at, a, b }: Part) {
        let (w, h) = (length(a), length(b));
        let (da, db) = (unit(a), unit(b));
        let (mut a2, mut b2) = (half(a), half(b));
        if 2 * w > 3 * h {
            // Long: in two, the first of them of even length.
            if length(a2) % 2 == 1 && w > 2 {
                a2 = plus(a2, da);
            }
            self.parts.push(Part {
                at: plus(at, a2),
                a: minus(a, a2),
                b,
            });
            self.parts.push(Part { at, a: a2, b });
            return;
        }
        // Up, across and down.
        if length(b2) % 2 == 1 && h > 2 {
            b2 = plus(b2, db);
        }
        let back = |step: Step| (-step.0, -step.1);
        self.parts.push(Part {
            at: plus(at, plus(minus(a, da), minus(b2, db))),
            a: back(b2),
            b: back(minus(a, a2)),
        });
        self.parts.push(Part {
            at: plus(at, b2),
            a,
            b: minus(b, b2),
        });
        self.parts.push(Part { at, a: b2, b: a2 });
    }
}

impl Iterator for Curve {
    type Item = (usize, usize);

    fn next(&mut self) -> Option<(usize, usize)> {
        loop {
            if let Some(run) = &mut self.run
                && run.left > 0
            {
                let (x, y) = run.at;
                run.at = plus(run.at, run.step);
                run.left -= 1;
                return usize::try_from(x).ok().zip(usize::try_from(y).ok());
            }
            let part = self.parts.pop()?;
            let Part { at, a, b } = part;
            match (length(a), length(b)) {
                (left, 1) => {
                    self.run = Some(Run {
                        at,
                        step: unit(a),
                        left,
                    });
                }
                (1, left) => {
                    self.run = Some(Run {
                        at,
                        step: unit(b),
                        left,
                    });
                }
                _ => self.divide(part),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pixel_is_met_once_in_steps_of_one() {
        for (width, height) in (1..=33).flat_map(|w| (1..=33).map(move |h| (w, h))) {
            let points: Vec<_> = Curve::new(width, height).collect();
            let mut sorted = points.clone();
            sorted.sort_unstable();
            let (w, h) = (width, height);
            assert!(
                sorted
                    .into_iter()
                    .eq((0..w).flat_map(|x| (0..h).map(move |y| (x, y))))
            );
            let far =
                |a: (usize, usize), b: (usize, usize)| a.0.abs_diff(b.0).max(a.1.abs_diff(b.1));
            assert!(
                points.windows(2).all(|pair| far(pair[0], pair[1]) == 1),
                "{w}×{h}"
            );
        }
    }

    #[test]
    fn the_longest_line_is_gone_without_recursion() {
        assert_eq!(Curve::new(65_535, 1).count(), 65_535);
        assert_eq!(Curve::new(1, 65_535).last(), Some((0, 65_534)));
    }
}

use filittle_steps::{Fit, Resize};

/// Where the pixels go.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Plan {
    /// What of the source is used: left, top, width, height.
    pub crop: [f64; 4],
    /// Whether that is less than the whole.
    pub crops: bool,
    /// The size it is scaled to.
    pub scaled: (u32, u32),
    /// The size of the result, which holds the scaled picture in its middle.
    pub canvas: (u32, u32),
}

impl Plan {
    /// Whether it makes a source of that size both narrower and higher.
    pub(super) fn stretches_down(&self, width: u32, height: u32) -> bool {
        !self.crops && self.scaled.0 < width && self.scaled.1 > height
    }
}

/// A ratio of two sides, for sizes exact to the pixel.
#[derive(Clone, Copy)]
struct Ratio(u32, u32);

impl Ratio {
    const ONE: Self = Self(1, 1);

    fn less_than(self, other: Self) -> bool {
        u64::from(self.0) * u64::from(other.1) < u64::from(other.0) * u64::from(self.1)
    }

    fn min(self, other: Self) -> Self {
        if other.less_than(self) { other } else { self }
    }

    fn max(self, other: Self) -> Self {
        if self.less_than(other) { other } else { self }
    }

    /// The side scaled, rounded, at least a pixel.
    fn of(self, side: u32) -> u32 {
        let (twice, part) = (2 * u64::from(side) * u64::from(self.0), u64::from(self.1));
        let rounded = (twice + part) / (2 * part);
        u32::try_from(rounded.max(1)).unwrap_or(u32::MAX)
    }

    fn divide(self, side: u32) -> f64 {
        f64::from(side) * f64::from(self.1) / f64::from(self.0)
    }
}

/// The meanings of sharp 0.34 (`resize`), also for `withoutEnlargement` and for one side alone.
pub(super) fn plan(step: &Resize, width: u32, height: u32) -> Plan {
    let across = step.width.map(|side| Ratio(side, width));
    let down = step.height.map(|side| Ratio(side, height));
    let capped = |ratio: Ratio| {
        if step.upscale {
            ratio
        } else {
            ratio.min(Ratio::ONE)
        }
    };
    if step.fit == Fit::Fill {
        let side = |ratio: Option<Ratio>, side| ratio.map_or(side, |ratio| capped(ratio).of(side));
        return whole(width, height, (side(across, width), side(down, height)));
    }
    let (across, down) = match (across, down) {
        (Some(across), Some(down)) => (across, down),
        (Some(one), None) | (None, Some(one)) => (one, one),
        (None, None) => (Ratio::ONE, Ratio::ONE),
    };
    let ratio = capped(match step.fit {
        Fit::Cover | Fit::Outside => across.max(down),
        Fit::Contain | Fit::Inside | Fit::Fill => across.min(down),
    });
    let scaled = (ratio.of(width), ratio.of(height));
    let or = |side: Option<u32>, other: u32| side.unwrap_or(other);
    match step.fit {
        Fit::Contain => {
            let canvas = (or(step.width, scaled.0), or(step.height, scaled.1));
            let scaled = (scaled.0.min(canvas.0), scaled.1.min(canvas.1));
            Plan {
                canvas,
                ..whole(width, height, scaled)
            }
        }
        Fit::Cover => {
            let out = (
                or(step.width, scaled.0).min(scaled.0),
                or(step.height, scaled.1).min(scaled.1),
            );
            covered(width, height, ratio, scaled, out)
        }
        Fit::Fill | Fit::Inside | Fit::Outside => whole(width, height, scaled),
    }
}

/// All of the source, scaled to `size`.
pub(super) fn whole(width: u32, height: u32, size: (u32, u32)) -> Plan {
    let crop = [0.0, 0.0, f64::from(width), f64::from(height)];
    Plan {
        crop,
        crops: false,
        scaled: size,
        canvas: size,
    }
}

/// The middle of the source that fills `out` at that ratio; what would be cut is never scaled.
fn covered(width: u32, height: u32, ratio: Ratio, scaled: (u32, u32), out: (u32, u32)) -> Plan {
    let used = |side: u32, scaled: u32, out: u32| {
        if scaled == out {
            f64::from(side)
        } else {
            ratio.divide(out).min(f64::from(side))
        }
    };
    let (across, down) = (used(width, scaled.0, out.0), used(height, scaled.1, out.1));
    let crop = [
        (f64::from(width) - across) / 2.0,
        (f64::from(height) - down) / 2.0,
        across,
        down,
    ];
    Plan {
        crop,
        crops: scaled != out,
        scaled: out,
        canvas: out,
    }
}

#[cfg(test)]
mod tests {
    use filittle_steps::{Step, parse_step};
    use serde_json::json;

    use super::*;

    fn sizes(fit: &str, width: Option<u32>, height: Option<u32>, upscale: bool) -> [(u32, u32); 2] {
        let mut step = json!({"op": "resize", "fit": fit, "upscale": upscale});
        for (name, side) in [("width", width), ("height", height)] {
            if let Some(side) = side {
                step[name] = side.into();
            }
        }
        let Ok(Step::Resize(resize)) = parse_step(&step, "") else {
            panic!("{step}")
        };
        let plan = plan(&resize, 400, 200);
        [plan.scaled, plan.canvas]
    }

    #[test]
    fn each_fit_has_the_meaning_of_sharp() {
        let both = |fit| sizes(fit, Some(100), Some(100), false);
        assert_eq!(both("inside"), [(100, 50); 2]);
        assert_eq!(both("outside"), [(200, 100); 2]);
        assert_eq!(both("fill"), [(100, 100); 2]);
        assert_eq!(both("contain"), [(100, 50), (100, 100)]);
        assert_eq!(both("cover"), [(100, 100); 2]);
    }

    #[test]
    fn one_side_keeps_the_shape_but_with_fill() {
        for fit in ["inside", "outside", "contain", "cover"] {
            assert_eq!(sizes(fit, Some(100), None, false), [(100, 50); 2], "{fit}");
            assert_eq!(sizes(fit, None, Some(100), false), [(200, 100); 2], "{fit}");
        }
        assert_eq!(sizes("fill", Some(100), None, false), [(100, 200); 2]);
    }

    #[test]
    fn nothing_grows_unless_asked() {
        assert_eq!(
            sizes("inside", Some(800), Some(800), false),
            [(400, 200); 2]
        );
        assert_eq!(sizes("inside", Some(800), Some(800), true), [(800, 400); 2]);
        assert_eq!(sizes("cover", Some(300), Some(300), false), [(300, 200); 2]);
        assert_eq!(
            sizes("contain", Some(800), Some(800), false),
            [(400, 200), (800, 800)]
        );
        assert_eq!(sizes("fill", Some(800), Some(100), false), [(400, 100); 2]);
    }

    #[test]
    fn no_side_becomes_nothing() {
        assert_eq!(sizes("inside", Some(1), None, false), [(1, 1); 2]);
    }
}

use filittle_dither::ThresholdMap;

use super::{
    BitOrder, ColorSpace, Dither, DitherAlgorithm, DitherFormat, Layout, MOST_COLORS, Raw, Search,
    Tones,
};
use crate::{
    fields::Fields,
    mistake::{Mistake, child},
};

/// Tones per channel when nothing says which colours there are.
const DEFAULT_LEVELS: u16 = 2;

/// Each stands for the colours; only one may.
const WAYS: [&str; 4] = ["levels", "colors", "palette", "extract"];

impl Dither {
    pub(crate) fn read(fields: &mut Fields<'_>) -> Option<Self> {
        if fields.has("device") {
            // It stands for two steps, which the list has in its place.
            fields.wrong(
                "device",
                "a step that is already part of a job has no `device`",
            );
        }
        let tones = tones(fields);
        let algorithm = fields.choice("algorithm", DitherAlgorithm::named)?;
        let format = fields.choice("format", DitherFormat::named)?;
        let gray = fields.flag("gray");
        let count = tones.count(gray);
        let step = Self {
            id: fields.id.clone(),
            from: fields.from.clone(),
            algorithm,
            gray,
            color_space: fields.choice("color_space", ColorSpace::named)?,
            serpentine: fields.flag("serpentine"),
            strength: fields.part("strength"),
            matrix_size: fields.integer("matrix_size"),
            fit_range: fields.flag("fit_range"),
            search: fields.choice("search", Search::named)?,
            background: fields.color("background")?,
            alpha_threshold: fields.integer("alpha_threshold"),
            format,
            written_colors: fields.colors("written_colors"),
            raw: raw(fields, format, count),
            tones,
        };
        step.check(fields, count);
        Some(step)
    }

    fn check(&self, fields: &mut Fields<'_>, count: usize) {
        let algorithm = self.algorithm.algorithm();
        if self.serpentine && algorithm.kernel().is_none() {
            let detail = format!("`{}` has no rows that could turn", self.algorithm);
            fields.wrong("serpentine", detail);
        }
        if let Some(size) = self.matrix_size {
            let map = match self.algorithm {
                DitherAlgorithm::Bayer => ThresholdMap::bayer(Some(size)).map(drop),
                DitherAlgorithm::ClusterDot => ThresholdMap::cluster_dot(Some(size)).map(drop),
                DitherAlgorithm::BlueNoise => ThresholdMap::blue_noise(Some(size)).map(drop),
                _ => {
                    let detail = format!("`{}` has no threshold map", self.algorithm);
                    return fields.wrong("matrix_size", detail);
                }
            };
            if let Err(error) = map {
                fields.wrong("matrix_size", error.to_string());
            }
        }
        if self.fit_range && matches!(self.tones, Tones::Levels(_)) {
            fields.wrong("fit_range", "levels go from black to white as they are");
        }
        self.check_count(fields, count);
    }

    fn check_count(&self, fields: &mut Fields<'_>, count: usize) {
        let most_levels = "at most 6 `levels`, or `gray`";
        if self.format != DitherFormat::Png && count > MOST_COLORS {
            let format = self.format;
            let detail = format!("`{format}` has at most 256 colours; ask for {most_levels}");
            fields.wrong("format", detail);
        }
        if self.alpha_threshold.is_some() {
            if count >= MOST_COLORS {
                let detail = format!(
                    "of 256 colours one must be left for what is transparent; ask for at most 255, \
                     which are {most_levels}"
                );
                fields.wrong("alpha_threshold", detail);
            }
            if matches!(self.format, DitherFormat::Bmp | DitherFormat::Raw) {
                let detail = format!(
                    "`{}` cannot be transparent; give a `background`",
                    self.format
                );
                fields.wrong("alpha_threshold", detail);
            }
        }
        match (&self.written_colors, &self.tones) {
            (Some(written), Tones::Colors(_) | Tones::Palette(_)) if written.len() != count => {
                let detail = format!("{} for {count} colours; give one for each", written.len());
                fields.wrong("written_colors", detail);
            }
            (Some(_), Tones::Levels(_) | Tones::Extract(_)) => {
                fields.wrong(
                    "written_colors",
                    "only `colors` and palettes can be called otherwise",
                );
            }
            _ => {}
        }
    }
}

fn tones(fields: &mut Fields<'_>) -> Tones {
    let given: Vec<&str> = WAYS.into_iter().filter(|name| fields.has(name)).collect();
    if let [first, rest @ ..] = given.as_slice() {
        for name in rest {
            fields.wrong(name, format!("give either `{first}` or `{name}`, not both"));
        }
    }
    if let Some(colors) = fields.colors("colors") {
        Tones::Colors(colors)
    } else if let Some(palette) = fields.text("palette") {
        Tones::Palette(palette)
    } else if let Some(count) = fields.integer("extract") {
        Tones::Extract(count)
    } else {
        Tones::Levels(fields.integer("levels").unwrap_or(DEFAULT_LEVELS))
    }
}

fn raw(fields: &mut Fields<'_>, format: DitherFormat, count: usize) -> Option<Raw> {
    if format != DitherFormat::Raw {
        for name in ["bits", "bit_order", "layout", "codes"] {
            if fields.has(name) {
                fields.wrong(name, format!("`{format}` has none; only `raw` has"));
            }
        }
        return None;
    }
    let layout = (fields.choice("layout", Layout::named)).unwrap_or(Layout::Rows);
    let codes = fields.codes("codes");
    if let Some(codes) = &codes
        && codes.len() != count
    {
        let detail = format!(
            "{} numbers for {count} colours; give one for each",
            codes.len()
        );
        fields.wrong("codes", detail);
    }
    let greatest = match &codes {
        Some(codes) => codes.iter().copied().max().map_or(0, usize::from),
        None => count.saturating_sub(1),
    };
    let raw = Raw {
        bits: fields
            .integer("bits")
            .unwrap_or_else(|| bits_for(greatest, layout)),
        bit_order: (fields.choice("bit_order", BitOrder::named)).unwrap_or(BitOrder::Msb),
        layout,
        codes,
    };
    if let Some((name, mistake)) = too_few(&raw, count, greatest) {
        fields.wrong(name, mistake);
    }
    Some(raw)
}

/// As few as can tell numbers up to `greatest` apart.
fn bits_for(greatest: usize, layout: Layout) -> u8 {
    let needed = u8::try_from((usize::BITS - greatest.leading_zeros()).max(1)).unwrap_or(u8::MAX);
    match layout {
        Layout::Rows => needed.next_power_of_two(),
        Layout::Planes => needed,
        Layout::Pages => 1,
    }
}

/// What is wrong when the bits are none of the layout's, or cannot tell the colours apart.
fn too_few(raw: &Raw, count: usize, greatest: usize) -> Option<(&'static str, String)> {
    let Raw {
        bits,
        layout,
        codes,
        ..
    } = raw;
    let wrong = |detail| Some(("bits", detail));
    match layout {
        Layout::Rows if !bits.is_power_of_two() => wrong(format!(
            "a pixel of `rows` has 1, 2, 4 or 8 bits, not {bits}"
        )),
        Layout::Pages if *bits != 1 => wrong(format!("a pixel of `pages` has 1 bit, not {bits}")),
        // Of more colours than any bits hold the format is refused.
        _ if greatest >= MOST_COLORS || greatest >> bits == 0 => None,
        _ if codes.is_some() => {
            let most = (1_usize << bits) - 1;
            let detail =
                format!("{greatest} does not fit; with {bits} `bits` the highest is {most}");
            Some(("codes", detail))
        }
        Layout::Pages => {
            let detail = format!(
                "`pages` has 1 bit a pixel, for two colours, and there are {count}; ask for two, \
                 such as `gray` with 2 `levels`, or for another `layout`"
            );
            Some(("layout", detail))
        }
        Layout::Rows | Layout::Planes => wrong(format!(
            "enough for {} colours, and there are {count}; leave `bits` out for as many as these \
             need",
            1_usize << bits
        )),
    }
}

/// That a step names two ways to say the colours.
pub(super) fn instead_of_device(name: &str, pointer: &str) -> Mistake {
    let detail = format!("a `device` has its own; leave out `{name}`");
    Mistake::new(child(pointer, name), detail)
}

use filittle_pack::{encoder_memory, zip_memory};
use filittle_steps::{
    Arity, Compress, CompressFormat, Convert, ConvertFormat, Dither, DitherAlgorithm, Plan, Resize,
    Start, Step, Tones,
};

use crate::{
    Limits, PictureFormat, PictureHeader,
    work::{archive, compress, dither::format, resize::sizes},
};

const MIB: u64 = 1 << 20;

/// Which colours are near where, of the most colours, and what ordered dithering remembers. The
/// sample that colours are extracted from takes less, and is gone before.
const COLOR_TABLES: u64 = 18 * MIB;

/// Windows of most decoders; what asks for more is admitted when that is known.
const UNPACKING: u64 = 10 * MIB;

/// Blocks, rows, windows of inflate, tables of codecs.
const FLOOR: u64 = 2 * MIB;

/// Bytes that the steps need at their peak for one input of `size` bytes, by what its header says;
/// for admitting work before it starts. An upper bound, near what is measured. Ways that part are
/// gone one after the other, so the one that needs most counts.
///
/// Without a header picture steps count only the file itself: what has no readable header is
/// refused before anything is allocated for its pixels. A picture of more bytes than `limits` allow
/// is taken to be refused too.
pub fn memory_needed(
    steps: &[Step],
    header: Option<&PictureHeader>,
    size: u64,
    limits: &Limits,
) -> u64 {
    let plan = Plan::of(steps);
    let needs = plan.targets.iter().flat_map(|target| {
        let gathers = steps[target.step].arity() == Arity::Gather;
        target.ways.iter().map(move |way| {
            let header = header.filter(|_| !matches!(way.start, Start::Made(_)));
            let last = gathers.then_some(target.step);
            let steps = way
                .steps
                .iter()
                .copied()
                .chain(last)
                .map(|step| &steps[step]);
            one_behind_the_other(steps, header, size, limits)
        })
    });
    needs.max().unwrap_or_default().saturating_add(FLOOR)
}

/// As [`memory_needed`], of a file that goes through these steps one after the other.
pub(crate) fn memory_of<'s>(
    steps: impl Iterator<Item = &'s Step> + Clone,
    header: Option<&PictureHeader>,
    size: u64,
    limits: &Limits,
) -> u64 {
    one_behind_the_other(steps, header, size, limits).saturating_add(FLOOR)
}

fn one_behind_the_other<'s>(
    steps: impl Iterator<Item = &'s Step> + Clone,
    header: Option<&PictureHeader>,
    size: u64,
    limits: &Limits,
) -> u64 {
    let is_picture = |step: &Step| !matches!(step, Step::Compress(_) | Step::Decompress(_));
    // How large the files in an archive are is not known.
    let unpacks = steps
        .clone()
        .any(|step| matches!(step, Step::Decompress(_)));
    let size = if unpacks { u64::MAX } else { size };
    let encoded = size.min(limits.picture_bytes);
    let (mut peak, mut packing) = (0, 0_u64);
    if steps.clone().any(is_picture) {
        peak = header.map_or(encoded, |header| decoding(header, encoded));
    }
    let mut picture = header.map(Held::decoded);
    if let (Some(picture), Some(header)) = (&mut picture, header) {
        picture.origin = encoded.saturating_add(coefficients(header));
    }
    for step in steps {
        let working = match (step, &mut picture) {
            (Step::Compress(step), _) => {
                // Streams are lazy, so that all encoders live at the same time.
                packing = packing.saturating_add(compressing(step, size, limits.threads));
                continue;
            }
            (Step::Decompress(_), _) => {
                // What comes out is another file, of which nothing is known.
                picture = None;
                packing = packing.saturating_add(UNPACKING);
                continue;
            }
            (_, None) => 0,
            (_, Some(picture)) => {
                if !matches!(step, Step::Dither(_)) {
                    picture.origin = 0;
                }
                let again = picture.decoded_again();
                again.max(match step {
                    Step::Resize(step) => picture.resized(step),
                    Step::Convert(step) => picture.converted(step),
                    Step::Dither(step) => picture.dithered(step),
                    Step::Compress(_) | Step::Decompress(_) => picture.bytes(),
                })
            }
        };
        peak = peak.max(working);
    }
    peak.saturating_add(packing)
}

/// A decoded picture.
struct Held {
    width: u32,
    height: u32,
    channels: u64,
    /// Another picture step must read what the dithering writes.
    dithered: bool,
    /// That may have alpha.
    has_alpha: bool,
    /// Bytes of what it may still be read from, row by row.
    origin: u64,
}

impl Held {
    fn decoded(header: &PictureHeader) -> Self {
        Self {
            width: header.width,
            height: header.height,
            channels: channels(header),
            dithered: false,
            has_alpha: false,
            origin: 0,
        }
    }

    fn bytes(&self) -> u64 {
        self.of(self.width, self.height)
    }

    /// Bytes of a picture of another size with the same channels.
    fn of(&self, width: u32, height: u32) -> u64 {
        (u64::from(width) * u64::from(height)).saturating_mul(self.channels)
    }

    /// The source, the channels widened for those with alpha, the rows scaled in one direction, and
    /// the result; or this and the canvas it is laid on.
    fn resized(&mut self, step: &Resize) -> u64 {
        let source = self.bytes();
        let [scaled, canvas] = sizes(step, self.width, self.height);
        let widened = if self.channels.is_multiple_of(2) {
            source
        } else {
            0
        };
        let result = self.of(scaled.0, scaled.1);
        // The codec scales the height first; never larger than both, see where it is called.
        let between = self.of(self.width, scaled.1).min(source.max(result));
        let scaling = sum([source, widened, between, result]);
        (self.width, self.height) = canvas;
        scaling.max(result.saturating_add(self.bytes()))
    }

    /// Grey with alpha becomes colour in a buffer of its own, the rest stays in its place.
    fn converted(&mut self, step: &Convert) -> u64 {
        let before = self.bytes();
        let [red, green, blue] = step.background.0;
        let gray = red == green && green == blue;
        let widens = self.channels == 2 && !gray;
        match (step.format, self.channels) {
            (ConvertFormat::Jpeg, 2) if gray => self.channels = 1,
            (ConvertFormat::Jpeg, 2 | 4) => self.channels = 3,
            _ => return before,
        }
        if widens {
            before.saturating_add(self.bytes())
        } else {
            before
        }
    }

    /// Rows, tables of colours, what the format makes wait, and all indices when their order is
    /// not that of rows.
    fn dithered(&mut self, step: &Dither) -> u64 {
        self.dithered = true;
        self.has_alpha = step.alpha_threshold.is_some();
        let (width, height) = (self.width, self.height);
        let indices = match step.algorithm {
            DitherAlgorithm::Riemersma => u64::from(width) * u64::from(height),
            _ => 0,
        };
        let tables = match step.tones {
            Tones::Levels(_) => 0,
            Tones::Colors(_) | Tones::Palette(_) | Tones::Extract(_) => COLOR_TABLES,
        };
        let waiting = format(step).memory(width, height);
        let source = self.bytes().max(std::mem::take(&mut self.origin));
        sum([source, indices, tables, waiting])
    }

    /// A dithered picture is written, at worst as large as its pixels, and decoded again.
    fn decoded_again(&mut self) -> u64 {
        if !self.dithered {
            return 0;
        }
        self.dithered = false;
        self.channels = if self.has_alpha { 4 } else { 3 };
        self.bytes().saturating_mul(2)
    }
}

fn sum<const N: usize>(parts: [u64; N]) -> u64 {
    parts.into_iter().fold(0, u64::saturating_add)
}

/// Channels after decoding.
fn channels(header: &PictureHeader) -> u64 {
    match header.format {
        PictureFormat::Jpeg if header.channels > 1 => 3,
        // Each may become transparent by a chunk that comes after the header.
        PictureFormat::Png if header.indexed => 4,
        PictureFormat::Png if !header.channels.is_multiple_of(2) => u64::from(header.channels) + 1,
        _ => u64::from(header.channels),
    }
}

/// The file, the pixels, and in a progressive JPEG all coefficients, 16 bits each; they are there
/// twice, and the pixels not yet, where it is read by rows, as it may be when chroma is smaller. Or,
/// when EXIF asks for it, the pixels twice to turn them.
fn decoding(header: &PictureHeader, size: u64) -> u64 {
    let pixels = header.pixels().saturating_mul(channels(header));
    let coefficients = coefficients(header);
    let besides = if header.samples_per_256_pixels <= 512 {
        pixels.max(coefficients)
    } else {
        pixels
    };
    sum([size, coefficients, besides]).max(pixels.saturating_mul(2))
}

/// Bytes of the coefficients that a progressive JPEG is made of.
fn coefficients(header: &PictureHeader) -> u64 {
    if header.format != PictureFormat::Jpeg || !header.progressive {
        return 0;
    }
    let samples = u64::from(header.samples_per_256_pixels);
    header.pixels().saturating_mul(samples) / 256 * 2
}

fn compressing(step: &Compress, size: u64, threads: usize) -> u64 {
    if let Some(format) = compress::single(step.format) {
        encoder_memory(&compress::settings(step, format, Some(size), threads))
    } else if let Some(settings) = archive::tar_settings(step, threads) {
        encoder_memory(&settings)
    } else if step.format == CompressFormat::Zip {
        zip_memory(&archive::zip_settings(step, threads))
    } else {
        0
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn needed(list: &serde_json::Value, header: PictureHeader, size: u64) -> u64 {
        let list = filittle_steps::parse(list, "").expect("right steps");
        memory_needed(&list, Some(&header), size, &Limits::default()) - FLOOR
    }

    fn png(width: u32, height: u32, channels: u8) -> PictureHeader {
        PictureHeader {
            format: PictureFormat::Png,
            width,
            height,
            channels,
            bit_depth: 8,
            indexed: false,
            progressive: false,
            samples_per_256_pixels: 256 * u32::from(channels),
        }
    }

    #[test]
    fn the_most_extreme_headers_do_not_overflow() {
        let list = json!([
            {"op": "resize", "width": 65_535, "height": 65_535, "fit": "outside", "upscale": true},
            {"op": "convert", "format": "jpeg", "background": "#fa0"},
            {"op": "dither"},
            {"op": "resize", "width": 65_535, "height": 1, "fit": "contain", "upscale": true},
            {"op": "compress"},
            {"op": "compress", "level": 22},
        ]);
        for side in [i32::MAX.unsigned_abs(), u32::MAX] {
            for channels in 1..=4 {
                let jpeg = PictureHeader {
                    format: PictureFormat::Jpeg,
                    progressive: true,
                    samples_per_256_pixels: u32::MAX,
                    ..png(side, side, channels)
                };
                for header in [jpeg, png(side, side, channels), png(1, side, channels)] {
                    assert!(needed(&list, header, u64::MAX) > 1 << 30);
                }
            }
        }
    }

    #[test]
    fn a_picture_counts_no_more_bytes_than_one_may_have() {
        let list = json!([{"op": "dither"}]);
        assert!(needed(&list, png(8, 8, 3), 50 << 30) < 101 << 20);
    }

    #[test]
    fn what_waits_for_rows_that_come_later_is_counted() {
        let needs = |more: serde_json::Value| {
            let mut step = json!({"op": "dither", "gray": true});
            step.as_object_mut()
                .unwrap()
                .extend(more.as_object().unwrap().clone());
            match filittle_steps::parse_step(&step, "") {
                Ok(Step::Dither(step)) => Held::decoded(&png(4000, 4000, 3)).dithered(&step),
                other => panic!("{other:?}"),
            }
        };
        let plain = needs(json!({}));
        assert_eq!(needs(json!({"format": "gif"})), plain);
        assert_eq!(needs(json!({"algorithm": "riemersma"})), plain + 16_000_000);
        assert!(needs(json!({"format": "bmp"})) > plain);
        assert_eq!(needs(json!({"extract": 16})), plain + COLOR_TABLES);
    }

    #[test]
    fn a_canvas_lives_together_with_what_is_laid_on_it() {
        let list = json!([
            {"op": "resize", "width": 5000, "height": 5000, "fit": "contain"},
        ]);
        let header = png(5000, 100, 4);
        let (scaled, canvas) = (5000 * 100 * 4, 5000 * 5000 * 4);
        assert!(needed(&list, header, 1000) >= scaled + canvas);
    }

    #[test]
    fn grey_with_alpha_on_a_colour_lives_together_with_the_colours() {
        let list = |color| json!([{"op": "convert", "format": "jpeg", "background": color}]);
        let header = png(1000, 1000, 2);
        assert!(needed(&list("#fa0"), header, 1000) >= 5_000_000);
        assert!(needed(&list("#aaa"), header, 1000) < 5_000_000);
    }

    #[test]
    fn encoders_one_behind_the_other_live_together() {
        let list =
            json!([{"op": "compress", "level": "best"}, {"op": "compress", "level": "best"}]);
        assert!(needed(&list, png(8, 8, 3), 1 << 30) >= 256 << 20);
    }
}

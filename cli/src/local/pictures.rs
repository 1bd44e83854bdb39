//! What the headers of the inputs tell before the work begins.

use filittle_steps::{Fit, Resize, Step};
use filittle_transform::{PictureFormat, PictureHeader, header};

use super::{ending, inputs::Source};

/// Of each input what its user may not expect: that it will not be as large as was asked for.
pub(super) fn notes(steps: &[Step], sources: &mut [Source]) -> Vec<Option<String>> {
    let resize = steps.iter().find_map(|step| match step {
        Step::Resize(resize) if !resize.upscale => Some(resize),
        _ => None,
    });
    let note = |source: &mut Source| {
        let (resize, header) = (resize?, header_of(source)?);
        let note = "smaller than asked for, and not enlarged; --upscale does that";
        stays_smaller(resize, &header).then(|| note.to_owned())
    };
    sources.iter_mut().map(note).collect()
}

/// Notes of bytes that do not say themselves how wide and high they are, that they are not as was
/// asked for.
pub(super) fn note_of_raw(
    steps: &[Step],
    (width, height): (u32, u32),
    note: Option<&str>,
) -> Option<String> {
    let [Step::Resize(resize), Step::Dither(dither)] = steps else {
        return None;
    };
    let (of_width, of_height) = (resize.width?, resize.height?);
    (dither.raw.is_some() && (of_width, of_height) != (width, height)).then(|| {
        let why = note.unwrap_or("its shape was kept");
        format!("{width} x {height} pixels, not {of_width} x {of_height}: {why}")
    })
}

/// Whether a resize can be called so: its result has the format of its input.
pub(super) fn check_ending(output: &str, source: &mut Source) -> Result<(), Vec<String>> {
    let Some(header) = header_of(source) else {
        return Ok(());
    };
    let (format, name, usual) = match header.format {
        PictureFormat::Jpeg => ("jpeg", "JPEG", ".jpg"),
        PictureFormat::Png => ("png", "PNG", ".png"),
    };
    if ending::is_not(output, format) {
        return Err(vec![format!(
            "--output: `{output}` would be a {name} as its input is; call it {usual}, or change \
             the format by `filittle convert`"
        )]);
    }
    Ok(())
}

/// None when it cannot be read: the work will say why.
fn header_of(source: &mut Source) -> Option<PictureHeader> {
    let input = source.input.as_mut().ok()?;
    header((input.open)().ok()?).ok()
}

/// Only what is sure: a JPEG may be told to be shown on its side, which its header does not say.
fn stays_smaller(resize: &Resize, header: &PictureHeader) -> bool {
    let (width, height) = (header.width, header.height);
    let upright = is_short(resize, width, height);
    match header.format {
        PictureFormat::Jpeg => upright && is_short(resize, height, width),
        PictureFormat::Png => upright,
    }
}

/// Whether a picture of that size would have to grow.
fn is_short(resize: &Resize, width: u32, height: u32) -> bool {
    let sides = [(resize.width, width), (resize.height, height)];
    let mut grows = (sides.into_iter()).filter_map(|(asked, is)| Some(asked? > is));
    match resize.fit {
        Fit::Contain | Fit::Inside => grows.all(|grows| grows),
        Fit::Cover | Fit::Outside | Fit::Fill => grows.any(|grows| grows),
    }
}

#[cfg(test)]
mod tests {
    use filittle_steps::parse_step;
    use serde_json::json;

    use super::*;

    /// Of a picture of 400 by 200 pixels.
    fn stays(format: PictureFormat, fit: &str, width: u32, height: u32) -> bool {
        let step = json!({"op": "resize", "fit": fit, "width": width, "height": height});
        let Ok(Step::Resize(resize)) = parse_step(&step, "") else {
            panic!("{step}")
        };
        let header = PictureHeader {
            format,
            width: 400,
            height: 200,
            channels: 3,
            bit_depth: 8,
            indexed: false,
            progressive: false,
            samples_per_256_pixels: 768,
        };
        stays_smaller(&resize, &header)
    }

    #[test]
    fn a_picture_stays_smaller_when_it_would_have_to_grow() {
        let png = |fit, width, height| stays(PictureFormat::Png, fit, width, height);
        for fit in ["inside", "contain"] {
            assert!(png(fit, 401, 201) && !png(fit, 401, 200), "{fit}");
        }
        for fit in ["cover", "outside", "fill"] {
            assert!(png(fit, 401, 200) && !png(fit, 400, 200), "{fit}");
        }
    }

    #[test]
    fn of_a_jpeg_only_what_holds_on_either_side_is_told() {
        let jpeg = |width, height| stays(PictureFormat::Jpeg, "inside", width, height);
        assert!(jpeg(401, 401) && !jpeg(401, 201));
    }
}

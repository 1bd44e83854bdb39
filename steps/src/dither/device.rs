//! A step for a panel becomes the two that make what it shows.

use filittle_dither::raw;
use serde_json::{Map, Value, json};

use super::{BitOrder, Layout, read::instead_of_device};
use crate::{
    Mistake, Step,
    devices::{self, Device, Output},
    kind::Kind,
    mistake::child,
    parse_step,
};

/// What the device says, and the step must not.
const OF_THE_DEVICE: [&str; 9] = [
    "levels",
    "colors",
    "palette",
    "extract",
    "written_colors",
    "bits",
    "bit_order",
    "layout",
    "codes",
];

/// The steps that stand for one with `device`: a resize to its size, and the dithering. None when
/// the step has no device.
///
/// What else the step says goes for the dithering; so does its `id`, and its `from` for the resize.
pub(crate) fn expand(
    step: &Map<String, Value>,
    pointer: &str,
) -> Option<Result<Vec<Step>, Vec<Mistake>>> {
    let name = step
        .get("device")
        .filter(|_| step.get("op") == Some(&json!("dither")))?;
    let device = match Kind::Device.normal(name) {
        Ok(name) => devices::device(name.as_str()?)?,
        Err(wrongs) => {
            let mistake = |detail| Mistake::new(child(pointer, "device"), detail);
            return Some(Err(wrongs
                .into_iter()
                .map(|wrong| mistake(wrong.detail))
                .collect()));
        }
    };
    let mistakes: Vec<Mistake> = (OF_THE_DEVICE.iter())
        .filter(|name| step.contains_key(**name))
        .map(|name| instead_of_device(name, pointer))
        .collect();
    if !mistakes.is_empty() {
        return Some(Err(mistakes));
    }
    let resize = json!({
        "op": "resize", "width": device.width, "height": device.height,
        "fit": "cover", "upscale": true,
    });
    Some(all([
        parse_step(&with(step, "from", resize), pointer),
        parse_step(&dither(step, device), pointer),
    ]))
}

/// Both, or the mistakes of both.
fn all(parsed: [Result<Step, Vec<Mistake>>; 2]) -> Result<Vec<Step>, Vec<Mistake>> {
    let (mut steps, mut mistakes) = (Vec::new(), Vec::new());
    for parsed in parsed {
        match parsed {
            Ok(step) => steps.push(step),
            Err(found) => mistakes.extend(found),
        }
    }
    if mistakes.is_empty() {
        Ok(steps)
    } else {
        Err(mistakes)
    }
}

/// With that member of the step, if it has one.
fn with(step: &Map<String, Value>, name: &str, mut other: Value) -> Value {
    if let Some(value) = step.get(name) {
        other[name] = value.clone();
    }
    other
}

fn dither(step: &Map<String, Value>, device: &Device) -> Value {
    let mut inks: Vec<_> = device.inks.iter().collect();
    if !matches!(device.output, Output::Raw(_)) {
        // Codes are places in the palette.
        inks.sort_by_key(|ink| ink.code);
    }
    let hex = |[r, g, b]: [u8; 3]| format!("#{r:02x}{g:02x}{b:02x}");
    let nominal: Vec<String> = inks.iter().map(|ink| hex(ink.color)).collect();
    let measured: Option<Vec<String>> = (inks.iter()).map(|ink| ink.measured.map(hex)).collect();
    let mut new = step.clone();
    new.remove("device");
    new.remove("from");
    let mut set = |name: &str, value: Value| {
        new.entry(name).or_insert(value);
    };
    if let Some(measured) = measured {
        set("colors", measured.into());
        set("written_colors", nominal.into());
        set("fit_range", true.into());
    } else {
        set("colors", nominal.into());
    }
    match device.output {
        Output::Png => set("format", "png".into()),
        Output::Bmp => set("format", "bmp".into()),
        Output::Raw(packing) => {
            set("format", "raw".into());
            if new.get("format") == Some(&json!("raw")) {
                let codes: Vec<u8> = inks.iter().map(|ink| ink.code).collect();
                new.extend(packed(packing));
                new.insert("codes".to_owned(), codes.into());
            }
        }
    }
    Value::Object(new)
}

fn packed(packing: raw::Packing) -> [(String, Value); 3] {
    let order = match packing.order {
        raw::BitOrder::Msb => BitOrder::Msb,
        raw::BitOrder::Lsb => BitOrder::Lsb,
    };
    let layout = match packing.layout {
        raw::Layout::Rows => Layout::Rows,
        raw::Layout::Planes => Layout::Planes,
        raw::Layout::Pages => Layout::Pages,
    };
    [
        ("bits".to_owned(), packing.bits.into()),
        ("bit_order".to_owned(), order.name().into()),
        ("layout".to_owned(), layout.name().into()),
    ]
}

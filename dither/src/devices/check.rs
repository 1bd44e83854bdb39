//! What must hold of a device.

use toml::Spanned;

use super::{
    BadDevice, Device, Ink, Output,
    file::{File, Format, InkFile, LayoutName, OrderName, OutputFile},
    place::Text,
};
use crate::{
    palette_file::{parse_color, quoted},
    raw::{BitOrder, Layout, Packing},
};

const MAX_INKS: usize = 256;

pub(super) fn device(name: &str, file: File, text: Text) -> Result<Device, BadDevice> {
    let inks = inks(&file.inks, text)?;
    Ok(Device {
        name: name.to_owned(),
        title: file.title.unwrap_or_else(|| name.to_owned()),
        sources: file.sources,
        width: side("width", &file.width, text)?,
        height: side("height", &file.height, text)?,
        output: output(file.output, &file.inks, &inks, text)?,
        inks,
    })
}

fn side(field: &str, value: &Spanned<i64>, text: Text) -> Result<u16, BadDevice> {
    let side = u16::try_from(*value.get_ref())
        .ok()
        .filter(|side| *side > 0);
    side.ok_or_else(|| {
        let problem = format!("{field} is 1 to 65535 pixels, not {}", value.get_ref());
        text.bad(value.span(), problem)
    })
}

fn inks(files: &[Spanned<InkFile>], text: Text) -> Result<Vec<Ink>, BadDevice> {
    if !(2..=MAX_INKS).contains(&files.len()) {
        let at = files.last().map_or(0..0, Spanned::span);
        let problem = format!("a device has 2 to {MAX_INKS} inks, not {}", files.len());
        return Err(text.bad(at, problem));
    }
    let mut inks: Vec<Ink> = Vec::with_capacity(files.len());
    for (place, file) in files.iter().enumerate() {
        let new = ink(place, file.get_ref(), text)?;
        if let Some(old) = inks.iter().find(|old| old.color == new.color) {
            let problem = format!("the ink {} has this colour already", quoted(&old.name));
            return Err(text.bad(file.get_ref().color.span(), problem));
        }
        if let Some(old) = inks.iter().find(|old| old.code == new.code) {
            let problem = format!(
                "the ink {} has code {} already",
                quoted(&old.name),
                old.code
            );
            return Err(text.bad(code_span(file), problem));
        }
        if new.measured.is_some() != inks.first().unwrap_or(&new).measured.is_some() {
            let problem = "measured is given for all inks, or for none";
            return Err(text.bad(file.span(), problem));
        }
        inks.push(new);
    }
    Ok(inks)
}

fn ink(place: usize, file: &InkFile, text: Text) -> Result<Ink, BadDevice> {
    let code = match &file.code {
        None => u8::try_from(place).expect("no more inks than codes"),
        Some(code) => u8::try_from(*code.get_ref()).map_err(|_| {
            text.bad(
                code.span(),
                format!("code is 0 to 255, not {}", code.get_ref()),
            )
        })?,
    };
    let measured = file.measured.as_ref();
    Ok(Ink {
        name: file.name.as_ref().unwrap_or(file.color.get_ref()).clone(),
        color: color("color", &file.color, text)?,
        measured: measured
            .map(|measured| color("measured", measured, text))
            .transpose()?,
        code,
    })
}

fn color(field: &str, value: &Spanned<String>, text: Text) -> Result<[u8; 3], BadDevice> {
    parse_color(value.get_ref()).ok_or_else(|| {
        let given = quoted(value.get_ref());
        let problem = format!("{field} is a colour such as \"#ff8000\", not {given}");
        text.bad(value.span(), problem)
    })
}

fn code_span(file: &Spanned<InkFile>) -> std::ops::Range<usize> {
    let code = file.get_ref().code.as_ref();
    code.map_or_else(|| file.span(), Spanned::span)
}

fn output(
    file: Option<OutputFile>,
    files: &[Spanned<InkFile>],
    inks: &[Ink],
    text: Text,
) -> Result<Output, BadDevice> {
    let Some(file) = file else {
        return Ok(Output::Png);
    };
    if file.format == Format::Raw {
        return raw(&file, files, inks, text).map(Output::Raw);
    }
    let spans = [
        file.bits.as_ref().map(Spanned::span),
        file.bit_order.as_ref().map(Spanned::span),
        file.layout.as_ref().map(Spanned::span),
    ];
    if let Some(span) = spans.into_iter().flatten().next() {
        let problem = "bits, bit_order and layout are only for format = \"raw\"";
        return Err(text.bad(span, problem));
    }
    Ok(match file.format {
        Format::Bmp => Output::Bmp,
        _ => Output::Png,
    })
}

fn raw(
    file: &OutputFile,
    files: &[Spanned<InkFile>],
    inks: &[Ink],
    text: Text,
) -> Result<Packing, BadDevice> {
    let layout = match file.layout.as_ref().map(Spanned::get_ref) {
        None | Some(LayoutName::Rows) => Layout::Rows,
        Some(LayoutName::Planes) => Layout::Planes,
        Some(LayoutName::Pages) => Layout::Pages,
    };
    let order = match file.bit_order.as_ref().map(Spanned::get_ref) {
        None | Some(OrderName::Msb) => BitOrder::Msb,
        Some(OrderName::Lsb) => BitOrder::Lsb,
    };
    let bits = match &file.bits {
        None => fewest_bits(layout, inks),
        Some(bits) => given_bits(bits, layout, text)?,
    };
    for (ink, file) in inks.iter().zip(files) {
        if u16::from(ink.code) >> bits != 0 {
            let problem = format!(
                "code {} does not fit in {bits} bits; the highest is {}",
                ink.code,
                (1u16 << bits) - 1
            );
            return Err(text.bad(code_span(file), problem));
        }
    }
    Ok(Packing {
        bits,
        order,
        layout,
    })
}

fn allowed(layout: Layout) -> &'static [u8] {
    match layout {
        Layout::Rows => &[1, 2, 4, 8],
        Layout::Planes => &[1, 2, 3, 4, 5, 6, 7, 8],
        Layout::Pages => &[1],
    }
}

/// That the codes fit in; when they fit in none, the most.
fn fewest_bits(layout: Layout, inks: &[Ink]) -> u8 {
    let codes = inks.iter().fold(0, |codes, ink| codes | ink.code);
    let bits = allowed(layout).iter();
    let most = *allowed(layout).last().expect("some number is allowed");
    bits.copied()
        .find(|bits| u16::from(codes) >> bits == 0)
        .unwrap_or(most)
}

fn given_bits(bits: &Spanned<i64>, layout: Layout, text: Text) -> Result<u8, BadDevice> {
    let given = u8::try_from(*bits.get_ref()).ok();
    given
        .filter(|given| allowed(layout).contains(given))
        .ok_or_else(|| {
            let right = match layout {
                Layout::Rows => "bits is 1, 2, 4 or 8",
                Layout::Planes => "bits is 1 to 8 with layout = \"planes\"",
                Layout::Pages => "bits is 1 with layout = \"pages\"",
            };
            text.bad(bits.span(), format!("{right}, not {}", bits.get_ref()))
        })
}

//! A device as its description in TOML, which reads again as the same.

use std::fmt::Write;

use filittle_steps::devices::{Device, Output};

use super::devices::{layout, order};
use super::hex;

/// The description of a device.
pub(super) fn description(device: &Device) -> String {
    let format = match device.output {
        Output::Png => "png",
        Output::Bmp => "bmp",
        Output::Raw(_) => "raw",
    };
    let mut text = format!("title = {}\nsources = [\n", quoted(&device.title));
    // Writing to a string cannot fail.
    for source in &device.sources {
        let _ = writeln!(text, "    {},", quoted(source));
    }
    let _ = write!(
        text,
        "]\nwidth = {}\nheight = {}\n\n[output]\nformat = \"{format}\"\n",
        device.width, device.height
    );
    if let Output::Raw(packing) = device.output {
        let _ = write!(
            text,
            "bits = {}\nbit_order = \"{}\"\nlayout = \"{}\"\n",
            packing.bits,
            order(packing.order),
            layout(packing.layout)
        );
    }
    for ink in &device.inks {
        let (name, color) = (quoted(&ink.name), hex(ink.color));
        let _ = write!(text, "\n[[inks]]\nname = {name}\ncolor = \"{color}\"\n");
        if let Some(measured) = ink.measured {
            let _ = writeln!(text, "measured = \"{}\"", hex(measured));
        }
        let _ = writeln!(text, "code = {}", ink.code);
    }
    text
}

/// What JSON escapes, TOML does in the same way; and DEL besides.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text)
        .to_string()
        .replace('\u{7f}', "\\u007f")
}

#[cfg(test)]
mod tests {
    use filittle_steps::devices::{all, parse};

    use super::*;

    #[test]
    fn a_description_reads_again_as_its_device() {
        for device in all() {
            let read = parse(&device.name, &description(device));
            assert_eq!(read.as_ref(), Ok(device));
        }
    }

    #[test]
    fn a_title_may_have_any_characters() {
        let mut device = all().next().expect("a device").clone();
        device.title = "a \"b\" \\ \u{1b}\u{7f}\n é".to_owned();
        let read = parse(&device.name, &description(&device));
        assert_eq!(read, Ok(device));
    }
}

use clap::{Arg, ArgAction, ArgMatches, Command};
use filittle_dither::devices as shipped;
use filittle_dither::raw::{BitOrder, Layout, Packing};
use filittle_steps::devices::{self, Device, Ink, Output};
use filittle_steps::guess;
use serde_json::{Value, json};

use super::description::description;
use super::paint::{Cell, Paint};
use super::{hex, which};
use crate::local::flags;
use crate::local::tones::{add_devices, device, is_file, read_device};

pub(super) fn command() -> Command {
    Command::new("devices")
        .about("List the panels that dither knows, or show one or a description of one")
        .arg(which("show all that is known of this one"))
        .arg(
            Arg::new("toml")
                .long("toml")
                .action(ArgAction::SetTrue)
                .requires("which")
                .conflicts_with("json")
                .help("print its description, to change it for a device of one's own"),
        )
        .arg(super::json())
        .arg(flags::devices())
        .after_help(
            "Examples:\n  filittle devices\n  filittle devices waveshare-7in3e\n  \
             filittle devices waveshare-7in5-v2 --toml > mine.toml\n  \
             filittle dither photo.jpg -o photo.bin --device mine.toml",
        )
}

pub(super) fn text(matches: &ArgMatches) -> Result<String, Vec<String>> {
    add_devices(matches, Vec::new())?;
    let is_json = matches.get_flag("json");
    let Some(asked) = matches.get_one::<String>("which") else {
        return Ok(if is_json {
            format!(
                "{}\n",
                json!({"items": devices::all().map(as_json).collect::<Vec<_>>()})
            )
        } else {
            Paint::of_stdout().table(&devices::all().map(row).collect::<Vec<_>>())
        });
    };
    let device = this(asked).map_err(|wrong| vec![wrong])?;
    Ok(if matches.get_flag("toml") {
        toml(&device)
    } else if is_json {
        format!("{}\n", as_json(&device))
    } else {
        all_of(&device)
    })
}

fn this(asked: &str) -> Result<Device, String> {
    if is_file(asked) {
        return read_device(asked);
    }
    device(asked).cloned().ok_or_else(|| {
        let known: Vec<&str> = devices::all().map(|it| it.name.as_str()).collect();
        let guess = guess(asked, known.iter().copied());
        let known = known.join(", ");
        format!("there is no device `{asked}`; there are {known}{guess}")
    })
}

/// What comes with the program as it is, with its comments; of one's own a description.
fn toml(device: &Device) -> String {
    let is_shipped = shipped::device(&device.name) == Some(device);
    match shipped::file(&device.name).filter(|_| is_shipped) {
        Some(file) => file.to_owned(),
        None => description(device),
    }
}

/// Name, size, number of inks, format, title.
fn row(device: &Device) -> Vec<Cell> {
    vec![
        Cell::text(&device.name),
        Cell::text(format!("{}x{}", device.width, device.height)),
        Cell::text(device.inks.len().to_string()),
        Cell::Colors(device.inks.iter().map(|ink| ink.color).collect()),
        Cell::text(format(device)),
        Cell::text(&device.title),
    ]
}

fn format(device: &Device) -> &'static str {
    match device.output {
        Output::Png => "png",
        Output::Bmp => "bmp",
        Output::Raw(_) => "raw",
    }
}

fn all_of(device: &Device) -> String {
    let Device { width, height, .. } = device;
    let format = match device.output {
        Output::Raw(packing) => {
            let bytes = packing.bytes((*width).into(), (*height).into());
            format!("raw, {}; {bytes} bytes", packed(packing))
        }
        _ => format(device).to_owned(),
    };
    let paint = Paint::of_stdout();
    let line = |text: String| vec![Cell::text(text)];
    let has_measured = device.inks.iter().any(|ink| ink.measured.is_some());
    let inks = device.inks.iter().map(|it| ink(it, has_measured));
    let columns = if has_measured {
        "code, colour, as measured, name"
    } else {
        "code, colour, name"
    };
    let head = [
        line(format!("{}: {}", device.name, device.title)),
        line(format!("{width} x {height} pixels")),
        line(format!("Format: {format}")),
        line(format!("Inks: {columns}")),
    ];
    let sources = (device.sources.iter()).map(|it| line(format!("Source: {it}")));
    paint.table(&head)
        + &paint.table(&inks.collect::<Vec<_>>())
        + &paint.table(&sources.collect::<Vec<_>>())
}

fn ink(ink: &Ink, has_measured: bool) -> Vec<Cell> {
    let mut row = vec![
        Cell::text(ink.code.to_string()),
        Cell::text(hex(ink.color)),
        Cell::Colors(vec![ink.color; 4]),
    ];
    if has_measured {
        let measured = ink.measured.unwrap_or(ink.color);
        row.extend([Cell::text(hex(measured)), Cell::Colors(vec![measured; 4])]);
    }
    row.push(Cell::text(&ink.name));
    row
}

fn packed(packing: Packing) -> String {
    let bits = packing.bits;
    let (place, first) = match packing.layout {
        Layout::Rows => (format!("{bits} bits a pixel, row by row"), "the leftmost"),
        Layout::Planes => (format!("{bits} planes of one bit"), "the leftmost"),
        Layout::Pages => (
            "pages of eight rows, one bit a pixel".to_owned(),
            "the topmost",
        ),
    };
    let bits = match packing.order {
        BitOrder::Msb => "highest bits (msb)",
        BitOrder::Lsb => "lowest bits (lsb)",
    };
    format!("{place}, {first} pixel in the {bits}")
}

fn as_json(device: &Device) -> Value {
    let inks = device.inks.iter().map(|ink| {
        let mut shown = json!({"name": ink.name, "color": hex(ink.color), "code": ink.code});
        if let Some(measured) = ink.measured {
            shown["measured"] = hex(measured).into();
        }
        shown
    });
    let mut output = json!({"format": format(device)});
    if let Output::Raw(packing) = device.output {
        output["bits"] = packing.bits.into();
        output["bit_order"] = order(packing.order).into();
        output["layout"] = layout(packing.layout).into();
        output["bytes"] = packing
            .bytes(device.width.into(), device.height.into())
            .into();
    }
    json!({
        "name": device.name, "title": device.title, "sources": device.sources,
        "width": device.width, "height": device.height, "output": output,
        "inks": inks.collect::<Vec<_>>(),
    })
}

pub(super) fn order(order: BitOrder) -> &'static str {
    match order {
        BitOrder::Msb => "msb",
        BitOrder::Lsb => "lsb",
    }
}

pub(super) fn layout(layout: Layout) -> &'static str {
    match layout {
        Layout::Rows => "rows",
        Layout::Planes => "planes",
        Layout::Pages => "pages",
    }
}

//! `filittle palettes` and `filittle devices`.

use std::fs;

use serde_json::Value;

use crate::kit::{code, errors, filittle, folder, said};

#[test]
fn palettes_are_listed_so_that_programs_can_cut_them() {
    let dir = folder();
    let text = said(filittle(dir.path(), "palettes"));
    let pico = text.lines().find(|line| line.starts_with("pico-8\t"));
    let fields: Vec<&str> = pico.expect("a palette").split('\t').collect();
    assert_eq!(fields[1], "16");
    assert_eq!(fields.len(), 3);
    assert!(!text.contains('\x1b'));
}

#[test]
fn a_palette_is_shown_with_its_colours_their_names_and_where_they_are_from() {
    let dir = folder();
    let text = said(filittle(dir.path(), "palettes spectra-6"));
    assert!(text.contains("#ff0000\tred\n"), "{text}");
    assert!(
        text.contains("Source: ") && text.contains("https://"),
        "{text}"
    );
}

#[test]
fn a_palette_that_is_printed_as_a_file_reads_again_as_the_same() {
    let dir = folder();
    let colors = |line: &str| {
        let told: Value = serde_json::from_str(&said(filittle(dir.path(), line))).expect("JSON");
        let colors = told["colors"].as_array().expect("colours").iter();
        colors.map(|it| it["color"].clone()).collect::<Vec<_>>()
    };
    let named = colors("palettes pico-8 --json");
    assert_eq!(named.len(), 16);
    for format in ["gpl", "hex"] {
        let line = format!("palettes pico-8 --format {format}");
        let file = said(filittle(dir.path(), &line));
        let name = format!("p.{format}");
        fs::write(dir.path().join(&name), file).expect("a file");
        assert_eq!(
            colors(&format!("palettes {name} --json")),
            named,
            "{format}"
        );
    }
}

#[test]
fn a_palette_as_a_file_of_gimp_keeps_names_and_sources() {
    let dir = folder();
    let file = said(filittle(dir.path(), "palettes pico-8 --format gpl"));
    let shipped = include_str!("../../../dither/data/palettes/pico-8.gpl");
    assert_eq!(file, shipped);
}

#[test]
fn a_file_of_gimp_is_shown_and_printed_with_its_names() {
    let dir = folder();
    let file = "GIMP Palette\nName: Inks\n  0   0   0\tNight\n  1   2 255\t#0102ff\n";
    fs::write(dir.path().join("p.gpl"), file).expect("a file");
    let text = said(filittle(dir.path(), "palettes p.gpl"));
    assert_eq!(text, "p: Inks\n2 colours\n#000000\tNight\n#0102ff\n");
    assert_eq!(
        said(filittle(dir.path(), "palettes p.gpl --format gpl")),
        file
    );
}

#[test]
fn a_description_keeps_its_comments() {
    let dir = folder();
    let file = said(filittle(dir.path(), "devices trmnl --toml"));
    let shipped = include_str!("../../../dither/data/devices/trmnl.toml");
    assert_eq!(file, shipped);
    // One of one's own that is called as a shipped one is itself.
    let own = shipped.replace("TRMNL OG", "Mine");
    fs::write(dir.path().join("trmnl.toml"), own).expect("a file");
    let file = said(filittle(dir.path(), "devices trmnl --toml --devices ."));
    assert!(file.contains("title = \"Mine\""), "{file}");
}

#[test]
fn what_is_no_palette_and_no_device_is_told_with_those_there_are() {
    let dir = folder();
    for (line, word) in [
        ("palettes nothing", "pico-8"),
        ("palettes pico8", "did you mean `pico-8`?"),
        ("palettes missing.gpl", "there is no file `missing.gpl`"),
        ("devices nothing", "trmnl"),
        ("devices trmln", "did you mean `trmnl`?"),
        ("devices missing.toml", "there is no file `missing.toml`"),
        ("palettes --format gpl", "NAME|FILE"),
        ("devices --toml", "NAME|FILE"),
    ] {
        let output = filittle(dir.path(), line);
        assert_eq!(code(&output), 2, "{line}");
        let told = errors(output);
        assert!(told.contains(word), "{line}: {told}");
    }
}

#[test]
fn lists_take_names_in_capitals() {
    let dir = folder();
    for (small, large) in [
        ("palettes pico-8", "palettes PICO-8"),
        ("devices trmnl", "devices TRMNL"),
    ] {
        let [small, large] = [small, large].map(|line| said(filittle(dir.path(), line)));
        assert_eq!(small, large);
    }
}

#[test]
fn devices_are_listed_with_those_of_ones_own() {
    let dir = folder();
    let panel = said(filittle(dir.path(), "devices trmnl --toml"));
    fs::write(dir.path().join("mine.toml"), panel).expect("a file");
    let text = said(filittle(dir.path(), "devices --devices ."));
    assert!(text.starts_with("mine\t800x480\t2\tpng\t"), "{text}");
    assert!(text.contains("\ntrmnl\t"), "{text}");
    assert!(!said(filittle(dir.path(), "devices")).contains("mine\t"));
}

#[test]
fn a_device_is_shown_with_all_that_is_known_of_it() {
    let dir = folder();
    let text = said(filittle(dir.path(), "devices waveshare-7in3e"));
    for part in [
        "800 x 480 pixels",
        "192000 bytes",
        "3\t#ff0000\t#711813\tred",
        "Source: https://",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
}

#[test]
fn a_description_that_is_printed_describes_the_same_device() {
    let dir = folder();
    let told = |line: &str| -> Value {
        let mut told: Value =
            serde_json::from_str(&said(filittle(dir.path(), line))).expect("JSON");
        told["name"] = Value::Null;
        told
    };
    for name in ["m5paper", "trmnl", "ssd1306-128x64", "waveshare-7in3e"] {
        let description = said(filittle(dir.path(), &format!("devices {name} --toml")));
        fs::write(dir.path().join("copy.toml"), description).expect("a file");
        let shipped = told(&format!("devices {name} --json"));
        assert_eq!(told("devices copy.toml --json"), shipped, "{name}");
    }
}

//! Descriptions of devices: those that come with the program, and those of others.

use filittle_dither::{
    devices::{BadDevice, Device, MAX_BYTES, NAMES, Output, device, devices, parse},
    raw::{BitOrder, Layout, Packing},
};

const INKS: &str = "[[inks]]\ncolor = \"#000000\"\n[[inks]]\ncolor = \"#ffffff\"\n";

fn with_inks(fields: &str) -> Result<Device, BadDevice> {
    parse("mine", &format!("{fields}\n{INKS}"))
}

fn raw(fields: &str) -> Result<Output, BadDevice> {
    let output = format!("width = 1\nheight = 1\n[output]\nformat = \"raw\"\n{fields}\n{INKS}");
    parse("mine", &output).map(|device| device.output)
}

/// The message for a description that must be refused.
fn refusal(description: &str) -> String {
    parse("mine", description)
        .expect_err("a bad description")
        .to_string()
}

#[test]
fn the_names_are_those_of_the_files_in_their_order() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("data/devices");
    let mut files: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| {
            let name = entry.unwrap().file_name().into_string().unwrap();
            name.strip_suffix(".toml")
                .expect("nothing else is there")
                .to_owned()
        })
        .collect();
    files.sort();
    assert_eq!(NAMES, files);
    let names: Vec<_> = devices().iter().map(|device| &device.name).collect();
    assert_eq!(NAMES, names);
}

#[test]
fn each_device_says_what_it_is_and_who_says_so() {
    for device in devices() {
        assert_ne!(device.title, device.name);
        assert!(!device.sources.is_empty(), "{}", device.name);
        for source in &device.sources {
            assert!(source.starts_with("https://"), "{}: {source}", device.name);
        }
    }
}

/// The codes that the sources of the devices give.
#[test]
fn inks_have_the_codes_of_the_controller() {
    let code = |name: &str, ink: &str| {
        let inks = &device(name).unwrap().inks;
        inks.iter().find(|one| one.name == ink).unwrap().code
    };
    assert_eq!(code("waveshare-7in5-v2", "black"), 1);
    assert_eq!(code("waveshare-7in3e", "blue"), 5);
    assert_eq!(code("waveshare-7in3e", "green"), 6);
    assert_eq!(code("waveshare-7in3f", "orange"), 6);
    assert_eq!(code("m5paper", "white"), 0);
    assert_eq!(code("lilygo-t5-4-7", "white"), 15);
}

#[test]
fn what_is_left_out_has_a_default() {
    let device = with_inks("width = 800\nheight = 480").unwrap();
    assert_eq!((&*device.name, &*device.title), ("mine", "mine"));
    assert_eq!((device.width, device.height), (800, 480));
    assert_eq!(device.output, Output::Png);
    assert!(device.sources.is_empty());
    let inks: Vec<_> = device
        .inks
        .iter()
        .map(|ink| (&*ink.name, ink.code, ink.measured))
        .collect();
    assert_eq!(inks, [("#000000", 0, None), ("#ffffff", 1, None)]);
}

#[test]
fn raw_has_the_fewest_bits_that_the_codes_fit_in() {
    let packing = |bits, order, layout| {
        Ok(Output::Raw(Packing {
            bits,
            order,
            layout,
        }))
    };
    assert_eq!(raw(""), packing(1, BitOrder::Msb, Layout::Rows));
    let third = |layout: &str| raw(&format!("{layout}\n[[inks]]\ncolor = \"#f00\"\ncode = 4"));
    assert_eq!(third(""), packing(4, BitOrder::Msb, Layout::Rows));
    assert_eq!(
        third("layout = \"planes\""),
        packing(3, BitOrder::Msb, Layout::Planes)
    );
    assert_eq!(
        raw("layout = \"pages\"\nbit_order = \"lsb\""),
        packing(1, BitOrder::Lsb, Layout::Pages)
    );
}

#[test]
fn the_code_of_an_ink_fits_in_the_bits() {
    for (output, code, wanted) in [
        (
            "bits = 2",
            4,
            "line 8: code 4 does not fit in 2 bits; the highest is 3",
        ),
        (
            "layout = \"pages\"",
            6,
            "line 8: code 6 does not fit in 1 bits; the highest is 1",
        ),
        ("bits = 8", 256, "line 8: code is 0 to 255, not 256"),
        ("bits = 8", -1, "line 8: code is 0 to 255, not -1"),
    ] {
        let ink = format!("{output}\n[[inks]]\ncolor = \"#f00\"\ncode = {code}");
        assert_eq!(raw(&ink).unwrap_err().to_string(), wanted);
    }
}

#[test]
fn bits_are_those_that_the_layout_can_have() {
    for (fields, wanted) in [
        ("bits = 3", "line 5: bits is 1, 2, 4 or 8, not 3"),
        ("bits = 0", "line 5: bits is 1, 2, 4 or 8, not 0"),
        (
            "layout = \"planes\"\nbits = 9",
            "line 6: bits is 1 to 8 with layout = \"planes\", not 9",
        ),
        (
            "layout = \"pages\"\nbits = 2",
            "line 6: bits is 1 with layout = \"pages\", not 2",
        ),
    ] {
        assert_eq!(raw(fields).unwrap_err().to_string(), wanted);
    }
}

#[test]
fn a_refusal_names_the_line_and_the_field() {
    let size = "width = 1\nheight = 1\n";
    for (description, wanted) in [
        (
            format!("width = 0\nheight = 1\n{INKS}"),
            "line 1: width is 1 to 65535 pixels, not 0",
        ),
        (
            format!("width = 1\nheight = 65536\n{INKS}"),
            "line 2: height is 1 to 65535 pixels, not 65536",
        ),
        (
            format!("height = 1\n{INKS}"),
            "line 1: missing field `width`",
        ),
        (
            format!("width = \"1\"\nheight = 1\n{INKS}"),
            "line 1: `width = \"1\"`: invalid type: string \"1\", expected a whole number",
        ),
        (
            format!("{size}depth = 1\n{INKS}"),
            "line 3: `depth = 1`: unknown field `depth`, expected one of",
        ),
        (
            format!("{size}[output]\nformat = \"gif\"\n{INKS}"),
            "line 4: `format = \"gif\"`: unknown variant `gif`, expected one of",
        ),
        (
            format!("{size}[output]\nformat = \"bmp\"\nbits = 1\n{INKS}"),
            "line 5: bits, bit_order and layout are only for format = \"raw\"",
        ),
        (
            format!("{size}{INKS}[[inks]]\n"),
            "line 7: missing field `color`",
        ),
        (
            format!("{size}{INKS}[[inks]]\ncolor = \"mauve\"\n"),
            "line 8: color is a colour such as \"#ff8000\", not `mauve`",
        ),
        (
            format!("{size}{INKS}[[inks]]\ncolor = \"#FFF\"\n"),
            "line 8: the ink `#ffffff` has this colour already",
        ),
        (
            format!("{size}{INKS}[[inks]]\ncolor = \"#f00\"\ncode = 1\n"),
            "line 9: the ink `#ffffff` has code 1 already",
        ),
        (
            format!("{size}{INKS}[[inks]]\ncolor = \"#f00\"\nmeasured = \"#a00\"\n"),
            "line 7: measured is given for all inks, or for none",
        ),
        (
            format!("{size}[[inks]]\ncolor = \"#000\"\n"),
            "line 3: a device has 2 to 256 inks, not 1",
        ),
        (
            format!("{size}inks = []\n"),
            "line 1: a device has 2 to 256 inks, not 0",
        ),
        ("width = \n".to_owned(), "line 1: "),
        (String::new(), "line 1: missing field `width`"),
    ] {
        let refusal = refusal(&description);
        assert!(refusal.starts_with(wanted), "{refusal}\n{description}");
    }
}

#[test]
fn a_device_has_at_most_256_inks() {
    let inks = |count: u32| {
        let inks: Vec<_> = (0..count)
            .map(|n| format!("{{ color = \"#{n:06x}\" }}"))
            .collect();
        format!("width = 1\nheight = 1\ninks = [{}]", inks.join(", "))
    };
    assert_eq!(parse("mine", &inks(256)).unwrap().inks.len(), 256);
    assert!(refusal(&inks(257)).ends_with("a device has 2 to 256 inks, not 257"));
}

#[test]
fn a_description_of_more_than_64_kib_is_refused_before_it_is_parsed() {
    let mut text = format!("width = 1\nheight = 1\n{INKS}");
    text.push_str(&"#".repeat(MAX_BYTES - text.len()));
    assert!(parse("mine", &text).is_ok());
    text.push('#');
    assert_eq!(parse("mine", &text), Err(BadDevice::TooLarge));
}

#[test]
fn a_refusal_is_short_whatever_the_description_holds() {
    let long = "x".repeat(60_000);
    for text in [
        format!("{long} = 1"),
        format!("width = \"{long}\""),
        format!("width = 1\nheight = 1\n{INKS}[[inks]]\ncolor = \"{long}\""),
        format!("width = 1\nheight = 1\n[output]\nformat = \"{long}\""),
    ] {
        assert!(refusal(&text).len() < 400);
    }
}

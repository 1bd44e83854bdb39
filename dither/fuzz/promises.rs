//! What holds for all bytes. The fuzzer looks for some that break it, and `tests/seeds.rs` tries
//! those that are known.

use std::{collections::HashSet, fmt::Display, str};

use filittle_dither::{
    devices::{self, Output},
    palette_file::{self, PaletteFile},
    raw::Layout,
};

/// A palette file reads whatever its name is, or the refusal is fit to be shown; what was read can
/// be written, and reads the same.
pub(crate) fn palette_file(bytes: &[u8]) {
    for name in [
        None,
        Some("a.gpl"),
        Some("a.hex"),
        Some("a.pal"),
        Some("a.act"),
    ] {
        match PaletteFile::read(bytes, name) {
            Ok(PaletteFile {
                colors,
                color_names,
                ..
            }) => {
                assert_eq!(colors.len(), color_names.len());
                let different: HashSet<_> = colors.iter().collect();
                assert_eq!(different.len(), colors.len());
                assert!((2..=palette_file::MAX_COLORS).contains(&colors.len()));
                for file in [
                    palette_file::write_gpl("again", &colors, &color_names),
                    palette_file::write_hex(&colors),
                ] {
                    let again = palette_file::read(file.as_bytes(), None);
                    assert_eq!(again.as_ref(), Ok(&colors));
                }
            }
            Err(refusal) => is_fit_to_be_shown(&refusal),
        }
    }
}

/// A description of a device reads and keeps all rules, or the refusal is fit to be shown.
pub(crate) fn device(bytes: &[u8]) {
    let Ok(text) = str::from_utf8(bytes) else {
        return;
    };
    let device = match devices::parse("mine", text) {
        Ok(device) => device,
        Err(refusal) => return is_fit_to_be_shown(&refusal),
    };
    assert!(device.width > 0 && device.height > 0);
    assert!((2..=256).contains(&device.inks.len()));
    let codes: HashSet<_> = device.inks.iter().map(|ink| ink.code).collect();
    let colors: HashSet<_> = device.inks.iter().map(|ink| ink.color).collect();
    assert_eq!(
        (codes.len(), colors.len()),
        (device.inks.len(), device.inks.len())
    );
    let measured = device.inks.iter().filter(|ink| ink.measured.is_some());
    assert!([0, device.inks.len()].contains(&measured.count()));
    if let Output::Raw(packing) = device.output {
        let bits = packing.bits;
        assert!(match packing.layout {
            Layout::Rows => [1, 2, 4, 8].contains(&bits),
            Layout::Planes => (1..=8).contains(&bits),
            Layout::Pages => bits == 1,
        });
        assert!(codes.iter().all(|code| u16::from(*code) >> bits == 0));
    }
}

/// Of one line, short, and without what a terminal obeys.
fn is_fit_to_be_shown(refusal: &impl Display) {
    let text = refusal.to_string();
    assert!(text.chars().count() < 1000, "{text}");
    assert!(!text.contains(char::is_control), "{text:?}");
}

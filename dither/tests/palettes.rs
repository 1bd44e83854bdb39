//! The palettes that come with the program.

use std::collections::HashSet;

use filittle_dither::{
    palette_file,
    palettes::{NAMES, palette, palettes},
};

/// The files of a folder of data, without their endings.
fn files(folder: &str, ending: &str) -> Vec<String> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let names = std::fs::read_dir(folder).expect("a folder").map(|entry| {
        let name = entry
            .expect("a file")
            .file_name()
            .into_string()
            .expect("an ASCII name");
        name.strip_suffix(ending)
            .expect("nothing else is there")
            .to_owned()
    });
    let mut names: Vec<String> = names.collect();
    names.sort();
    names
}

#[test]
fn the_names_are_those_of_the_files_in_their_order() {
    assert_eq!(NAMES, files("data/palettes", ".gpl"));
    let names: Vec<_> = palettes().iter().map(|palette| palette.name).collect();
    assert_eq!(NAMES, names);
}

#[test]
fn a_name_is_kebab_case() {
    for name in NAMES {
        let is_right = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        assert!(name.chars().all(is_right), "{name}");
    }
}

#[test]
fn each_palette_says_what_it_is_and_who_published_it() {
    for palette in palettes() {
        assert_ne!(palette.title, palette.name);
        assert!(!palette.sources.is_empty(), "{}", palette.name);
        for source in &palette.sources {
            assert!(source.contains("https://"), "{}: {source}", palette.name);
        }
    }
}

#[test]
fn each_palette_has_different_colours_as_many_as_a_file_may_have() {
    for palette in palettes() {
        let different: HashSet<_> = palette.colors.iter().collect();
        assert_eq!(different.len(), palette.colors.len(), "{}", palette.name);
        assert_eq!(palette.color_names.len(), palette.colors.len());
        let file = palette_file::write_gpl(&palette.title, &palette.colors, &palette.color_names);
        let read = palette_file::read(file.as_bytes(), None);
        assert_eq!(read.as_ref(), Ok(&palette.colors), "{}", palette.name);
    }
}

#[test]
fn palettes_have_as_many_colours_as_the_things_they_are_of() {
    for (name, count) in [
        ("black-white", 2),
        ("gray-4", 4),
        ("gray-16", 16),
        ("game-boy", 4),
        ("cga", 16),
        ("cga-0-high", 4),
        ("cga-1-high", 4),
        ("ega", 64),
        ("pico-8", 16),
        ("web-safe", 216),
        ("commodore-64", 16),
        ("zx-spectrum", 15),
        ("teletext", 8),
        ("apple-ii", 15),
        ("msx", 15),
        ("nes", 54),
        ("acep", 7),
        ("spectra-6", 6),
    ] {
        assert_eq!(palette(name).unwrap().colors.len(), count, "{name}");
    }
}

#[test]
fn colours_keep_their_order_and_names() {
    let palette = palette("spectra-6").unwrap();
    assert_eq!(palette.colors[4], [0, 0, 255]);
    assert_eq!(palette.color_names[4].as_deref(), Some("blue"));
}

#[test]
fn what_has_no_such_name_is_nothing() {
    assert_eq!(palette("Spectra-6"), None);
    assert_eq!(palette(""), None);
}

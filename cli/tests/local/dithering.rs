//! `filittle dither`: colours from files, panels, and formats.

use std::fs;
use std::path::Path;

use crate::kit::{code, errors, filittle, folder, names, picture, said};

/// Two inks, 16 by 4 pixels.
const PANEL: &str = "width = 16\nheight = 4\n[output]\nformat = \"raw\"\n\
    [[inks]]\ncolor = \"000\"\ncode = 1\n[[inks]]\ncolor = \"fff\"\ncode = 0\n";

fn write(folder: &Path, name: &str, text: &str) {
    fs::write(folder.join(name), text).expect("a file");
}

/// The bytes that a run writes to `out`.
fn written(folder: &Path, flags: &str, out: &str) -> Vec<u8> {
    let done = filittle(folder, &format!("dither a.png -o {out} {flags}"));
    assert_eq!(code(&done), 0, "{flags}: {done:?}");
    fs::read(folder.join(out)).expect("the result")
}

/// What is told of a run that does nothing.
fn refused(folder: &Path, flags: &str) -> String {
    let output = filittle(folder, &format!("dither a.png {flags}"));
    assert_eq!(code(&output), 2, "{flags}: {output:?}");
    errors(output)
}

#[test]
fn a_palette_file_stands_for_its_colours() {
    let dir = folder();
    picture(dir.path(), "a.png");
    write(dir.path(), "two.hex", "112233\nddeeff\n");
    write(
        dir.path(),
        "two.gpl",
        "GIMP Palette\n17 34 51\n221 238 255\n",
    );
    let by_hand = written(dir.path(), "--colors 112233,ddeeff", "b.png");
    for file in ["two.hex", "two.gpl"] {
        let flags = format!("--palette {file} --force");
        assert_eq!(written(dir.path(), &flags, "c.png"), by_hand, "{file}");
    }
}

#[test]
fn a_named_palette_goes_before_a_file_of_its_name() {
    let dir = folder();
    picture(dir.path(), "a.png");
    write(dir.path(), "pico-8", "112233\nddeeff\n");
    let named = written(dir.path(), "--palette pico-8", "b.png");
    let file = written(dir.path(), "--palette ./pico-8", "c.png");
    assert_ne!(named, file);
}

#[test]
fn what_is_wrong_with_a_palette_is_told_with_its_file_and_line() {
    let dir = folder();
    picture(dir.path(), "a.png");
    write(dir.path(), "bad.hex", "112233\nblue\n");
    write(dir.path(), "one.hex", "112233\n");
    write(dir.path(), "two.hex", "112233\nddeeff\n");
    for (flags, words) in [
        ("--palette bad.hex", "bad.hex: line 2: "),
        ("--palette one.hex", "one.hex: the palette has no other"),
        (
            "--palette nothing",
            "no palette and no file `nothing`; there are acep",
        ),
        (
            "--palette two.hex --levels 2",
            "--palette: give either `--levels` or `--palette`, not both",
        ),
        (
            "--palette two.hex --colors 000,fff",
            "--palette: give either `--colors` or `--palette`, not both",
        ),
        (
            "--palette two.hex --device trmnl",
            "--palette: a `--device` has its own; leave out `--palette`",
        ),
        ("--palette pico8", "did you mean `pico-8`?"),
        ("--palette missing.gpl", "there is no file `missing.gpl`\n"),
        ("--palette ./pico-8", "there is no file `./pico-8`\n"),
    ] {
        let told = refused(dir.path(), &format!("-o b.png {flags}"));
        assert!(told.contains(words), "{flags}: {told}");
    }
    assert!(!names(dir.path()).contains(&"b.png".to_owned()));
}

#[test]
fn a_panel_gets_the_bytes_of_its_size() {
    let dir = folder();
    picture(dir.path(), "a.png");
    let panel = written(dir.path(), "--device waveshare-7in5-v2", "b.bin");
    assert_eq!(panel.len(), 800 * 480 / 8);
    assert!(written(dir.path(), "--device trmnl", "c").starts_with(b"\x89PNG"));
    let preview = written(dir.path(), "--device waveshare-7in5-v2", "d.png");
    assert_eq!(
        preview[16..24],
        [0, 0, 800_u16.to_be_bytes()[0], 0x20, 0, 0, 0x01, 0xe0]
    );
}

#[test]
fn a_panel_of_ones_own_is_a_file_or_one_of_a_folder() {
    let dir = folder();
    picture(dir.path(), "a.png");
    fs::create_dir(dir.path().join("panels")).expect("a folder");
    write(dir.path(), "panels/mine.toml", PANEL);
    let by_file = written(dir.path(), "--device panels/mine.toml", "b.bin");
    assert_eq!(by_file.len(), 2 * 4);
    let by_folder = written(dir.path(), "--devices panels --device mine", "c.bin");
    assert_eq!(by_file, by_folder);
    // One of one's own stands in the place of the shipped one of its name.
    write(dir.path(), "panels/trmnl.toml", PANEL);
    let replaced = written(dir.path(), "--devices panels --device trmnl", "d.bin");
    assert_eq!(by_file, replaced);
}

#[test]
fn what_is_wrong_with_a_panel_is_told_with_its_file_and_line() {
    let dir = folder();
    picture(dir.path(), "a.png");
    fs::create_dir(dir.path().join("panels")).expect("a folder");
    write(dir.path(), "panels/bad.toml", &PANEL.replace("16", "0"));
    for (flags, words) in [
        ("--device panels/bad.toml", "panels/bad.toml: line 1: width"),
        ("--devices panels", "panels/bad.toml: line 1: width"),
        ("--devices nowhere", "cannot read nowhere"),
        ("--device toaster", "`trmnl`"),
        ("--device trmln", "did you mean `trmnl`?"),
        ("--device missing.toml", "there is no file `missing.toml`\n"),
        (
            "--device trmnl --upscale",
            "--upscale: a device has its own",
        ),
        ("--device trmnl --width 9", "--width: a device has its own"),
    ] {
        let told = refused(dir.path(), &format!("-o b.bin {flags}"));
        assert!(told.contains(words), "{flags}: {told}");
    }
}

#[test]
fn the_ending_of_the_output_says_the_format() {
    let dir = folder();
    picture(dir.path(), "a.png");
    let table: [(&str, &[u8]); 3] = [
        ("b.gif", b"GIF89a"),
        ("b.BMP", b"BM"),
        ("b.png", b"\x89PNG"),
    ];
    for (out, magic) in table {
        assert!(
            written(dir.path(), "--extract 4", out).starts_with(magic),
            "{out}"
        );
    }
    for out in ["b.bin", "b.raw"] {
        assert_eq!(
            written(dir.path(), "--levels 2 --gray", out).len(),
            8,
            "{out}"
        );
    }
    // Nothing is written under the name of what it is not.
    for (out, words) in [
        ("b.jpg", "--output: `dither` writes no `.jpg`"),
        ("b.txt", "it writes .png, .gif, .bmp, .bin"),
        ("b.txt --device trmnl", "writes no `.txt`"),
    ] {
        let told = refused(dir.path(), &format!("-o {out}"));
        assert!(told.contains(words), "{out}: {told}");
    }
    for (out, flags) in [("b", "--gray"), ("b.txt", "--format png")] {
        assert!(
            written(dir.path(), flags, out).starts_with(b"\x89PNG"),
            "{out}"
        );
    }
}

#[test]
fn names_may_be_written_in_capitals() {
    let dir = folder();
    picture(dir.path(), "a.png");
    for (small, large) in [
        ("--palette pico-8", "--palette PICO-8"),
        ("--device trmnl", "--device TRMNL"),
        ("--colors black,ff0000", "--colors Black,RED"),
        ("--algorithm bayer", "--algorithm Bayer"),
    ] {
        let written = |flags, out| written(dir.path(), &format!("{flags} --force"), out);
        assert_eq!(written(small, "b.png"), written(large, "c.png"), "{large}");
    }
}

#[test]
fn raw_that_cannot_hold_the_colours_is_refused_in_colours() {
    let dir = folder();
    picture(dir.path(), "a.png");
    let told = refused(dir.path(), "-o b.bin --layout pages --palette pico-8");
    let right = "--layout: `pages` has 1 bit a pixel, for two colours, and there are 16";
    assert!(told.contains(right), "{told}");
    let told = refused(dir.path(), "-o b.bin --bits 2 --palette pico-8");
    let right = "--bits: enough for 4 colours, and there are 16";
    assert!(told.contains(right), "{told}");
}

#[test]
fn raw_has_as_many_bytes_as_the_flags_ask_for() {
    let dir = folder();
    picture(dir.path(), "a.png");
    let bytes =
        |flags: &str, out: &str| written(dir.path(), &format!("--colors 000,fff {flags}"), out);
    assert_eq!(bytes("--bits 2 --codes 3,2", "b.bin").len(), 16);
    assert_eq!(bytes("--bits 8", "c.bin").len(), 64);
    assert_eq!(bytes("--layout planes --bits 3", "d.bin").len(), 24);
    assert_eq!(bytes("--layout pages --bit-order lsb", "e.bin").len(), 8);
}

#[test]
fn every_way_to_dither_can_be_asked_for() {
    let dir = folder();
    picture(dir.path(), "a.png");
    for flags in [
        "--algorithm floyd-steinberg --serpentine --strength 0.5",
        "--algorithm bayer --matrix-size 4 --color-space linear",
        "--algorithm blue-noise --palette pico-8 --fit-range --color-space oklab",
        "--extract 3 --alpha-threshold 9 --threads 1 --width 4 --height 4",
        "--palette black-white --written-colors f00,0f0 --gray=false",
    ] {
        let out = format!("{}.png", flags.len());
        assert!(
            written(dir.path(), flags, &out).starts_with(b"\x89PNG"),
            "{flags}"
        );
    }
}

#[test]
fn what_is_no_ordinary_file_is_never_replaced() {
    let dir = folder();
    picture(dir.path(), "a.png");
    let place = dir.path().join("b.png");
    let _socket = std::os::unix::net::UnixListener::bind(&place).expect("a socket");
    let said = refused(dir.path(), "-o b.png --force");
    assert!(said.contains("b.png is no ordinary file"), "{said}");
    assert!(!place.is_file());
}

#[test]
fn what_a_link_leads_to_is_written_and_the_link_stays() {
    let dir = folder();
    picture(dir.path(), "a.png");
    let link = dir.path().join("b.png");
    std::os::unix::fs::symlink("real.png", &link).expect("a link");
    let said = refused(dir.path(), "-o b.png --force");
    assert!(
        said.contains("b.png is a link that leads nowhere"),
        "{said}"
    );
    write(dir.path(), "real.png", "mine");
    let said = refused(dir.path(), "-o b.png");
    assert!(said.contains("--force overwrites it"), "{said}");
    let bytes = written(dir.path(), "--force", "b.png");
    assert!(link.is_symlink());
    assert_eq!(fs::read(dir.path().join("real.png")).expect("it"), bytes);
    assert!(bytes.starts_with(b"\x89PNG"));
}

#[test]
fn links_do_not_let_two_results_or_an_input_be_lost() {
    let dir = folder();
    let out = dir.path().join("out");
    fs::create_dir(&out).expect("a folder");
    for name in ["a.png", "b.png"] {
        picture(dir.path(), name);
    }
    // Both results would lie in one file.
    write(&out, "a.png", "old");
    std::os::unix::fs::symlink("a.png", out.join("b.png")).expect("a link");
    let done = filittle(dir.path(), "dither a.png b.png -o out --force --threads 1");
    assert_eq!(code(&done), 1);
    let told = errors(done);
    assert!(told.contains("b.png: another result of this run"), "{told}");
    // An input through a link to it.
    fs::remove_file(out.join("a.png")).expect("removed");
    std::os::unix::fs::symlink("../a.png", out.join("a.png")).expect("a link");
    let before = fs::read(dir.path().join("a.png")).expect("the input");
    let done = filittle(dir.path(), "dither a.png -o out --force");
    assert_eq!(code(&done), 1);
    let told = errors(done);
    assert!(told.contains("a.png is a link to an input"), "{told}");
    assert_eq!(fs::read(dir.path().join("a.png")).expect("it"), before);
}

#[test]
fn raw_bytes_of_another_size_than_asked_for_are_told() {
    let dir = folder();
    picture(dir.path(), "a.png");
    let flags = "dither a.png --width 6 --height 4 --json";
    let output = filittle(dir.path(), &format!("{flags} -o b.bin"));
    let told: serde_json::Value = serde_json::from_str(&said(output)).expect("JSON");
    let told = &told["items"][0];
    let note = serde_json::json!(["4 x 4 pixels, not 6 x 4: its shape was kept"]);
    assert_eq!(told["notes"], note);
    assert_eq!(
        [&told["output"]["width"], &told["output"]["height"]],
        [4, 4]
    );
    let output = filittle(dir.path(), &format!("{flags} -o c.png"));
    assert!(!said(output).contains("note"));
    let output = filittle(dir.path(), "dither a.png --width 16 --height 9 -o d.bin");
    assert_eq!(
        errors(output),
        "a.png: 8 x 8 pixels, not 16 x 9: smaller than asked for, and not enlarged; --upscale does \
         that\n"
    );
}

#[test]
fn a_folder_of_the_environment_hinders_only_who_wants_a_device() {
    let dir = folder();
    picture(dir.path(), "a.png");
    let code = |flags: &str| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_filittle"));
        let line = format!("dither a.png -o b.png {flags}");
        command
            .args(line.split_whitespace())
            .env("FILITTLE_DEVICES", "nowhere")
            .current_dir(dir.path());
        command.output().expect("the binary").status.code()
    };
    assert_eq!(code("--device trmnl"), Some(2));
    assert_eq!(code(""), Some(0));
}

use std::{
    fs,
    io::Write,
    process::{Command, Stdio},
};

use crate::kit::{code, errors, filittle, folder, names, picture};

#[test]
fn one_input_goes_to_one_file() {
    let dir = folder();
    picture(dir.path(), "a.png");
    assert_eq!(
        code(&filittle(dir.path(), "dither a.png -o b.png --levels 2")),
        0
    );
    let written = fs::read(dir.path().join("b.png")).expect("the result");
    // Bit depth 1, grey.
    assert_eq!(written[24..26], [1, 0]);
    assert_eq!(names(dir.path()), ["a.png", "b.png"]);
}

#[test]
fn several_inputs_go_to_a_folder_that_is_made_for_them() {
    let dir = folder();
    picture(dir.path(), "a.png");
    picture(dir.path(), "b.jpg");
    picture(dir.path(), "b.png");
    assert_eq!(
        code(&filittle(
            dir.path(),
            "dither a.png b.jpg b.png -o out --threads 3"
        )),
        0
    );
    assert_eq!(
        names(&dir.path().join("out")),
        ["a.png", "b (2).png", "b.png"]
    );
}

#[test]
fn nothing_is_overwritten_without_force() {
    let dir = folder();
    fs::write(dir.path().join("a.txt"), "text").expect("a file");
    fs::write(dir.path().join("a.zst"), "mine").expect("a file");
    assert_eq!(code(&filittle(dir.path(), "compress a.txt -o a.zst")), 2);
    assert_eq!(fs::read(dir.path().join("a.zst")).expect("mine"), b"mine");
    assert_eq!(
        code(&filittle(dir.path(), "compress a.txt -o a.zst --force")),
        0
    );
    assert_ne!(fs::read(dir.path().join("a.zst")).expect("packed"), b"mine");
}

#[test]
fn a_failed_input_leaves_nothing_and_the_others_are_done() {
    let dir = folder();
    picture(dir.path(), "a.png");
    fs::write(dir.path().join("b.png"), "no picture").expect("a file");
    let output = filittle(dir.path(), "dither a.png b.png missing.png -o out");
    assert_eq!(code(&output), 1);
    assert_eq!(names(&dir.path().join("out")), ["a.png"]);
    let errors = String::from_utf8(output.stderr).expect("UTF-8");
    assert!(
        errors.contains("b.png: ") && errors.contains("missing.png: "),
        "{errors}"
    );
}

#[test]
fn zip_gathers_all_inputs_into_one_file() {
    let dir = folder();
    fs::write(dir.path().join("a.txt"), "text").expect("a file");
    picture(dir.path(), "b.png");
    assert_eq!(
        code(&filittle(
            dir.path(),
            "compress a.txt b.png -o all.zip --format zip"
        )),
        0
    );
    assert!(
        fs::read(dir.path().join("all.zip"))
            .expect("a zip")
            .starts_with(b"PK")
    );
}

#[test]
fn wrong_usage_does_nothing_and_says_what_would_be_right() {
    let dir = folder();
    picture(dir.path(), "a.png");
    for (line, words) in [
        ("dither a.png -o out.png --levels 1", "--levels: "),
        (
            "convert a.png -o out.webp --format webp",
            "this build does not have",
        ),
        (
            "dither a.png -o out.png --levels 2 --colors 000,fff",
            "not both",
        ),
        ("convert a.png -o out", "--format: `--format` is missing"),
        ("dither a.png -o out --threads 0", "1 or more"),
        (
            "resize a.png -o out --upscale",
            "give `--width`, `--height`",
        ),
        (
            "dither a.png -o out --upscale",
            "give `--width`, `--height`",
        ),
        ("dither a.png a.png -o -", "folder"),
        ("compress - - -o out", "once"),
        ("dither a.png", "--output"),
        ("dither a.png -o ", "--output: an empty text"),
        ("dither  -o b.png", "an empty text names no input"),
        ("dither a.png -o b.png --strength nan", "not \"nan\""),
        ("dither a.png -o b.png --colors ", "2 to 256 colours, not 0"),
    ] {
        let output = filittle(dir.path(), line);
        assert_eq!(code(&output), 2, "{line}");
        let errors = String::from_utf8(output.stderr).expect("UTF-8");
        assert!(errors.contains(words), "{line}: {errors}");
    }
    assert_eq!(names(dir.path()), ["a.png"]);
}

#[test]
fn the_name_of_the_output_says_the_format_when_nothing_else_does() {
    let dir = folder();
    picture(dir.path(), "a.png");
    let table: [(&str, &[u8]); 12] = [
        ("convert a.png -o b.JPG", b"\xff\xd8"),
        ("convert a.png -o c.jpeg", b"\xff\xd8"),
        ("compress a.png -o d.png.gz", b"\x1f\x8b"),
        ("compress a.png -o e.zip", b"PK"),
        ("compress a.png -o h.xz", b"\xfd7zXZ\0"),
        ("compress a.png -o h.lz4", b"\x04\x22\x4d\x18"),
        ("compress a.png -o h.bz2", b"BZh9"),
        ("compress a.png -o h.tar", b"a.png\0"),
        ("compress a.png -o h.tar.zst", b"\x28\xb5\x2f\xfd"),
        ("compress a.png -o h.TGZ", b"\x1f\x8b"),
        ("compress a.png -o f.other", b"\x28\xb5\x2f\xfd"),
        ("compress a.png -o g.gz --format zstd", b"\x28\xb5\x2f\xfd"),
    ];
    for (line, magic) in table {
        let done = filittle(dir.path(), line);
        assert_eq!(code(&done), 0, "{line}: {done:?}");
        let output = line.split(' ').nth(3).expect("an output");
        let written = fs::read(dir.path().join(output)).expect("the result");
        assert!(written.starts_with(magic), "{line}");
    }
    // Nothing is written under the name of what it is not.
    for (line, words) in [
        (
            "convert a.png -o i.webp",
            "no `.webp`; it writes .jpg, .png",
        ),
        ("convert a.png -o i.txt", "no `.txt`; it writes .jpg, .png"),
        ("resize a.png -o i.jpg --width 4", "call it .png"),
        ("resize a.png -o i.txt --width 4", "call it .png"),
    ] {
        let refused = filittle(dir.path(), line);
        assert_eq!(code(&refused), 2, "{line}: {refused:?}");
        let told = errors(refused);
        assert!(told.contains(words), "{line}: {told}");
    }
    assert!(!names(dir.path()).iter().any(|name| name.starts_with('i')));
}

#[test]
fn several_results_do_not_go_to_the_name_of_a_file() {
    let dir = folder();
    picture(dir.path(), "a.png");
    picture(dir.path(), "b.png");
    for line in [
        "dither a.png b.png -o e.png",
        "convert a.png b.png -o e.jpg --format jpeg",
        "resize a.png b.png -o e.webp --width 4",
        "compress a.png b.png -o e.gz",
    ] {
        let refused = filittle(dir.path(), line);
        assert_eq!(code(&refused), 2, "{line}: {refused:?}");
        let told = errors(refused);
        assert!(told.contains("is the name of a file"), "{line}: {told}");
    }
    assert_eq!(names(dir.path()), ["a.png", "b.png"]);
    for line in ["dither a.png b.png -o e.png/", "dither a.png b.png -o e.2"] {
        assert_eq!(code(&filittle(dir.path(), line)), 0, "{line}");
    }
    // The name of a folder says no format.
    let line = "dither a.png -o e.png/ --force --gray --extract 2 --format gif";
    assert_eq!(code(&filittle(dir.path(), line)), 0);
    assert_eq!(
        names(&dir.path().join("e.png")),
        ["a.gif", "a.png", "b.png"]
    );
}

#[test]
fn a_folder_that_is_not_there_is_told() {
    let dir = folder();
    picture(dir.path(), "a.png");
    for line in [
        "dither a.png -o nowhere/q.png",
        "resize a.png -o nowhere/q.png --width 4",
        "convert a.png -o nowhere/q.jpg",
        "compress a.png -o nowhere/q.zst",
    ] {
        let refused = filittle(dir.path(), line);
        assert_eq!(code(&refused), 2, "{line}: {refused:?}");
        let told = errors(refused);
        assert!(
            told.contains("--output: there is no folder `nowhere`"),
            "{line}: {told}"
        );
    }
}

#[test]
fn a_folder_that_was_made_for_nothing_is_not_left() {
    let dir = folder();
    fs::write(dir.path().join("b.png"), "no picture").expect("a file");
    fs::create_dir(dir.path().join("old")).expect("a folder");
    for out in ["new/", "old/"] {
        assert_eq!(
            code(&filittle(dir.path(), &format!("dither b.png -o {out}"))),
            1
        );
    }
    assert_eq!(names(dir.path()), ["b.png", "old"]);
}

#[test]
fn a_value_that_was_taken_for_an_input_is_told() {
    let dir = folder();
    picture(dir.path(), "a.png");
    let output = filittle(dir.path(), "dither --gray true a.png -o b.png");
    assert_eq!(code(&output), 2);
    let told = errors(output);
    assert!(told.contains("as `--gray=true`"), "{told}");
}

#[test]
fn an_input_is_read_as_it_was_when_another_result_is_written_over_it() {
    let dir = folder();
    picture(dir.path(), "a.png");
    assert_eq!(
        code(&filittle(dir.path(), "resize a.png -o a.jpg.png --width 4")),
        0
    );
    fs::rename(dir.path().join("a.jpg.png"), dir.path().join("a.jpeg")).expect("renamed");
    // That of a.jpeg is a.png, which is an input too, 8 pixels wide.
    let line = "convert a.jpeg a.png -o . --format png --force --threads 1";
    assert_eq!(code(&filittle(dir.path(), line)), 0);
    let width = |name| fs::read(dir.path().join(name)).expect("a result")[19];
    assert_eq!((width("a.png"), width("a (2).png")), (4, 8));
}

#[test]
fn a_reader_that_goes_away_ends_it_without_a_word() {
    let dir = folder();
    picture(dir.path(), "a.png");
    for line in ["dither - -o -", "compress - -o -"] {
        let mut child = Command::new(env!("CARGO_BIN_EXE_filittle"))
            .args(line.split(' '))
            .current_dir(dir.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary");
        drop(child.stdout.take());
        let picture = fs::read(dir.path().join("a.png")).expect("a picture");
        let mut stdin = child.stdin.take().expect("a pipe");
        stdin.write_all(&picture).expect("written");
        drop(stdin);
        let output = child.wait_with_output().expect("an end");
        assert_eq!(code(&output), 141, "{line}");
        assert_eq!(errors(output), "", "{line}");
    }
}

#[test]
fn a_picture_that_stays_smaller_than_asked_for_is_told() {
    let dir = folder();
    picture(dir.path(), "a.png");
    let told = |line: &str| {
        let output = filittle(dir.path(), &format!("{line} --force"));
        assert_eq!(code(&output), 0, "{line}: {output:?}");
        errors(output)
    };
    let small = "a.png: smaller than asked for, and not enlarged; --upscale does that\n";
    assert_eq!(told("dither a.png -o b.png --width 16"), small);
    assert_eq!(told("resize a.png -o b.png --height 9"), small);
    assert_eq!(told("resize a.png -o b.png --width 4 --height 16"), "");
    assert_eq!(told("dither a.png -o b.png --width 8"), "");
    assert_eq!(told("dither a.png -o b.png --width 16 --upscale"), "");
    let written = fs::read(dir.path().join("b.png")).expect("the result");
    assert_eq!(written[16..24], [0, 0, 0, 16, 0, 0, 0, 16]);
}

#[test]
fn what_is_no_picture_that_is_read_is_told_with_those_that_are() {
    let dir = folder();
    picture(dir.path(), "a.png");
    for name in ["b.gif", "b.bmp"] {
        let line = format!("dither a.png -o {name}");
        assert_eq!(code(&filittle(dir.path(), &line)), 0);
        let line = format!("dither {name} -o c.png");
        let told = errors(filittle(dir.path(), &line));
        let right = "neither a JPEG nor a PNG, and only these are read";
        assert_eq!(told, format!("{name}: {right}\n"));
    }
}

#[test]
fn a_dash_is_standard_input_and_output() {
    let dir = folder();
    let mut child = Command::new(env!("CARGO_BIN_EXE_filittle"))
        .args(["compress", "-", "--output", "-", "--format", "gzip"])
        .current_dir(dir.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the binary");
    child
        .stdin
        .take()
        .expect("a pipe")
        .write_all(b"text")
        .expect("written");
    let output = child.wait_with_output().expect("an end");
    assert_eq!(code(&output), 0);
    assert!(output.stdout.starts_with(&[0x1f, 0x8b]));
    assert_eq!(names(dir.path()), [""; 0]);
}

#[test]
fn json_tells_what_became_of_each_input() {
    let dir = folder();
    picture(dir.path(), "a.png");
    fs::write(dir.path().join("b.png"), "no picture").expect("a file");
    let output = filittle(
        dir.path(),
        "dither a.png b.png c.png -o out --json --width 9",
    );
    let told: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(told["items"][0]["state"], "succeeded");
    assert_eq!(told["items"][0]["output"]["media_type"], "image/png");
    assert_eq!(told["items"][1]["error"]["code"], "unsupported-media-type");
    assert_eq!(told["items"][2]["error"]["code"], "input-not-found");
    assert!(told["items"][0]["notes"][0].is_string(), "{told}");
}

#[test]
fn dither_can_resize_first() {
    let dir = folder();
    picture(dir.path(), "a.png");
    assert_eq!(
        code(&filittle(
            dir.path(),
            "dither a.png -o b.png --width 4 --gray"
        )),
        0
    );
    let written = fs::read(dir.path().join("b.png")).expect("the result");
    assert_eq!(written[16..24], [0, 0, 0, 4, 0, 0, 0, 4]);
}

#[cfg(unix)]
#[test]
fn an_input_may_have_any_name() {
    use std::{ffi::OsStr, os::unix::ffi::OsStrExt};
    let dir = folder();
    picture(dir.path(), "a.png");
    let name = OsStr::from_bytes(b"\xe9t\xe9.png");
    fs::copy(dir.path().join("a.png"), dir.path().join(name)).expect("a copy");
    let done = Command::new(env!("CARGO_BIN_EXE_filittle"))
        .args([OsStr::new("dither"), name, OsStr::new("a.png")])
        .args(["-o", "out"])
        .current_dir(dir.path())
        .output()
        .expect("the binary");
    assert_eq!(code(&done), 0, "{done:?}");
    assert_eq!(
        names(&dir.path().join("out")),
        ["a.png", "\u{fffd}t\u{fffd}.png"]
    );
}

//! Palette files of each format, right and wrong.

use filittle_dither::palette_file::{
    BadPalette, MAX_BYTES, PaletteFile, parse_color, read, write_gpl, write_hex,
};

const INKS: [[u8; 3]; 3] = [[0, 0, 0], [255, 255, 255], [200, 30, 5]];

/// The message for a file that must be refused.
fn refusal(bytes: &[u8], name: Option<&str>) -> String {
    read(bytes, name).expect_err("a bad palette").to_string()
}

fn riff(version: u16, announced: u16, colors: &[[u8; 3]]) -> Vec<u8> {
    let mut data = version.to_le_bytes().to_vec();
    data.extend(announced.to_le_bytes());
    for [r, g, b] in colors {
        data.extend([*r, *g, *b, 0]);
    }
    let mut file = b"RIFF\0\0\0\0PAL ".to_vec();
    for (id, chunk) in [(b"LIST", b"odd".as_slice()), (b"data", &data)] {
        file.extend(id);
        file.extend(
            u32::try_from(chunk.len())
                .expect("a short chunk")
                .to_le_bytes(),
        );
        file.extend(chunk);
        file.extend(vec![0; chunk.len() % 2]);
    }
    file
}

fn act(colors: &[[u8; 3]], end: Option<(u16, u16)>) -> Vec<u8> {
    let mut file = colors.concat();
    file.resize(768, 0);
    if let Some((count, transparent)) = end {
        file.extend(count.to_be_bytes());
        file.extend(transparent.to_be_bytes());
    }
    file
}

#[test]
fn each_format_is_known_by_its_content() {
    let files = [
        b"GIMP Palette\nName: Inks\nColumns: 3\n#\n0 0 0 Black: not a field\n255 255 255\n200 30 5\tRed"
            .to_vec(),
        b"000000\nFFFFFF\n\n#c81e05\n".to_vec(),
        b"JASC-PAL\n0100\n3\n0 0 0\n255 255 255\n200 30 5\n".to_vec(),
        riff(0x0300, 3, &INKS),
        act(&INKS, Some((3, 0xFFFF))),
    ];
    for file in files {
        let text = String::from_utf8_lossy(&file);
        assert_eq!(read(&file, None), Ok(INKS.to_vec()), "{text}");
        // A wrong ending changes nothing.
        assert_eq!(read(&file, Some("inks.PNG")), Ok(INKS.to_vec()), "{text}");
    }
}

#[test]
fn texts_may_come_from_any_editor() {
    for text in [
        "\u{feff}GIMP Palette\r\nName: Inks\r\n\r\n  0   0   0  \t\r\n255 255 255 Wei\u{df}\r\n200 30 5",
        "\u{feff}JASC-PAL\r0100\r3\r0 0 0 255\r255 255 255 255\r200 30 5 255\r\r",
        "; from somewhere\n//\n000\nfff   \n  #C81E05",
    ] {
        assert_eq!(read(text.as_bytes(), None), Ok(INKS.to_vec()), "{text}");
    }
    let latin1 = b"GIMP Palette\n0 0 0\n255 255 255 Wei\xdf\n200 30 5\n";
    assert_eq!(read(latin1, None), Ok(INKS.to_vec()));
}

#[test]
fn alpha_in_gpl_is_left_out_where_the_file_announces_it() {
    let with_alpha = b"GIMP Palette\nChannels: RGBA\n0 0 0 255 black\n255 255 255 0\n";
    assert_eq!(read(with_alpha, None), Ok(INKS[..2].to_vec()));
}

#[test]
fn names_of_gimp_stay_with_their_colours() {
    let file = b"GIMP Palette\nName: Inks\n0 0 0 Ink\n0 0 0 again\n255 255 255\n";
    let read = PaletteFile::read(file, None).expect("a palette");
    assert_eq!(read.name.as_deref(), Some("Inks"));
    assert_eq!(read.colors, INKS[..2]);
    assert_eq!(read.color_names, [Some("Ink".to_owned()), None]);
}

#[test]
fn a_colour_that_comes_again_keeps_its_first_place() {
    let twice = b"ffffff\n000000\nffffff\nc81e05\n000000\n";
    assert_eq!(read(twice, None), Ok(vec![INKS[1], INKS[0], INKS[2]]));
}

#[test]
fn an_act_file_ends_with_its_count_and_leaves_out_the_transparent_colour() {
    let colors = [INKS[0], [9, 9, 9], INKS[1], INKS[2], [7, 7, 7]];
    assert_eq!(read(&act(&colors, Some((4, 1))), None), Ok(INKS.to_vec()));
    // Without an end all 256 count; the black that fills it up is there once.
    assert_eq!(read(&act(&INKS, None), None), Ok(INKS.to_vec()));
    // Nothing but text, and so told by its name.
    let letters = [*b"abc", *b"def"].repeat(128).concat();
    assert_eq!(read(&letters, Some("A.ACT")), Ok(vec![*b"abc", *b"def"]));
    assert_eq!(read(&letters, None), Err(BadPalette::UnknownFormat));
}

#[test]
fn a_refusal_says_which_line_is_wrong_and_what_would_be_right() {
    for (file, name, wanted) in [
        (
            "GIMP Palette\n#\n0 0 0\n0 0 256",
            None,
            "line 4: a colour is three numbers from 0 to 255, such as `255 128 0`, not `0 0 256`",
        ),
        (
            "GIMP Palette\n0 0\n",
            None,
            "line 2: a colour is three numbers",
        ),
        (
            "GIMP Palette\n0 0 +5\n",
            None,
            "line 2: a colour is three numbers",
        ),
        (
            "0 0 0\n",
            Some("a.gpl"),
            "line 1: a GIMP palette begins with",
        ),
        ("", Some("a.gpl"), "line 1: a GIMP palette begins with"),
        (
            "000000\n\nred\n",
            None,
            "line 3: a colour is six hexadecimal digits, such as `ff8000`, not `red`",
        ),
        ("0000000\n", Some("a.hex"), "line 1: a colour is six"),
        (
            "0 0 0\n",
            Some("a.pal"),
            "line 1: a .pal file begins with `JASC-PAL` (a text) or `RIFF` (binary), not `0 0 0`",
        ),
        (
            "JASC-PAL\n0200\n",
            None,
            "line 2: the version of JASC-PAL is `0100`",
        ),
        ("JASC-PAL\n0100\nmany\n", None, "line 3: the third line"),
        (
            "JASC-PAL\n0100\n3\n0 0 0\n1 1 1\n",
            None,
            "line 3: 3 colours are announced, and 2 follow",
        ),
        (
            "JASC-PAL\n0100\n1\n0 0 0 black\n",
            None,
            "line 4: behind a colour of JASC-PAL is nothing else, not `black`",
        ),
    ] {
        let refusal = refusal(file.as_bytes(), name);
        assert!(refusal.starts_with(wanted), "{refusal}");
    }
}

#[test]
fn a_refusal_says_which_byte_is_wrong() {
    let mut cut = riff(0x0300, 3, &INKS);
    cut.truncate(24);
    for (file, name, wanted) in [
        (
            b"RIFF\0\0\0\0WAVEfmt ".to_vec(),
            None,
            "byte 8: a RIFF file that is a palette has",
        ),
        (cut, None, "byte 24: the file ends before its chunk `data`"),
        (
            riff(0x0100, 3, &INKS),
            None,
            "byte 32: the version of the palette is 0x0300",
        ),
        (
            riff(0x0300, 4, &INKS),
            None,
            "byte 34: 4 colours are announced, and 3 follow",
        ),
        (
            vec![0; 700],
            Some("a.act"),
            "byte 700: an .act file has 768 or 772 bytes, not 700",
        ),
        (
            act(&INKS, Some((0, 0))),
            None,
            "byte 768: the number of colours is 1 to 256, not 0",
        ),
        (
            act(&INKS, Some((257, 0))),
            None,
            "byte 768: the number of colours is 1 to 256, not 257",
        ),
        (
            b"\xff\xfe0\0".to_vec(),
            Some("a.hex"),
            "byte 0: the file is UTF-16",
        ),
    ] {
        let refusal = refusal(&file, name);
        assert!(refusal.starts_with(wanted), "{refusal}");
    }
}

#[test]
fn a_palette_has_2_to_256_different_colours() {
    let grays = |count: u8| {
        let grays: Vec<_> = (0..=count).map(|gray| [gray; 3]).collect();
        write_hex(&grays)
    };
    let many = grays(255) + "ff0000\n";
    assert_eq!(
        read(grays(255).as_bytes(), None).map(|colors| colors.len()),
        Ok(256)
    );
    assert_eq!(read(many.as_bytes(), None), Err(BadPalette::TooManyColors));
    assert_eq!(
        refusal(b"ff8000\n#FF8000\n", None),
        "the palette has no other colour than #ff8000; it needs at least 2 different ones"
    );
    assert_eq!(read(b"GIMP Palette\n", None), Err(BadPalette::NoColors));
    assert_eq!(read(b"", Some("a.hex")), Err(BadPalette::NoColors));
}

#[test]
fn what_is_no_palette_is_refused_with_the_formats_that_are_read() {
    for file in [b"".as_slice(), b"\x89PNG\r\n\x1a\n", b"hello"] {
        assert_eq!(read(file, None), Err(BadPalette::UnknownFormat));
    }
    assert!(refusal(b"hello", None).contains(".gpl (GIMP), .hex (Lospec)"));
}

#[test]
fn a_file_of_more_than_a_mebibyte_is_refused_before_it_is_looked_at() {
    let mut file = b"000000\nffffff\n".to_vec();
    file.resize(MAX_BYTES, b'\n');
    assert_eq!(read(&file, None), Ok(INKS[..2].to_vec()));
    file.push(b'\n');
    assert_eq!(read(&file, None), Err(BadPalette::TooLarge));
}

#[test]
fn what_is_written_reads_the_same() {
    for file in [write_gpl("In\nks", &INKS, &[]), write_hex(&INKS)] {
        assert_eq!(read(file.as_bytes(), None), Ok(INKS.to_vec()), "{file}");
    }
    assert_eq!(write_hex(&INKS), "000000\nffffff\nc81e05\n");
}

#[test]
fn a_colour_is_three_or_six_digits_with_or_without_hash() {
    for text in ["fa0", "#fa0", "FFAA00", "#ffaa00"] {
        assert_eq!(parse_color(text), Some([255, 170, 0]), "{text}");
    }
    for text in [
        "", "#", "##fa0", "ffaa0", "ffaa00ff", "gggggg", "+ff", "é00", "ﬀa",
    ] {
        assert_eq!(parse_color(text), None, "{text}");
    }
}

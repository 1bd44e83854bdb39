//! What goes in comes out again, whatever it is.

use std::io::{self, Read, Write};

use filittle_pack::{Fault, Format, Settings, read, write};

/// Bytes that look like nothing, the same each time: xorshift64* by Marsaglia and Vigna.
fn noise(len: usize) -> Vec<u8> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut bytes = Vec::with_capacity(len + 8);
    while bytes.len() < len {
        state ^= state >> 12;
        state ^= state << 25;
        state ^= state >> 27;
        bytes.extend(state.wrapping_mul(0x2545_f491_4f6c_dd1d).to_le_bytes());
    }
    bytes.truncate(len);
    bytes
}

fn text(len: usize) -> Vec<u8> {
    let mut text = Vec::with_capacity(len + 64);
    for (n, word) in noise(len).into_iter().enumerate() {
        if text.len() >= len {
            break;
        }
        writeln!(text, "{n} the quick brown fox {word} jumps").expect("a vector");
    }
    text.truncate(len);
    text
}

/// Of each kind, and of sizes around those of blocks and pieces.
fn contents() -> Vec<Vec<u8>> {
    let mut all = vec![vec![], vec![7], vec![0; 3_000_000]];
    for len in [
        100, 65_535, 65_536, 65_537, 262_143, 262_144, 262_145, 700_000,
    ] {
        all.push(noise(len));
        all.push(text(len));
    }
    all
}

fn packed(settings: &Settings, content: &[u8]) -> Vec<u8> {
    let mut packed = Vec::new();
    let mut encoder = read::Encoder::new(content, settings).expect("an encoder");
    encoder.read_to_end(&mut packed).expect("packed");
    packed
}

fn unpacked(format: Format, packed: &[u8]) -> io::Result<Vec<u8>> {
    let mut content = Vec::new();
    read::Decoder::new(packed, format).read_to_end(&mut content)?;
    Ok(content)
}

#[test]
fn everything_comes_back_at_any_level() {
    for format in Format::ALL {
        let levels = format.levels();
        for content in contents() {
            let (low, high) = (*levels.start(), *levels.end());
            // The highest levels of all take minutes over megabytes.
            let high = if content.len() > 300_000 {
                low.midpoint(high)
            } else {
                high
            };
            for level in [low, low.midpoint(high), high] {
                let settings = Settings::new(format, level);
                let packed = packed(&settings, &content);
                assert!(
                    unpacked(format, &packed).expect("whole") == content,
                    "{format} {level}"
                );
            }
        }
    }
}

#[test]
fn whether_it_is_read_or_written_the_bytes_are_the_same() {
    let content = text(700_000);
    for format in Format::ALL {
        let settings = Settings {
            size: Some(700_000),
            ..Settings::new(format, 5)
        };
        let mut encoder = write::Encoder::new(Vec::new(), &settings).expect("an encoder");
        for part in content.chunks(1000) {
            encoder.write_all(part).expect("written");
        }
        let written = encoder.finish().expect("whole");
        assert!(written == packed(&settings, &content), "{format}");
    }
}

#[test]
fn the_number_of_threads_changes_nothing_from_two_on_and_in_gzip_from_one() {
    let content = text(3_000_000);
    for format in [Format::Zstd, Format::Gzip, Format::Xz] {
        let of = |threads| {
            packed(
                &Settings {
                    threads,
                    ..Settings::new(format, 3)
                },
                &content,
            )
        };
        let two = of(2);
        assert!(two == of(5), "{format}");
        assert!(
            unpacked(format, &two).expect("whole") == content,
            "{format}"
        );
        if format == Format::Gzip {
            assert!(two == of(1));
        }
    }
}

#[test]
fn long_repeats_are_found_on_request() {
    let half = noise(9 << 20);
    let content = [&half[..], &half].concat();
    let settings = Settings::new(Format::Zstd, 3);
    let long = packed(
        &Settings {
            long: true,
            ..settings
        },
        &content,
    );
    let short = packed(&settings, &content);
    assert!(
        long.len() < short.len() * 6 / 10,
        "{} {}",
        long.len(),
        short.len()
    );
    assert!(unpacked(Format::Zstd, &long).expect("whole") == content);
}

#[test]
fn members_that_follow_one_another_are_one_content() {
    for format in Format::ALL
        .into_iter()
        .filter(|format| *format != Format::Brotli)
    {
        let settings = Settings::new(format, 1);
        let both = [packed(&settings, b"one "), packed(&settings, b"two")].concat();
        assert_eq!(
            unpacked(format, &both).expect("whole"),
            b"one two",
            "{format}"
        );
    }
}

#[test]
fn what_follows_the_end_is_left_out_and_counted() {
    for format in Format::ALL {
        let mut packed = packed(&Settings::new(format, 1), b"content");
        packed.extend(vec![b'!'; 100_000]);
        let mut decoder = read::Decoder::new(&packed[..], format);
        let mut content = Vec::new();
        let read = decoder.read_to_end(&mut content);
        if format == Format::Brotli {
            // Nothing tells it from a text that begins with a stream by chance.
            let error = read.expect_err("no mark");
            assert_eq!(Fault::of(&error), Some(&Fault::Damaged("brotli")));
            continue;
        }
        read.expect("whole");
        assert_eq!(
            (&content[..], decoder.trailing()),
            (&b"content"[..], 100_000),
            "{format}"
        );
    }
}

#[test]
fn what_follows_nothing_is_not_left_out() {
    for format in Format::ALL {
        let mut packed = packed(&Settings::new(format, 1), b"");
        packed.extend(b"it is the content that was meant");
        let error = unpacked(format, &packed).expect_err("not passed over");
        assert_eq!(
            Fault::of(&error),
            Some(&Fault::Damaged(format.name())),
            "{format}"
        );
    }
}

#[test]
fn a_stream_that_ends_early_is_truncated_wherever_that_is() {
    for format in Format::ALL {
        let packed = packed(&Settings::new(format, 1), &text(2000));
        for len in 0..packed.len() {
            let error = unpacked(format, &packed[..len]).expect_err("no end");
            assert_eq!(
                Fault::of(&error),
                Some(&Fault::Truncated(format.name())),
                "{format} {len}"
            );
        }
    }
}

#[test]
fn no_flipped_bit_goes_unseen_where_there_is_a_checksum() {
    // Brotli has none.
    for format in Format::ALL
        .into_iter()
        .filter(|format| *format != Format::Brotli)
    {
        let content = text(1000);
        let packed = packed(&Settings::new(format, 1), &content);
        for bit in 0..packed.len() * 8 {
            let mut damaged = packed.clone();
            damaged[bit / 8] ^= 1 << (bit % 8);
            // What is not part of the content, such as a time, may differ.
            if let Ok(other) = unpacked(format, &damaged) {
                assert!(other == content, "{format} {bit}");
            }
        }
    }
}

#[test]
fn another_size_than_was_said_is_an_error_of_zstd() {
    for size in [4, 6] {
        let settings = Settings {
            size: Some(size),
            ..Settings::new(Format::Zstd, 3)
        };
        let mut encoder = read::Encoder::new(&b"five!"[..], &settings).expect("an encoder");
        assert!(encoder.read_to_end(&mut Vec::new()).is_err(), "{size}");
    }
}

#[test]
fn errors_of_the_reader_come_through() {
    struct Failing;
    impl Read for Failing {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::ErrorKind::ConnectionReset.into())
        }
    }
    for format in Format::ALL {
        let settings = Settings::new(format, 1);
        let mut encoder = read::Encoder::new(Failing, &settings).expect("an encoder");
        let mut decoder = read::Decoder::new(Failing, format);
        for error in [encoder.read(&mut [0; 9]), decoder.read(&mut [0; 9])] {
            let error = error.expect_err("an error");
            assert_eq!(error.kind(), io::ErrorKind::ConnectionReset, "{format}");
        }
    }
}

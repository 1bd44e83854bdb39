//! `filittle bench`: a table for one file.

use std::fs;

use serde_json::Value;

use crate::kit::{code, errors, filittle, folder, names, said};

#[test]
fn each_row_tells_what_a_level_makes_of_the_file() {
    let dir = folder();
    let text = "what is little is quick to send\n".repeat(40_000);
    fs::write(dir.path().join("a.txt"), &text).expect("a file");
    let line = "bench a.txt --format zstd,gzip,brotli,xz,lz4,bzip2 --level 1,3 --threads 2";
    let told: Value =
        serde_json::from_str(&said(filittle(dir.path(), &format!("{line} --json")))).expect("JSON");
    assert_eq!(told["bytes"], text.len());
    let rows = told["rows"].as_array().expect("rows");
    assert_eq!(rows.len(), 12);
    for row in rows {
        assert_eq!(row["input_bytes"], text.len(), "{row}");
        let (packed, ratio) = (row["output_bytes"].as_u64(), row["ratio"].as_f64());
        assert!(packed.is_some_and(|bytes| bytes < 100_000), "{row}");
        assert!(ratio.is_some_and(|ratio| ratio > 10.0), "{row}");
        for way in ["pack", "unpack"] {
            assert!(
                row[way]["seconds"].as_f64().is_some_and(|it| it > 0.0),
                "{row}"
            );
            assert!(
                row[way]["bytes_per_second"]
                    .as_f64()
                    .is_some_and(|it| it > 1e4),
                "{row}"
            );
        }
    }
    // What packing makes of it is what `compress` makes.
    filittle(dir.path(), "compress a.txt -o a.zst --level 3 --threads 2");
    let packed = fs::metadata(dir.path().join("a.zst"))
        .expect("packed")
        .len();
    assert_eq!(rows[1]["output_bytes"], packed);
    assert_eq!(names(dir.path()), ["a.txt", "a.zst"]);
}

#[test]
fn programs_get_lines_with_tabs() {
    let dir = folder();
    fs::write(dir.path().join("-a"), "text ".repeat(2000)).expect("a file");
    let line = "bench --format gzip --level all -- -a";
    let told = said(filittle(dir.path(), line));
    let lines: Vec<Vec<&str>> = told
        .lines()
        .map(|line| line.split('\t').collect())
        .collect();
    assert_eq!(lines.len(), 10);
    assert!(lines.iter().all(|cells| cells.len() == 8), "{told}");
    assert_eq!(lines[9][..2], ["gzip", "9"]);
}

#[test]
fn what_cannot_be_measured_is_told() {
    let dir = folder();
    fs::write(dir.path().join("empty"), "").expect("a file");
    for (line, exit, told) in [
        ("bench missing", 1, "missing: "),
        ("bench empty", 1, "empty: it is empty"),
        ("bench .", 1, "it is no ordinary file"),
        ("bench empty --format rar", 2, "there are zstd, gzip"),
        ("bench empty --level 99", 2, "no format has such a level"),
        (
            "bench empty --threads 0",
            2,
            "it is a whole number, 1 or more",
        ),
    ] {
        let output = filittle(dir.path(), line);
        assert_eq!(code(&output), exit, "{line}");
        let errors = errors(output);
        assert!(errors.contains(told), "{line}: {errors}");
    }
}

#[test]
fn of_what_takes_too_long_the_beginning_is_measured() {
    let dir = folder();
    let noise: Vec<u8> = (0..12_000_000_u32)
        .map(|n| n.wrapping_mul(2_654_435_761).to_be_bytes()[1])
        .collect();
    fs::write(dir.path().join("a"), noise).expect("a file");
    let line = "bench a --format brotli --level 11 --seconds 1";
    let told = said(filittle(dir.path(), line));
    assert!(told.contains("brotli\t11*\t–\t"), "{told}");
}

//! Files by others: `FILITTLE_TEST_DATA` names the folder with `image-png` and `image-rs`.

mod kit;

use std::{
    fs,
    path::{Path, PathBuf},
};

use kit::{decoded, input, work};
use serde_json::json;

fn files(folder: &str, extensions: &[&str]) -> Vec<PathBuf> {
    let root = std::env::var_os("FILITTLE_TEST_DATA").expect("FILITTLE_TEST_DATA is not set");
    let mut found = Vec::new();
    let mut folders = vec![Path::new(&root).join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("the test data") {
            let path = entry.expect("an entry").path();
            let extension = path
                .extension()
                .unwrap_or_default()
                .to_string_lossy()
                .to_lowercase();
            if path.is_dir() {
                folders.push(path);
            } else if extensions.contains(&extension.as_str()) {
                found.push(path);
            }
        }
    }
    found.sort();
    assert!(!found.is_empty(), "no files in {folder}");
    found
}

/// The dithered file, or the code of the refusal.
fn dither(path: &Path) -> Result<Vec<u8>, &'static str> {
    let bytes = fs::read(path).expect("a file");
    let done = work(
        json!([{"op": "dither", "levels": 2}]),
        vec![input("a.png", bytes)],
    );
    match done.codes()[0] {
        "" => Ok(done.files.into_iter().next().expect("an output").1),
        code => Err(code),
    }
}

#[test]
fn the_whole_png_suite_is_read_but_what_is_broken_on_purpose() {
    for path in files("image-png/tests/pngsuite", &["png"]) {
        let name = path
            .file_stem()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let result = dither(&path);
        assert_eq!(
            result.is_err(),
            name.starts_with('x'),
            "{name}: {:?}",
            result.err()
        );
    }
}

#[test]
fn jpegs_of_many_writers_are_read() {
    for path in files("image-rs/tests/images/jpg", &["jpg", "jpeg"]) {
        let out = dither(&path);
        assert!(
            out.is_ok_and(|png| decoded(&png).width > 0),
            "{}: {:?}",
            path.display(),
            dither(&path).err()
        );
    }
}

#[test]
fn no_file_panics() {
    for folder in [
        "image-rs/tests/bad",
        "image-rs/tests/images",
        "image-png/tests",
    ] {
        for path in files(
            folder,
            &[
                "png", "jpg", "jpeg", "apng", "bad", "bmp", "gif", "tiff", "webp",
            ],
        ) {
            if let Ok(png) = dither(&path) {
                assert!(decoded(&png).width > 0, "{}", path.display());
            }
        }
    }
}

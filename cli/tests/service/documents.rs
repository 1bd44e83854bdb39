//! The lines of the documents, run as they stand, from top to bottom, against a new service.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::Path;
use std::process::Command;

use filittle_testkit::pictures::{jpeg, photo_like};
use tempfile::tempdir;

use crate::service::Service;

/// What stands between ```` ```sh ```` and ```` ``` ````, when it has such a word in it.
fn lines(document: &str, word: &str) -> String {
    let blocks = document.split("\n```sh\n").skip(1);
    let blocks = blocks.map(|rest| rest.split("\n```").next().unwrap());
    let right: Vec<_> = blocks.filter(|block| block.contains(word)).collect();
    assert!(!right.is_empty(), "the document has lines");
    right.join("\n")
}

/// Runs the lines that talk with a service.
fn run(document: &str) {
    run_those_with("curl", document);
}

/// Runs lines of a document in a folder with a `photo.jpg`; the first that fails ends it.
fn run_those_with(word: &str, document: &str) {
    let folder = tempdir().unwrap();
    let service = Service::start(&folder.path().join("data"));
    let key = service.welcome().key;
    let text = fs::read_to_string(Path::new("..").join(document)).unwrap();
    let lines = lines(&text, word).replace("http://127.0.0.1:8080", &service.url);
    let photo = jpeg(640, 480, &photo_like(640, 480));
    fs::write(folder.path().join("photo.jpg"), photo).unwrap();
    let ran = Command::new("bash")
        .args(["-euo", "pipefail", "-x", "-c", &lines])
        .current_dir(folder.path())
        .env("FILITTLE_URL", &service.url)
        .env("FILITTLE_KEY", key)
        .env("PATH", path())
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&ran.stderr);
    let answered = String::from_utf8_lossy(&ran.stdout);
    assert!(ran.status.success(), "{told}\n{answered}");
}

/// With the binary first.
fn path() -> OsString {
    let usual = env::var_os("PATH").unwrap_or_default();
    let binary = Path::new(env!("CARGO_BIN_EXE_filittle")).parent().unwrap();
    let all = [binary.to_owned()]
        .into_iter()
        .chain(env::split_paths(&usual));
    env::join_paths(all).unwrap()
}

#[test]
fn the_lines_of_the_pages_about_the_api_do_what_they_say() {
    run("docs/api.md");
}

#[test]
fn the_first_job_of_the_readme_is_done() {
    run("README.md");
}

#[test]
fn all_lines_of_the_page_about_dithering_do_what_they_say() {
    run_those_with("", "docs/dithering.md");
}

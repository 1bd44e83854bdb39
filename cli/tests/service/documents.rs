//! The lines of the documents, run as they stand, from top to bottom, against a new service.

use std::fs;
use std::path::Path;
use std::process::Command;

use filittle_testkit::pictures::{jpeg, photo_like};
use tempfile::tempdir;

use crate::service::Service;

/// What stands between ```` ```sh ```` and ```` ``` ````, when it talks with a service.
fn lines(document: &str) -> String {
    let blocks = document.split("\n```sh\n").skip(1);
    let blocks = blocks.map(|rest| rest.split("\n```").next().unwrap());
    let talking: Vec<_> = blocks.filter(|block| block.contains("curl")).collect();
    assert!(!talking.is_empty(), "the document has lines");
    talking.join("\n")
}

/// Runs the lines of a document in a folder with a `photo.jpg`; the first that fails ends it.
fn run(document: &str) {
    let folder = tempdir().unwrap();
    let service = Service::start(&folder.path().join("data"));
    let key = service.welcome().key;
    let text = fs::read_to_string(Path::new("..").join(document)).unwrap();
    let lines = lines(&text).replace("http://127.0.0.1:8080", &service.url);
    let photo = jpeg(640, 480, &photo_like(640, 480));
    fs::write(folder.path().join("photo.jpg"), photo).unwrap();
    let ran = Command::new("bash")
        .args(["-euo", "pipefail", "-x", "-c", &lines])
        .current_dir(folder.path())
        .env("FILITTLE_URL", &service.url)
        .env("FILITTLE_KEY", key)
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&ran.stderr);
    let answered = String::from_utf8_lossy(&ran.stdout);
    assert!(ran.status.success(), "{told}\n{answered}");
}

#[test]
fn the_lines_of_the_pages_about_the_api_do_what_they_say() {
    run("docs/api.md");
}

#[test]
fn the_first_job_of_the_readme_is_done() {
    run("README.md");
}

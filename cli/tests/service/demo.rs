//! `filittle demo`.

use std::ffi::OsStr;
use std::fs;
use std::path::Path;

use filittle_testkit::Process;
use tempfile::tempdir;

use crate::service::filittle;
use crate::times::LONG;

/// Runs the demo to its end; answers its exit code and all it told.
fn demo(out: &Path, arguments: &[&OsStr]) -> (i32, String) {
    let mut command = filittle();
    command.arg("demo").arg("--out").arg(out).args(arguments);
    let process = Process::start(command);
    let status = process.wait(LONG);
    let told = [process.output(), process.errors()].concat().join("\n");
    (status.code().unwrap(), told)
}

fn names(folder: &Path, ending: &str) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.filter(|name| name.ends_with(ending)).collect()
}

fn shows_everything(out: &Path) {
    // With `--crash` those of the second run come, too.
    assert!(names(out, ".eml").len() >= 2);
    assert_eq!(names(out, "everything.zip").len(), 1);
    let page = fs::read_to_string(out.join("index.html")).unwrap();
    let pictures: Vec<_> = page.split("src=\"").skip(1).collect();
    assert_eq!(pictures.len(), 2, "{page}");
    for picture in pictures {
        let name = picture.split('"').next().unwrap();
        assert!(out.join(name).metadata().unwrap().len() > 0, "{name}");
    }
}

#[test]
fn it_leaves_results_mails_and_a_page_of_them() {
    let folder = tempdir().unwrap();
    let out = folder.path().join("out");
    let (code, told) = demo(&out, &[]);
    assert_eq!(code, 0, "{told}");
    shows_everything(&out);
}

#[test]
fn nothing_is_lost_when_its_service_is_killed_in_the_middle() {
    let folder = tempdir().unwrap();
    let (code, told) = demo(folder.path(), &["--crash".as_ref()]);
    assert_eq!(code, 0, "{told}");
    assert!(told.contains("was killed in the middle"), "{told}");
    shows_everything(folder.path());
}

#[test]
fn a_file_that_is_not_there_is_named() {
    let folder = tempdir().unwrap();
    let missing = folder.path().join("missing.png");
    let (code, told) = demo(&folder.path().join("out"), &[missing.as_ref()]);
    assert_eq!(code, 1, "{told}");
    assert!(told.contains(missing.to_str().unwrap()), "{told}");
}

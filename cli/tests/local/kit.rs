//! The binary, and a folder to run it in.

use std::{
    fs,
    path::Path,
    process::{Command, Output, Stdio},
};

use tempfile::TempDir;

pub(crate) fn folder() -> TempDir {
    tempfile::tempdir().expect("a folder")
}

pub(crate) fn filittle(folder: &Path, line: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_filittle"));
    command
        .args(line.split(' '))
        .env_remove("FILITTLE_DEVICES")
        .current_dir(folder)
        .stdin(Stdio::null());
    command.output().expect("the binary")
}

pub(crate) fn code(output: &Output) -> i32 {
    output.status.code().expect("an exit code")
}

/// Writes a PNG of 8 by 8 grey pixels.
pub(crate) fn picture(folder: &Path, name: &str) {
    const PNG: &[u8] = include_bytes!("../gray-8x8.png");
    fs::write(folder.join(name), PNG).expect("a file");
}

pub(crate) fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("a folder");
    let mut names: Vec<String> = entries
        .map(|e| {
            e.expect("an entry")
                .file_name()
                .to_string_lossy()
                .into_owned()
        })
        .collect();
    names.sort();
    names
}

/// What it told of what was wrong.
pub(crate) fn errors(output: Output) -> String {
    String::from_utf8(output.stderr).expect("UTF-8")
}

/// What it wrote to standard output.
pub(crate) fn said(output: Output) -> String {
    assert_eq!(code(&output), 0, "{output:?}");
    String::from_utf8(output.stdout).expect("UTF-8")
}

/// All files below, with their contents.
pub(crate) fn tree(root: &Path) -> Vec<(String, Vec<u8>)> {
    let mut files = Vec::new();
    for name in names(root) {
        let path = root.join(&name);
        if path.is_dir() && !path.is_symlink() {
            let below = tree(&path).into_iter();
            files.extend(below.map(|(below, content)| (format!("{name}/{below}"), content)));
        } else if path.is_file() {
            files.push((name, fs::read(path).expect("a file")));
        }
    }
    files
}

/// A program of others, in a folder.
pub(crate) fn other(dir: &Path, words: &[&str]) -> Vec<u8> {
    let done = Command::new(words[0])
        .args(&words[1..])
        .current_dir(dir)
        .env("LC_ALL", "C.UTF-8")
        .output()
        .unwrap_or_else(|error| panic!("{}: {error}; `scripts/test` installs it", words[0]));
    assert!(done.status.success(), "{words:?}: {done:?}");
    done.stdout
}

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

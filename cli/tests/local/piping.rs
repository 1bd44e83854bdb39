//! What comes from a pipe, and is not over yet.

use std::{
    fs,
    io::{Read, Write},
    path::Path,
    process::{Child, Command, Stdio},
    thread,
};

use crate::kit::{code, folder, names, other, tree};

/// More than is read of a pipe before anything is done with it, and no packer makes it smaller.
fn noise() -> Vec<u8> {
    let mut seed = 1_u64;
    let next = || {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        seed.to_be_bytes()[0]
    };
    std::iter::repeat_with(next).take(5 << 20).collect()
}

fn begun(dir: &Path, line: &str) -> Child {
    Command::new(env!("CARGO_BIN_EXE_filittle"))
        .args(line.split(' '))
        .current_dir(dir)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the binary")
}

#[test]
fn what_comes_is_packed_while_it_comes() {
    let dir = folder();
    let noise = noise();
    let mut child = begun(dir.path(), "compress - -o - --format zstd --threads 1");
    let mut stdin = child.stdin.take().expect("a pipe");
    let mut stdout = child.stdout.take().expect("a pipe");
    let mut packed = vec![0; 1 << 20];
    thread::scope(|scope| {
        let writing = scope.spawn(|| {
            stdin.write_all(&noise).expect("written");
            stdin
        });
        stdout.read_exact(&mut packed).expect("packed");
        let reading = scope.spawn(|| stdout.read_to_end(&mut packed));
        // It was not over when the first of it was there.
        drop(writing.join().expect("written"));
        reading.join().expect("ended").expect("all of it");
    });
    assert_eq!(code(&child.wait_with_output().expect("an end")), 0);
    assert!(zstd::decode_all(&packed[..]).expect("zstd") == noise);
}

#[test]
fn a_large_tar_goes_through_pipes_both_ways() {
    let dir = folder();
    fs::create_dir(dir.path().join("in")).expect("a folder");
    fs::write(dir.path().join("in/noise"), noise()).expect("a file");
    fs::write(dir.path().join("in/text"), "text").expect("a file");
    let before = tree(&dir.path().join("in"));
    let filittle = env!("CARGO_BIN_EXE_filittle");
    for packed in ["a.tar.zst", "a.tgz", "a.tar.xz"] {
        let line = format!(
            "tar cf - in | {filittle} compress - -o {packed}; \
             cat {packed} | {filittle} decompress - -o {packed}.out; \
             cat {packed} | {filittle} decompress - -o {packed}.tar"
        );
        other(dir.path(), &["bash", "-eo", "pipefail", "-c", &line]);
        let out = format!("{packed}.out/in");
        assert!(tree(&dir.path().join(out)) == before, "{packed}");
        other(dir.path(), &["tar", "tf", &format!("{packed}.tar")]);
    }
}

#[test]
fn who_is_told_to_end_does_not_wait_for_what_may_never_come() {
    let dir = folder();
    let mut child = begun(dir.path(), "compress - -o a.zst");
    let mut stdin = child.stdin.take().expect("a pipe");
    stdin.write_all(&noise()).expect("written");
    while names(dir.path()).is_empty() {
        assert!(child.try_wait().expect("a state").is_none());
        thread::yield_now();
    }
    let id = child.id().to_string();
    other(dir.path(), &["kill", "-INT", &id]);
    assert_eq!(child.wait().expect("an end").code(), Some(130));
    drop(stdin);
    assert!(names(dir.path()).is_empty());
}

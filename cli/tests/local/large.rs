//! Files larger than 32 bits count, and very many of them.

use std::{
    fs,
    io::{BufRead, Read, Seek, SeekFrom, Write},
    path::Path,
    process::{Command, Stdio},
};

use crate::kit::{code, errors, filittle, folder, other};

const SIZE: u64 = 5 << 30;

/// Where there is something else than zeros: beyond 32 bits, and at the very end.
const MARKS: [u64; 3] = [1 << 20, (4 << 30) + 12_345, SIZE - MARK.len() as u64];
const MARK: &[u8] = b"here is something";

/// A sparse file, which takes next to nothing on the disk.
fn large(path: &Path) {
    let mut file = fs::File::create(path).expect("a file");
    file.set_len(SIZE).expect("a length");
    for mark in MARKS {
        file.seek(SeekFrom::Start(mark)).expect("a place");
        file.write_all(MARK).expect("a mark");
    }
}

/// Whether a program writes the large file to standard output.
fn writes_large(command: &mut Command) -> bool {
    let mut child = command.stdout(Stdio::piped()).spawn().expect("a program");
    let mut out = child.stdout.take().expect("its output");
    let (mut block, zeros, mut place) = (vec![0; 1 << 20], vec![0; 1 << 20], 0);
    let (mut found, mut is_clean) = (0, true);
    loop {
        // Whole blocks, or the last one: a mark lies in one of them only.
        let mut len = 0;
        while len < block.len() {
            match out.read(&mut block[len..]).expect("bytes") {
                0 => break,
                count => len += count,
            }
        }
        if len == 0 {
            break;
        }
        for mark in MARKS {
            if let Some(at) = mark.checked_sub(place).filter(|at| *at < len as u64) {
                let at = usize::try_from(at).expect("within the block");
                let here = &mut block[at..at + MARK.len()];
                found += usize::from(here == MARK);
                here.fill(0);
            }
        }
        // As slices: quick also where nothing is optimised.
        is_clean &= block[..len] == zeros[..len];
        place += len as u64;
    }
    let is_whole = place == SIZE && found == MARKS.len() && is_clean;
    child.wait().expect("its end").success() && is_whole
}

#[test]
fn a_file_of_5_gib_comes_back_from_every_format_that_is_quick() {
    let dir = folder();
    large(&dir.path().join("large"));
    for (format, unpack) in [
        ("zstd", "zstd -dc p"),
        ("lz4", "lz4 -dc p"),
        ("gzip", ""),
        ("zip", "unzip -p p"),
        ("tar.zst", "tar --zstd -xOf p"),
    ] {
        let line = format!("compress large -o p --format {format} --level fast --force");
        let done = filittle(dir.path(), &line);
        assert_eq!(code(&done), 0, "{format}: {}", errors(done));
        let mut programs = vec![unpack];
        // An archive needs a folder, and all of it on the disk.
        if ["zstd", "lz4", "gzip"].contains(&format) {
            programs.push("filittle decompress p -o -");
        }
        for program in programs.into_iter().filter(|program| !program.is_empty()) {
            let mut words = program.split(' ').map(|word| match word {
                "filittle" => env!("CARGO_BIN_EXE_filittle"),
                other => other,
            });
            let mut command = Command::new(words.next().expect("a program"));
            command.args(words).current_dir(dir.path());
            assert!(writes_large(&mut command), "{program}");
        }
    }
}

#[test]
fn a_hundred_thousand_files_come_back_from_an_archive() {
    const FOLDERS: usize = 100;
    const FILES: usize = 1000;
    let dir = folder();
    for folder in 0..FOLDERS {
        let folder = dir.path().join(format!("many/{folder}"));
        fs::create_dir_all(&folder).expect("a folder");
        for file in 0..FILES {
            fs::write(folder.join(file.to_string()), file.to_string()).expect("a file");
        }
    }
    for (archive, list) in [
        ("a.zip", "unzip -Z1 a.zip"),
        ("b.tar.zst", "tar -tf b.tar.zst"),
    ] {
        let line = format!("compress many -o {archive}");
        assert_eq!(code(&filittle(dir.path(), &line)), 0);
        let listed = other(dir.path(), &list.split(' ').collect::<Vec<_>>());
        let listed = listed.as_slice().lines().count();
        assert_eq!(listed, FOLDERS * FILES, "{archive}");
        let out = format!("{archive}.out");
        let done = filittle(dir.path(), &format!("decompress {archive} -o {out}"));
        assert_eq!(code(&done), 0, "{}", errors(done));
        other(dir.path(), &["diff", "-r", "many", &format!("{out}/many")]);
        fs::remove_dir_all(dir.path().join(out)).expect("removed");
    }
}

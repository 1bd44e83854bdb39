//! Archives of files and of folders, opened again by programs of others.

use std::{
    fs::{self, Permissions},
    os::unix::fs::PermissionsExt,
    path::Path,
    process::{Command, Stdio},
};

use crate::kit::{code, errors, filittle, folder, names, other, said, tree};

/// Two folders, a name that is not ASCII, an empty file, and what is no file.
fn project(dir: &Path) {
    let root = dir.join("project");
    for folder in ["src/deep", "logs: mon"] {
        fs::create_dir_all(root.join(folder)).expect("folders");
    }
    for (name, content) in [
        ("read me.txt", "text ".repeat(2000)),
        ("src/main.rs", "fn main() {}".to_owned()),
        ("src/deep/naïve.txt", "é".repeat(70_000)),
        ("src/empty", String::new()),
        ("logs: mon/10:15.log", "one".to_owned()),
        ("logs: mon/11:15 zurück.log", "two".to_owned()),
        ("src/large.txt", "a line of text\n".repeat(150_000)),
    ] {
        fs::write(root.join(name), content).expect("a file");
    }
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink("main.rs", root.join("src/link.rs")).expect("a link");
        std::os::unix::fs::symlink(".", root.join("src/loop")).expect("a link");
        std::os::unix::fs::symlink("gone", root.join("src/lost")).expect("a link");
    }
}

#[test]
fn programs_of_others_unpack_every_format_at_every_level() {
    let dir = folder();
    let content: Vec<u8> = (0..60_000_u32)
        .flat_map(|number| format!("{}\n", number.wrapping_mul(2_654_435_761)).into_bytes())
        .collect();
    fs::write(dir.path().join("a"), &content).expect("a file");
    let python = |module| {
        let read =
            format!("import sys,{module};sys.stdout.buffer.write({module}.open('p').read())");
        vec!["python3".to_owned(), "-c".to_owned(), read]
    };
    let words = |line: &str| line.split(' ').map(ToOwned::to_owned).collect::<Vec<_>>();
    let brotli = "require('zlib').brotliDecompressSync(require('fs').readFileSync('p'))";
    let node = vec![
        "node".to_owned(),
        "-e".to_owned(),
        format!("require('fs').writeSync(1, {brotli})"),
    ];
    let table = [
        ("zstd", 1..=19, vec![words("zstd -dc p"), words("bsdcat p")]),
        (
            "gzip",
            1..=9,
            vec![
                words("gzip -dc -S p p"),
                words("pigz -dc p"),
                words("bsdcat p"),
                python("gzip"),
            ],
        ),
        ("brotli", 0..=9, vec![words("brotli -dc p"), node]),
        (
            "xz",
            0..=9,
            vec![words("xz -dc -F xz p"), words("bsdcat p"), python("lzma")],
        ),
        (
            "lz4",
            1..=12,
            vec![words("lz4 -dc p"), words("bsdcat p"), words("zstd -dc p")],
        ),
        (
            "bzip2",
            1..=9,
            vec![words("bzip2 -dc p"), words("bsdcat p"), python("bz2")],
        ),
    ];
    for (format, levels, programs) in table {
        for (level, threads) in levels.zip([1, 2].into_iter().cycle()) {
            let line = format!(
                "compress a -o p --format {format} --level {level} --threads {threads} --force"
            );
            assert_eq!(code(&filittle(dir.path(), &line)), 0, "{line}");
            for program in &programs {
                let program: Vec<&str> = program.iter().map(String::as_str).collect();
                assert!(
                    other(dir.path(), &program) == content,
                    "{line}: {program:?}"
                );
            }
        }
    }
}

#[test]
fn a_folder_in_an_archive_comes_out_of_programs_of_others_as_it_was() {
    let dir = folder();
    project(dir.path());
    let whole = tree(&dir.path().join("project"));
    assert_eq!(whole.len(), 8);
    for (archive, unpack) in [
        ("a.zip", "unzip -q a.zip -d OUT"),
        ("b.zip", "bsdtar -xf b.zip -C OUT"),
        ("c.zip", "7z x -bd -y -oOUT c.zip"),
        ("h.zip", "python3 -m zipfile -e h.zip OUT"),
        ("d.tar", "tar -xf d.tar -C OUT"),
        ("e.tar.zst", "tar --zstd -xf e.tar.zst -C OUT"),
        ("f.tar.gz", "bsdtar -xf f.tar.gz -C OUT"),
        ("g.tar.xz", "tar -xJf g.tar.xz -C OUT"),
    ] {
        let packed = filittle(dir.path(), &format!("compress project -o {archive}"));
        assert_eq!(code(&packed), 0, "{archive}: {packed:?}");
        let told = errors(packed);
        assert!(
            told.contains("src/loop: left out, a link to a folder")
                && told.contains("src/lost: left out, a link that leads nowhere"),
            "{told}"
        );
        let out = format!("{archive}.out");
        fs::create_dir(dir.path().join(&out)).expect("a folder");
        let words: Vec<String> = unpack
            .split(' ')
            .map(|word| word.replace("OUT", &out))
            .collect();
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        other(dir.path(), &words);
        let back = tree(&dir.path().join(out).join("project"));
        assert!(back == whole, "{archive}");
    }
}

#[test]
fn a_folder_is_packed_into_the_same_bytes_again() {
    let dir = folder();
    project(dir.path());
    for ending in ["zip", "tar.zst", "tar.gz", "tar.xz"] {
        for (name, threads) in [("a", 2), ("b", 3)] {
            let line = format!("compress project -o {name}.{ending} --threads {threads}");
            assert_eq!(code(&filittle(dir.path(), &line)), 0, "{line}");
        }
        let read = |name| fs::read(dir.path().join(format!("{name}.{ending}"))).expect("packed");
        assert!(read("a") == read("b"), "{ending}");
    }
}

#[test]
fn a_tar_is_packed_and_not_put_into_another_one() {
    let dir = folder();
    fs::write(dir.path().join("text"), "text").expect("a file");
    for (line, tar) in [
        ("tar cf a.tar text", "a.tar"),
        ("tar cf empty.tar -T /dev/null", "empty.tar"),
    ] {
        other(dir.path(), &line.split(' ').collect::<Vec<_>>());
        let line = format!("compress {tar} -o {tar}.zst");
        assert_eq!(code(&filittle(dir.path(), &line)), 0);
        let packed = fs::read(dir.path().join(format!("{tar}.zst"))).expect("packed");
        let plain = fs::read(dir.path().join(tar)).expect("a tar");
        assert!(
            zstd::decode_all(&packed[..]).expect("zstd") == plain,
            "{tar}"
        );
    }
}

#[test]
fn what_is_no_tar_gets_no_name_of_a_packed_one() {
    let dir = folder();
    fs::write(dir.path().join("a.tar"), "as if").expect("a file");
    for line in ["compress a.tar -o b.tar.zst", "compress - -o b.tgz"] {
        let packed = filittle(dir.path(), line);
        assert_eq!(code(&packed), 2, "{line}");
        let told = errors(packed);
        assert!(told.contains("is no tar"), "{told}");
    }
    assert_eq!(names(dir.path()), ["a.tar"]);
    let forced = "compress a.tar -o b.tar.zst --format zstd";
    assert_eq!(code(&filittle(dir.path(), forced)), 0);
}

#[test]
fn what_few_may_read_is_packed_for_few() {
    let dir = folder();
    for (name, mode) in [("secret", 0o600), ("plain", 0o644)] {
        let path = dir.path().join(name);
        fs::write(&path, name).expect("a file");
        fs::set_permissions(&path, Permissions::from_mode(mode)).expect("a mode");
    }
    let mode = |name: &str| {
        let metadata = fs::metadata(dir.path().join(name)).expect("a file");
        metadata.permissions().mode() & 0o077
    };
    for (inputs, out, is_private) in [
        ("secret", "secret.zst", true),
        ("secret plain", "both.zip", true),
        ("secret plain", "both.tar.gz", true),
        ("plain", "plain.zst", false),
        ("plain", "plain.zip", false),
    ] {
        let line = format!("compress {inputs} -o {out}");
        assert_eq!(code(&filittle(dir.path(), &line)), 0, "{line}");
        assert_eq!(mode(out) == 0, is_private, "{out}");
    }
    for archive in ["both.zip", "both.tar.gz"] {
        let line = format!("decompress {archive} -o {archive}.out");
        assert_eq!(code(&filittle(dir.path(), &line)), 0);
        assert_eq!(mode(&format!("{archive}.out/secret")), 0);
        assert_ne!(mode(&format!("{archive}.out/plain")), 0);
    }
}

#[test]
#[cfg(target_os = "linux")]
fn files_of_the_kernel_are_read_though_they_are_told_to_be_empty() {
    let dir = folder();
    let version = fs::read("/proc/version").expect("of Linux");
    for format in ["zip", "tar", "gzip"] {
        let line = format!("compress /proc/version -o {format} --format {format}");
        assert_eq!(code(&filittle(dir.path(), &line)), 0);
        let line = format!("decompress {format} -o {format}.out/");
        assert_eq!(code(&filittle(dir.path(), &line)), 0);
        let out = dir.path().join(format!("{format}.out"));
        let name = names(&out).remove(0);
        assert!(
            fs::read(out.join(name)).expect("a file") == version,
            "{format}"
        );
    }
}

#[test]
fn more_inputs_than_usually_may_be_open_are_packed() {
    let dir = folder();
    for number in 0..600 {
        fs::write(dir.path().join(format!("{number}.txt")), "a").expect("a file");
    }
    for (output, count) in [("out/ --format gzip", 600), ("one/all.zip", 1)] {
        let (place, _) = output.split_once('/').expect("a folder");
        fs::create_dir(dir.path().join(place)).expect("a folder");
        let line = format!("ulimit -Sn 256; exec \"$0\" compress *.txt -o {output}");
        other(
            dir.path(),
            &["sh", "-c", &line, env!("CARGO_BIN_EXE_filittle")],
        );
        assert_eq!(names(&dir.path().join(place)).len(), count);
    }
}

#[test]
fn an_archive_in_the_folder_that_it_is_made_of_is_not_in_itself() {
    let dir = folder();
    project(dir.path());
    for _ in 0..2 {
        let packed = filittle(dir.path(), "compress project -o project/all.zip --force");
        assert_eq!(code(&packed), 0, "{packed:?}");
    }
    let bytes = fs::read(dir.path().join("project/all.zip")).expect("packed");
    let archive = zip::ZipArchive::new(std::io::Cursor::new(bytes)).expect("a zip");
    assert_eq!(archive.len(), 8);
}

#[test]
fn a_folder_needs_an_archive_and_files() {
    let dir = folder();
    project(dir.path());
    let told = errors(filittle(dir.path(), "compress project -o a.gz"));
    assert!(told.contains("project: it is a folder"), "{told}");
    fs::create_dir(dir.path().join("nothing")).expect("a folder");
    let empty = filittle(dir.path(), "compress nothing -o a.zip");
    assert_eq!(code(&empty), 2);
    assert!(errors(empty).contains("no file in it"));
    assert_eq!(names(dir.path()), ["nothing", "project"]);
}

#[test]
fn more_files_than_may_be_open_at_once_go_into_an_archive() {
    let dir = folder();
    let many = dir.path().join("many");
    fs::create_dir(&many).expect("a folder");
    for number in 0..3000 {
        fs::write(many.join(format!("{number}.txt")), number.to_string()).expect("a file");
    }
    let packed = filittle(dir.path(), "compress many -o many.zip");
    assert_eq!(code(&packed), 0, "{packed:?}");
    let bytes = fs::read(dir.path().join("many.zip")).expect("packed");
    let archive = zip::ZipArchive::new(std::io::Cursor::new(bytes)).expect("a zip");
    assert_eq!(archive.len(), 3000);
}

#[test]
fn nothing_is_called_as_what_others_pack() {
    let dir = folder();
    fs::write(dir.path().join("a"), "a").expect("a file");
    fs::write(dir.path().join("b"), "b").expect("a file");
    for (line, ending) in [
        ("compress a -o a.tar.bz2", ".tar.bz2"),
        ("compress a -o a.TBZ2", ".tbz2"),
        ("compress a -o a.7z", ".7z"),
        ("compress a -o a.Z", ".z"),
    ] {
        let done = filittle(dir.path(), line);
        assert_eq!(code(&done), 2, "{line}");
        let told = errors(done);
        let told_of = format!("--output: `compress` writes no `{ending}`; it writes .zst, .gz, ");
        assert!(told.contains(&told_of), "{told}");
    }
    let done = filittle(dir.path(), "compress a b -o ab.7z");
    assert_eq!(code(&done), 2);
    let done = filittle(dir.path(), "compress a -o a.lz --format zstd");
    assert_eq!(code(&done), 0, "it was asked for");
    assert_eq!(names(dir.path()), ["a", "a.lz", "b"]);
}

#[test]
fn of_many_notes_the_first_are_shown_and_all_are_told_in_json() {
    let dir = folder();
    fs::create_dir(dir.path().join("in")).expect("a folder");
    let mut seed = 1_u64;
    let noise = std::iter::repeat_with(|| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        seed.to_be_bytes()[0]
    });
    let noise: Vec<u8> = noise.take(5000).collect();
    for number in 10..35 {
        fs::write(dir.path().join(format!("in/{number}")), &noise).expect("a file");
    }
    let done = filittle(dir.path(), "compress in -o a.zip");
    assert_eq!(code(&done), 0);
    let told = errors(done);
    let lines: Vec<&str> = told.lines().collect();
    assert_eq!(lines.len(), 21, "{told}");
    let stored = "is stored as it is: packing does not make it smaller";
    assert_eq!(lines[0], format!("`in/10` {stored}"));
    assert_eq!(lines[20], "and 5 notes more, which --json tells");
    let json = said(filittle(dir.path(), "compress in -o b.zip --json"));
    assert_eq!(json.matches(stored).count(), 25);
}

#[test]
fn nothing_packed_comes_to_a_terminal() {
    let dir = folder();
    fs::write(dir.path().join("a"), "a").expect("a file");
    let in_terminal = |words: &str| {
        let binary = env!("CARGO_BIN_EXE_filittle");
        let words = words.replace(' ', "', '");
        let program = format!(
            "import os, pty, sys\n\
             sys.exit(os.waitstatus_to_exitcode(pty.spawn(['{binary}', '{words}'])))"
        );
        let mut command = Command::new("python3");
        let command = command.args(["-c", &program]).current_dir(dir.path());
        command.stdin(Stdio::null()).output().expect("python3")
    };
    let done = in_terminal("compress a -o -");
    assert_eq!(code(&done), 2);
    let told = String::from_utf8_lossy(&done.stdout).into_owned();
    assert!(told.contains("standard output is a terminal"), "{told}");
    assert_eq!(code(&in_terminal("compress a -o - --force")), 0);
    assert_eq!(code(&filittle(dir.path(), "compress a -o b.zst")), 0);
    assert_eq!(code(&in_terminal("decompress b.zst -o -")), 0);
}

#[test]
fn formats_are_known_by_their_endings_and_levels_in_any_letters() {
    let dir = folder();
    fs::write(dir.path().join("a"), "text".repeat(99)).expect("a file");
    for (line, begin) in [
        ("compress a -o b --format gz --level Best", &b"\x1f\x8b"[..]),
        ("compress a -o c --format TZST", b"\x28\xb5\x2f\xfd"),
    ] {
        assert_eq!(code(&filittle(dir.path(), line)), 0, "{line}");
        let out = line.split(' ').nth(3).expect("OUT");
        let bytes = fs::read(dir.path().join(out)).expect("a file");
        assert!(bytes.starts_with(begin), "{line}");
    }
}

#[test]
fn an_archive_of_one_thing_is_called_after_it() {
    let dir = folder();
    project(dir.path());
    fs::write(dir.path().join("a"), "a").expect("a file");
    fs::create_dir(dir.path().join("out")).expect("a folder");
    for (inputs, name) in [
        ("project", "project.zip"),
        ("project/src/..", "project.tar.gz"),
        ("a", "a.tar"),
        ("a project", "files.zip"),
        ("a --name b.zip", "b.zip"),
    ] {
        let (_, format) = name.split_once('.').expect("an ending");
        let line = format!("compress {inputs} -o out --format {format}");
        assert_eq!(code(&filittle(dir.path(), &line)), 0, "{line}");
        assert_eq!(names(&dir.path().join("out")), [name]);
        fs::remove_file(dir.path().join("out").join(name)).expect("gone");
    }
}

#[test]
fn an_archive_with_a_name_of_its_own_takes_no_other() {
    let dir = folder();
    fs::write(dir.path().join("a"), "a").expect("a file");
    let done = filittle(dir.path(), "compress a -o b.zip --name c.zip");
    assert_eq!(code(&done), 2);
    let told = errors(done);
    assert!(told.contains("--name: "), "{told}");
    let done = filittle(dir.path(), "compress a -o b/ --format zip --name c.zip");
    assert_eq!(code(&done), 0);
    assert_eq!(names(&dir.path().join("b")), ["c.zip"]);
}

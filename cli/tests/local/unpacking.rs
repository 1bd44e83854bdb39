//! What programs of others have packed becomes files again, and who means no good gets nothing.

use std::{
    fs,
    os::unix::fs::{MetadataExt, PermissionsExt},
    path::Path,
    process::Command,
    time::{Duration, SystemTime},
};

use crate::kit::{code, errors, filittle, folder, names, other, tree};

/// Files in folders, of which one shrinks and one does not.
fn project(dir: &Path) {
    let root = dir.join("project");
    fs::create_dir_all(root.join("src/deep")).expect("folders");
    let noise: Vec<u8> = (0..300_000_u32)
        .map(|n| n.wrapping_mul(2_654_435_761).to_be_bytes()[1])
        .collect();
    for (name, content) in [
        ("read me.txt", "text ".repeat(2000).into_bytes()),
        ("src/noise", noise),
        ("src/deep/na\u{ef}ve.txt", "é".repeat(70_000).into_bytes()),
        ("src/empty", Vec::new()),
    ] {
        fs::write(root.join(name), content).expect("a file");
    }
}

#[test]
fn archives_of_other_programs_come_out_as_they_went_in() {
    let dir = folder();
    project(dir.path());
    let whole = tree(&dir.path().join("project"));
    for (archive, pack) in [
        ("a.zip", "zip -qr a.zip project"),
        ("b.zip", "7z a -bd -tzip b.zip project"),
        ("c.zip", "bsdtar -a -cf c.zip project"),
        ("d.zip", "python3 -m zipfile -c d.zip project"),
        ("e.tar", "tar --format=gnu -cf e.tar project"),
        ("f.tar", "tar --format=pax -cf f.tar project"),
        ("g.tar", "tar --format=ustar -cf g.tar project"),
        ("h.tar.gz", "tar -czf h.tar.gz project"),
        ("i.tar.zst", "tar --zstd -cf i.tar.zst project"),
        ("j.tgz", "bsdtar -a -cf j.tgz project"),
        ("k.tar.xz", "bsdtar -a -cf k.tar.xz project"),
        ("l.tar.bz2", "tar -cjf l.tar.bz2 project"),
        ("m.tar.lz4", "bsdtar --lz4 -cf m.tar.lz4 project"),
        ("n.7z.zip", "7z a -bd -tzip -mm=BZip2 n.7z.zip project"),
    ] {
        let words: Vec<&str> = pack.split(' ').collect();
        other(dir.path(), &words);
        let out = format!("{archive}.out");
        let done = filittle(dir.path(), &format!("decompress {archive} -o {out}"));
        assert_eq!(code(&done), 0, "{archive}: {done:?}");
        let back = tree(&dir.path().join(out).join("project"));
        assert!(back == whole, "{archive}");
    }
}

#[test]
fn streams_of_other_programs_come_out_as_they_went_in() {
    let dir = folder();
    let content: Vec<u8> = (0..200_000_u32)
        .flat_map(|n| format!("{}\n", n.wrapping_mul(2_654_435_761)).into_bytes())
        .collect();
    fs::write(dir.path().join("a.txt"), &content).expect("a file");
    for (packed, pack) in [
        ("a.txt.gz", "gzip -k a.txt"),
        ("p.gz", "pigz -k -S .pgz a.txt"),
        ("a.txt.bz2", "bzip2 -k a.txt"),
        ("a.txt.xz", "xz -k -T2 a.txt"),
        ("a.txt.zst", "zstd -q --long=27 -k a.txt"),
        ("a.txt.lz4", "lz4 -q a.txt a.txt.lz4"),
        ("a.txt.br", "brotli -k a.txt"),
    ] {
        let words: Vec<&str> = pack.split(' ').collect();
        other(dir.path(), &words);
        if packed == "p.gz" {
            fs::rename(dir.path().join("a.txt.pgz"), dir.path().join(packed)).expect("renamed");
        }
        let done = filittle(dir.path(), &format!("decompress {packed} -o out --force"));
        assert_eq!(code(&done), 0, "{packed}: {done:?}");
        assert!(
            fs::read(dir.path().join("out")).expect("a file") == content,
            "{packed}"
        );
        fs::remove_file(dir.path().join("out")).expect("removed");
    }
}

#[test]
fn a_file_in_a_folder_is_called_as_before_it_was_packed() {
    let dir = folder();
    fs::write(dir.path().join("a.txt"), "text").expect("a file");
    assert_eq!(code(&filittle(dir.path(), "compress a.txt -o a.txt.xz")), 0);
    assert_eq!(
        code(&filittle(dir.path(), "decompress a.txt.xz -o out/")),
        0
    );
    assert_eq!(names(&dir.path().join("out")), ["a.txt"]);
}

#[test]
fn files_of_an_archive_keep_their_times_and_programs_stay_programs() {
    let dir = folder();
    let then = SystemTime::UNIX_EPOCH + Duration::from_secs(1_600_000_000);
    fs::write(dir.path().join("a"), "a").expect("a file");
    let file = fs::File::options()
        .write(true)
        .open(dir.path().join("a"))
        .expect("a file");
    file.set_modified(then).expect("a time");
    file.set_permissions(fs::Permissions::from_mode(0o700))
        .expect("a program");
    fs::write(dir.path().join("b"), "b").expect("a file");
    for archive in ["b.zip", "c.tar.zst"] {
        assert_eq!(
            code(&filittle(dir.path(), &format!("compress a b -o {archive}"))),
            0
        );
        let out = format!("decompress {archive} -o {archive}.out");
        assert_eq!(code(&filittle(dir.path(), &out)), 0);
        let of = |name| {
            let unpacked = dir.path().join(format!("{archive}.out/{name}"));
            fs::metadata(unpacked).expect("unpacked")
        };
        assert_eq!(of("a").modified().expect("a time"), then, "{archive}");
        assert_eq!(of("a").mode() & 0o100, 0o100, "{archive}");
        assert_eq!(of("b").mode() & 0o111, 0, "{archive}");
    }
}

#[test]
fn an_archive_needs_a_folder_and_does_not_overwrite() {
    let dir = folder();
    fs::write(dir.path().join("a"), "a").expect("a file");
    fs::write(dir.path().join("b"), "b").expect("a file");
    assert_eq!(code(&filittle(dir.path(), "compress a b -o c.zip")), 0);
    let told = errors(filittle(dir.path(), "decompress c.zip -o -"));
    assert!(told.contains("several results need a folder"), "{told}");
    let told = errors(filittle(dir.path(), "decompress c.zip -o ."));
    assert!(told.contains("exists; --force overwrites it"), "{told}");
    assert_eq!(
        code(&filittle(dir.path(), "decompress c.zip -o . --force")),
        0
    );
    assert_eq!(names(dir.path()), ["a", "b", "c.zip"]);
}

#[test]
fn a_packed_tar_becomes_a_tar_when_that_is_asked_for() {
    let dir = folder();
    project(dir.path());
    other(dir.path(), &["tar", "cf", "a.tar", "project"]);
    other(dir.path(), &["tar", "czf", "a.tgz", "project"]);
    other(dir.path(), &["cp", "a.tgz", "a.tar.zst"]);
    let tar = fs::read(dir.path().join("a.tar")).expect("a tar");
    for (line, out) in [
        ("decompress a.tgz -o b.tar", "b.tar"),
        ("decompress a.tar.zst -o c.TAR", "c.TAR"),
        ("decompress a.tgz -o d --format gz", "d"),
    ] {
        assert_eq!(code(&filittle(dir.path(), line)), 0, "{line}");
        let written = fs::read(dir.path().join(out)).expect("a tar");
        assert!(written == tar, "{line}");
    }
    let done = filittle(dir.path(), "decompress a.tgz -o - --format gzip");
    assert!(done.stdout == tar);
    let told = errors(filittle(dir.path(), "decompress a.tgz -o -"));
    assert!(told.contains("`--format gzip` unpacks only"), "{told}");
    let told = errors(filittle(dir.path(), "decompress a.tar -o -"));
    assert!(!told.contains("--format"), "{told}");
}

#[test]
fn brotli_comes_through_a_pipe() {
    let dir = folder();
    fs::write(dir.path().join("a"), "text".repeat(999)).expect("a file");
    let binary = env!("CARGO_BIN_EXE_filittle");
    let pipe = format!("brotli -c a | '{binary}' decompress - -o - --format br | cmp - a");
    other(dir.path(), &["sh", "-c", &pipe]);
}

#[test]
fn what_comes_by_a_pipe_is_the_archive_that_it_is_in_a_file() {
    let dir = folder();
    let mut state = 1_u64;
    let mut noise = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        u8::try_from(state >> 56).expect("eight bits")
    };
    // Its first block of 4 MiB is packed to 3 MiB.
    let mut content = Vec::new();
    while content.len() < 9 << 20 {
        content.extend((0..66).map(|_| noise()));
        content.extend([0; 32]);
    }
    fs::write(dir.path().join("a"), &content).expect("a file");
    fs::write(dir.path().join("b"), "b").expect("a file");
    other(dir.path(), &["tar", "cf", "x.tar", "a", "b"]);
    other(dir.path(), &["lz4", "-q", "x.tar", "x.tar.lz4"]);
    let binary = env!("CARGO_BIN_EXE_filittle");
    let through = |file: &str, out: &str| {
        let pipe = format!("cat {file} | '{binary}' decompress - -o {out}");
        let mut shell = Command::new("sh");
        let done = shell.args(["-c", &pipe]).current_dir(dir.path()).output();
        code(&done.expect("a shell"))
    };
    assert_eq!(through("x.tar.lz4", "out"), 0);
    let files = [("a".to_owned(), content), ("b".to_owned(), b"b".to_vec())];
    assert!(tree(&dir.path().join("out")) == files);
    assert_eq!(through("x.tar.lz4", "-"), 2);
    assert_eq!(through("x.tar.lz4", "back.tar"), 0);
    other(dir.path(), &["cmp", "back.tar", "x.tar"]);

    // What it is comes too late: then it is a stream, and nothing but one file comes out.
    other(dir.path(), &["zstd", "-q", "x.tar"]);
    let len = 6_u32 << 20;
    let mut late = [&b"\x50\x2a\x4d\x18"[..], &len.to_le_bytes()].concat();
    late.resize(8 + (6 << 20), 0);
    late.extend(fs::read(dir.path().join("x.tar.zst")).expect("a file"));
    fs::write(dir.path().join("late"), late).expect("a file");
    assert_eq!(through("late", "late.tar"), 0);
    other(dir.path(), &["cmp", "late.tar", "x.tar"]);
}

#[test]
fn a_damaged_archive_leaves_nothing() {
    let dir = folder();
    project(dir.path());
    assert_eq!(
        code(&filittle(dir.path(), "compress project -o a.tar.gz")),
        0
    );
    let packed = fs::read(dir.path().join("a.tar.gz")).expect("packed");
    fs::write(dir.path().join("b.tar.gz"), &packed[..packed.len() - 9]).expect("a file");
    let done = filittle(dir.path(), "decompress b.tar.gz -o out");
    assert_eq!(code(&done), 1);
    let told = errors(done);
    assert!(
        told.contains("b.tar.gz: ") && told.contains("end early"),
        "{told}"
    );
    assert_eq!(names(dir.path()), ["a.tar.gz", "b.tar.gz", "project"]);
    // Nor in a folder that was there.
    fs::create_dir(dir.path().join("out")).expect("a folder");
    assert_eq!(
        code(&filittle(dir.path(), "decompress b.tar.gz -o out/new/er")),
        1
    );
    assert_eq!(names(&dir.path().join("out")), [""; 0]);
}

#[test]
fn what_cannot_be_unpacked_wholly_overwrites_nothing() {
    let dir = folder();
    project(dir.path());
    assert_eq!(
        code(&filittle(dir.path(), "compress project -o a.tar.gz")),
        0
    );
    let packed = fs::read(dir.path().join("a.tar.gz")).expect("packed");
    fs::write(dir.path().join("b.tar.gz"), &packed[..packed.len() - 9]).expect("a file");
    fs::rename(dir.path().join("project"), dir.path().join("old")).expect("renamed");
    assert_eq!(code(&filittle(dir.path(), "decompress a.tar.gz -o out")), 0);
    for (path, _) in tree(&dir.path().join("out")).into_iter().skip(1) {
        fs::write(dir.path().join("out").join(path), "mine").expect("a file");
    }
    let gone = tree(&dir.path().join("out")).remove(0).0;
    fs::remove_file(dir.path().join("out").join(gone)).expect("removed");
    let before = tree(&dir.path().join("out"));
    let done = filittle(dir.path(), "decompress b.tar.gz -o out --force");
    assert_eq!(code(&done), 1);
    assert_eq!(tree(&dir.path().join("out")), before);
    // Without it nothing is overwritten, and nothing is written besides.
    let done = filittle(dir.path(), "decompress a.tar.gz -o out");
    assert_eq!(code(&done), 1);
    assert_eq!(tree(&dir.path().join("out")), before);
    let done = filittle(dir.path(), "decompress a.tar.gz -o out --force");
    assert_eq!(code(&done), 0);
    assert_ne!(tree(&dir.path().join("out")), before);
}

#[test]
fn a_damaged_archive_takes_no_place_from_another_one() {
    let dir = folder();
    let write = "
import io, tarfile
for archive, name in [('bad.tar', 'x/y'), ('good.tar', 'x')]:
    with tarfile.open(archive, 'w') as tar:
        for name in [name, 'last']:
            info = tarfile.TarInfo(name)
            info.size = 3
            tar.addfile(info, io.BytesIO(b'abc'))
";
    other(dir.path(), &["python3", "-c", write]);
    let bad = fs::read(dir.path().join("bad.tar")).expect("a file");
    fs::write(dir.path().join("bad.tar"), &bad[..1537]).expect("a file");
    let done = filittle(dir.path(), "decompress bad.tar good.tar -o out --threads 1");
    assert_eq!(code(&done), 1);
    assert_eq!(names(&dir.path().join("out")), ["last", "x"]);
    assert_eq!(fs::read(dir.path().join("out/x")).expect("a file"), b"abc");
}

#[test]
fn an_archive_does_not_overwrite_itself() {
    let dir = folder();
    fs::write(dir.path().join("a.zip"), "not an archive").expect("a file");
    assert_eq!(code(&filittle(dir.path(), "compress a.zip -o b.zip")), 0);
    fs::rename(dir.path().join("b.zip"), dir.path().join("a.zip")).expect("renamed");
    let before = fs::read(dir.path().join("a.zip")).expect("a file");
    let told = errors(filittle(dir.path(), "decompress a.zip -o . --force"));
    assert!(told.contains("is an input, which would be lost"), "{told}");
    assert_eq!(fs::read(dir.path().join("a.zip")).expect("a file"), before);
}

#[test]
fn nothing_is_unpacked_through_a_link() {
    use std::os::unix::fs::symlink;
    let dir = folder();
    fs::create_dir_all(dir.path().join("in/sub")).expect("a folder");
    fs::write(dir.path().join("in/sub/a"), "new").expect("a file");
    assert_eq!(code(&filittle(dir.path(), "compress in -o a.zip")), 0);
    fs::create_dir_all(dir.path().join("elsewhere/sub")).expect("a folder");
    fs::write(dir.path().join("elsewhere/sub/a"), "mine").expect("a file");
    for (link, leads, out) in [
        ("one/in", "../elsewhere", "one"),
        ("two/in/sub", "../../elsewhere/sub", "two"),
        ("three/in/sub/a", "../../../elsewhere/sub/a", "three"),
    ] {
        let link = dir.path().join(link);
        fs::create_dir_all(link.parent().expect("a folder")).expect("a folder");
        symlink(leads, &link).expect("a link");
        assert!(link.exists(), "it leads there");
        let done = filittle(dir.path(), &format!("decompress a.zip -o {out} --force"));
        assert_eq!(code(&done), 1, "{out}");
        let told = errors(done);
        assert!(
            told.contains("is a link, and nothing is unpacked"),
            "{told}"
        );
        assert!(link.is_symlink(), "{out}");
    }
    let elsewhere = tree(&dir.path().join("elsewhere"));
    assert_eq!(elsewhere, [("sub/a".to_owned(), b"mine".to_vec())]);
    // The folder that was asked for may be one.
    symlink("elsewhere", dir.path().join("four")).expect("a link");
    assert_eq!(code(&filittle(dir.path(), "decompress a.zip -o four")), 0);
    assert!(dir.path().join("elsewhere/in/sub/a").exists());
}

#[test]
fn no_archive_writes_outside_of_its_folder() {
    let dir = folder();
    let write = "
import io, tarfile, zipfile
zip = zipfile.ZipFile('a.zip', 'w')
tar = tarfile.open('b.tar', 'w')
for name in ['../up', '/tmp/filittle-absolute', 'a/../../up', '..\\\\up', 'C:\\\\up', 'good']:
    zip.writestr(name, name)
    info = tarfile.TarInfo(name)
    info.size = len(name)
    tar.addfile(info, io.BytesIO(name.encode()))
link = tarfile.TarInfo('link')
link.type, link.linkname = tarfile.SYMTYPE, '..'
tar.addfile(link)
below = tarfile.TarInfo('link/up')
tar.addfile(below)
tar.close()
zip.close()
";
    other(dir.path(), &["python3", "-c", write]);
    for archive in ["a.zip", "b.tar"] {
        let out = format!("in/{archive}.out");
        fs::create_dir_all(dir.path().join("in")).expect("a folder");
        let done = filittle(dir.path(), &format!("decompress {archive} -o {out}"));
        assert_eq!(code(&done), 0, "{archive}: {done:?}");
        assert!(errors(done).contains("`../up` is called `up`"), "{archive}");
        assert!(!Path::new("/tmp/filittle-absolute").exists());
        let found = tree(&dir.path().join(out));
        assert!(found.len() >= 6, "{found:?}");
        assert!(
            found
                .iter()
                .any(|(name, _)| name == "tmp/filittle-absolute")
        );
    }
    assert_eq!(names(&dir.path().join("in")), ["a.zip.out", "b.tar.out"]);
    assert_eq!(names(dir.path()), ["a.zip", "b.tar", "in"]);
}

#[test]
fn json_tells_the_files_and_what_became_of_their_names() {
    let dir = folder();
    fs::write(dir.path().join("a"), "a").expect("a file");
    fs::write(dir.path().join("A"), "A").expect("a file");
    other(
        dir.path(),
        &["python3", "-m", "zipfile", "-c", "b.zip", "a", "A"],
    );
    let output = filittle(dir.path(), "decompress b.zip -o out --json");
    let told: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let item = &told["items"][0];
    assert_eq!(item["outputs"][1]["path"], "out/A (2)");
    assert_eq!(item["outputs"][0]["size"], 1);
    assert_eq!(item["notes"][0], "`A` is called `A (2)`");
}

//! Steps that go on from something else than the step before them.
#![cfg(feature = "codecs")]

mod kit;

use std::io::{Cursor, Read};

use filittle_transform::Limits;
use kit::{input, work, work_within};
use serde_json::json;
use zip::ZipArchive;

fn unzstd(bytes: &[u8]) -> Vec<u8> {
    zstd::decode_all(bytes).expect("zstd")
}

fn members(bytes: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).expect("a zip");
    (0..archive.len())
        .map(|number| {
            let mut member = archive.by_index(number).expect("a member");
            let mut content = Vec::new();
            member.read_to_end(&mut content).expect("its content");
            (member.name().expect("a name").into_owned(), content)
        })
        .collect()
}

#[test]
fn several_steps_work_on_the_same_input_and_each_has_its_result() {
    let list = json!([
        {"op": "compress", "format": "zstd"},
        {"op": "compress", "format": "gzip", "from": ["input:0"]},
    ]);
    let done = work(list, vec![input("a.txt", "some text")]);
    assert_eq!(done.names(), ["a.txt.zst", "a.txt.gz"]);
    let steps: Vec<_> = done
        .files
        .iter()
        .map(|(meta, _)| (meta.item, meta.step))
        .collect();
    assert_eq!(steps, [(Some(0), 0), (Some(0), 1)]);
    assert_eq!(unzstd(&done.files[0].1), b"some text");
}

#[test]
fn a_step_works_on_every_file_of_what_it_names() {
    let list = json!([
        {"op": "compress", "id": "once"},
        {"op": "compress", "from": ["once", "input:1"]},
    ]);
    let done = work(list, vec![input("a", "first"), input("b", "second")]);
    assert_eq!(done.names(), ["a.zst.zst", "b.zst.zst", "b.zst"]);
    assert_eq!(unzstd(&unzstd(&done.files[0].1)), b"first");
    assert_eq!(unzstd(&done.files[2].1), b"second");
}

#[test]
fn an_archive_gathers_all_that_it_names() {
    let list = json!([
        {"op": "compress", "id": "packed"},
        {"op": "compress", "format": "zip", "from": ["input:0", "packed"]},
    ]);
    let done = work(list, vec![input("a", "first"), input("b", "second")]);
    assert_eq!(done.names(), ["files.zip"]);
    let members = members(&done.files[0].1);
    let names: Vec<_> = members.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["a", "a.zst", "b.zst"]);
    assert_eq!(members[0].1, b"first");
    assert_eq!(unzstd(&members[2].1), b"second");
}

#[test]
fn what_was_gathered_is_worked_on_by_several_steps() {
    let list = json!([
        {"op": "compress", "format": "zip", "id": "all"},
        {"op": "compress", "format": "zstd", "from": ["all"]},
        {"op": "compress", "format": "gzip", "from": ["all"]},
        {"op": "compress", "format": "zip", "name": "outer.zip", "from": ["all", "input:0"]},
    ]);
    let done = work(list, vec![input("a", "first"), input("b", "second")]);
    assert_eq!(done.names(), ["files.zip.zst", "files.zip.gz", "outer.zip"]);
    let inner = unzstd(&done.files[0].1);
    assert_eq!(members(&inner).len(), 2);
    let outer = members(&done.files[2].1);
    assert!(
        outer
            .iter()
            .any(|(name, bytes)| name == "files.zip" && *bytes == inner)
    );
    assert!(
        outer
            .iter()
            .any(|(name, bytes)| name == "a" && bytes == b"first")
    );
}

#[test]
fn of_an_input_that_fails_on_one_way_nothing_is_kept() {
    let list = json!([
        {"op": "compress"},
        {"op": "dither", "from": ["input:0"]},
    ]);
    let done = work(list, vec![input("a", "no picture"), input("b", "text")]);
    assert_eq!(done.codes(), ["unsupported-media-type", ""]);
    assert_eq!(done.names(), ["b.zst"]);
}

#[test]
fn an_archive_holds_only_inputs_that_fail_on_no_way_and_is_not_kept_when_all_failed() {
    let list = json!([
        {"op": "compress", "format": "zip"},
        {"op": "dither", "from": ["input:0"]},
    ]);
    let two = vec![input("a", "no picture"), input("b", "text")];
    let done = work(list.clone(), two);
    assert_eq!(done.codes(), ["unsupported-media-type", ""]);
    let members = members(&done.files[0].1);
    assert_eq!(members, [("b".to_owned(), b"text".to_vec())]);
    let gathered = json!([
        {"op": "compress", "format": "zip", "id": "all"},
        {"op": "compress", "from": ["all"]},
        {"op": "dither", "from": ["input:0"]},
    ]);
    let done = work(gathered, vec![input("a", "no picture")]);
    assert_eq!(done.codes(), ["unsupported-media-type"]);
    assert!(done.files.is_empty(), "{:?}", done.names());
}

#[test]
fn an_archive_that_fails_fails_all_that_went_into_it() {
    let list = json!([
        {"op": "compress", "format": "zip", "id": "all"},
        {"op": "dither", "from": ["all"]},
    ]);
    let done = work(list, vec![input("a", "first"), input("b", "second")]);
    let code = "unsupported-media-type";
    assert_eq!(done.codes(), [code, code]);
    assert!(done.files.is_empty());
}

#[test]
fn the_progress_of_several_ways_ends_with_all_bytes() {
    let list = json!([
        {"op": "compress", "id": "a"},
        {"op": "compress", "format": "gzip", "from": ["input:0", "input:1"]},
        {"op": "compress", "format": "zip", "from": ["a"]},
    ]);
    let inputs = vec![input("a", vec![7; 100_001]), input("b", vec![8; 50_000])];
    let done = work_within(&Limits::default(), list, inputs).expect("done");
    let progress = done.monitor.snapshot();
    assert_eq!((progress.done, progress.total), (150_001, 150_001));
}

//! Archives that would fill memory and disk: each is refused by name, and little of either is taken.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::json;
use tempfile::tempdir;
use tokio::task::JoinSet;

use crate::service::{Service, serve};

/// Of the whole process, a development build.
const MOST_MIB: u64 = 300;

#[tokio::test(flavor = "multi_thread")]
async fn archives_that_would_fill_memory_or_disk_are_refused_by_name() {
    let bombs = tempdir().unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scripts/bombs");
    let made = Command::new(script).arg(bombs.path()).status();
    assert!(made.unwrap().success());
    let data = tempdir().unwrap();
    let (service, client) = Service::first(serve(data.path()));
    let table = [
        ("zeros.gz", 1, "expansion-too-large"),
        ("zeros.zst", 1, "expansion-too-large"),
        ("zeros.br", 1, "expansion-too-large"),
        ("zeros.zst.bz2", 2, "expansion-too-large"),
        ("zeros.tar.zst", 1, "expansion-too-large"),
        ("overlapping.zip", 1, "overlapping-archive"),
        ("quoted.zip", 1, "overlapping-archive"),
        ("nested.zip", 6, "expansion-too-large"),
        ("million.zip", 1, "too-many-entries"),
        ("million.tar.zst", 1, "too-many-outputs"),
        ("names.zip", 1, "too-many-entries"),
        ("names.tar.zst", 1, "too-many-entries"),
        ("headers.tar.zst", 1, "damaged-archive"),
        ("window.zst", 1, "not-enough-memory"),
        ("dictionary.xz", 1, "not-enough-memory"),
    ];
    // However often they are unpacked, they are only what they were.
    let quines = ["quine.gz", "quine.zip", "quine.tar.gz"];
    let count = fs::read_dir(bombs.path()).unwrap().count();
    assert_eq!(count, table.len() + quines.len());
    for name in quines {
        let quine = fs::read(bombs.path().join(name)).unwrap();
        let file = client.upload(name, quine.clone()).await;
        let steps = vec![json!({"op": "decompress"}); 20];
        let order = json!({"inputs": [{"file": file["id"]}], "steps": steps});
        let job = client.submit(&order).await;
        let job = client.succeeded(&job).await;
        assert!(client.output(&job).await == quine, "{name}");
    }
    let mut attacks = JoinSet::new();
    for (name, depth, code) in table {
        let bomb = fs::read(bombs.path().join(name)).unwrap();
        let client = client.clone();
        attacks.spawn(async move {
            let file = client.upload(name, bomb).await;
            let steps = vec![json!({"op": "decompress"}); depth];
            let order = json!({"inputs": [{"file": file["id"]}], "steps": steps});
            let job = client.submit(&order).await;
            let job = client.ended(&job).await;
            assert_eq!(job["error"]["code"], code, "{name}: {job}");
            assert_eq!(job["attempt"], 1, "{name}: {job}");
        });
    }
    attacks.join_all().await;
    // Nothing of them is left but what was uploaded.
    let spool = data.path().join("spool");
    assert_eq!(fs::read_dir(spool).unwrap().count(), 0);
    let peak = service.peak_mib();
    println!("at most {peak} MiB");
    assert!(peak < MOST_MIB, "{peak} MiB");
    service.stop();
}

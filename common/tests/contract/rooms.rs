//! The arrows between the rooms of this crate: `domain ← store ← blobs, engine ← commands, queries`.

use std::fs;
use std::path::Path;

fn sources(path: &Path) -> Vec<(String, String)> {
    if path.is_file() {
        return vec![(
            path.display().to_string(),
            fs::read_to_string(path).unwrap(),
        )];
    }
    let entries = fs::read_dir(path).unwrap();
    entries
        .flat_map(|entry| sources(&entry.unwrap().path()))
        .collect()
}

/// Fails for each file of `room` that speaks of a room it may not use.
fn holds(room: &str, forbidden: &[&str], except: &[&str]) {
    let folder = Path::new("src").join(room);
    let sources = sources(&folder);
    assert!(!sources.is_empty());
    for (path, source) in sources {
        if except.iter().any(|name| path.ends_with(name)) {
            continue;
        }
        for word in forbidden {
            assert!(
                !source.contains(&format!("crate::{word}")),
                "{path} uses {word}"
            );
        }
    }
}

#[test]
fn the_domain_knows_no_other_room() {
    let others = [
        "store", "blobs", "engine", "commands", "queries", "app", "accounts", "queue", "wake",
        "clock", "random",
    ];
    holds("domain", &others, &[]);
}

#[test]
fn the_store_knows_the_domain_only() {
    holds(
        "store",
        &[
            "blobs", "engine", "commands", "queries", "app", "accounts", "queue", "wake",
        ],
        &[],
    );
}

#[test]
fn blobs_know_neither_the_engine_nor_what_stands_above() {
    holds(
        "blobs",
        &[
            "engine", "commands", "queries", "app", "accounts", "queue", "wake",
        ],
        &[],
    );
}

#[test]
fn the_engine_knows_no_command_and_only_its_loops_know_the_application() {
    holds("engine", &["commands", "queries", "accounts"], &[]);
    let loops = ["sweeper.rs", "collector.rs"];
    holds("engine", &["app", "wake"], &loops);
}

#[test]
fn the_ring_and_the_wake_know_only_ids_and_lanes() {
    for room in ["queue", "wake.rs", "live.rs", "bus.rs", "redis.rs"] {
        holds(
            room,
            &[
                "store", "domain", "blobs", "engine", "commands", "queries", "app",
            ],
            &[],
        );
    }
}

#[test]
fn only_the_store_and_the_derives_of_rows_speak_sqlx() {
    for room in [
        "blobs", "engine", "commands", "queries", "accounts", "queue", "wake.rs", "app.rs",
    ] {
        let folder = Path::new("src").join(room);
        for (path, source) in sources(&folder) {
            assert!(!source.contains("sqlx::"), "{path} speaks sqlx");
        }
    }
}

//! The arrows of ARCHITECTURE.md.

use std::fs;
use std::path::Path;

fn sources(folder: &Path) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else {
            found.push((
                path.display().to_string(),
                fs::read_to_string(&path).unwrap(),
            ));
        }
    }
    found
}

#[test]
fn the_worker_never_sees_sql() {
    let sources = sources(Path::new("src"));
    assert!(sources.len() > 5);
    for (path, source) in sources {
        for word in ["sqlx", "common::store", "filittle_api"] {
            assert!(!source.contains(word), "{path} speaks of {word}");
        }
    }
}

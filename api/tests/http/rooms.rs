//! Who may use whom: handlers speak to commands and queries, never to the database.

use std::fs;
use std::path::PathBuf;

#[test]
fn handlers_never_see_the_database() {
    let source = PathBuf::from("src");
    let mut seen = 0;
    let mut folders = vec![source];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let text = fs::read_to_string(&path).unwrap();
            for word in [
                "sqlx",
                "common::store",
                " store::",
                "{store",
                "common::engine",
                "{engine",
            ] {
                assert!(!text.contains(word), "{} has {word}", path.display());
            }
            seen += 1;
        }
    }
    assert!(seen > 20, "the test looks in the wrong place");
}

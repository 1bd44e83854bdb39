//! The suite itself: no store function stays without a test.

use std::fs;

fn sources(folder: &str) -> Vec<(String, String)> {
    let mut sources: Vec<_> = fs::read_dir(folder)
        .expect("a folder")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "rs"))
        .map(|path| {
            let name = path
                .file_stem()
                .expect("a name")
                .to_string_lossy()
                .into_owned();
            (name, fs::read_to_string(path).expect("a source"))
        })
        .collect();
    sources.sort();
    sources
}

/// `module::function` of every public store function.
fn store_functions() -> Vec<String> {
    let mut functions = Vec::new();
    for (module, source) in sources("src/store") {
        let free = source
            .lines()
            .filter_map(|line| line.strip_prefix("pub async fn "));
        functions.extend(free.filter_map(|rest| {
            let name = rest.split(['(', '<']).next()?;
            Some(format!("{module}::{name}"))
        }));
    }
    functions
}

#[test]
fn every_store_function_is_called_by_a_contract_test() {
    let tests: String = sources("tests/contract")
        .into_iter()
        .map(|(_, source)| source)
        .collect();
    let functions = store_functions();
    assert!(
        functions.len() > 50,
        "only {} functions were found",
        functions.len()
    );
    let missing: Vec<_> = functions
        .iter()
        .filter(|function| {
            !tests.contains(&format!("{function}(")) && !tests.contains(&format!("{function}::<"))
        })
        .collect();
    assert!(missing.is_empty(), "no contract test calls {missing:?}");
}

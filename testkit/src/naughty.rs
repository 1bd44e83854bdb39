use crate::tools;

/// The big list of naughty strings: texts that have broken somebody's program.
///
/// An array of strings as JSON, as the list is published.
pub fn naughty_strings() -> String {
    let file = tools::folder().join("node/node_modules/big-list-of-naughty-strings/blns.json");
    std::fs::read_to_string(&file)
        .unwrap_or_else(|error| panic!("cannot read {}: {error}", file.display()))
}

use std::process::Command;

use filittle_testkit::binary;

#[test]
fn the_binaries_of_all_crates_are_built_and_run() {
    for name in ["filittle", "filittle-api", "filittle-worker"] {
        let output = Command::new(binary(name)).arg("--version").output();
        let output = output.unwrap_or_else(|error| panic!("{name}: {error}"));
        let text = String::from_utf8_lossy(&output.stdout);
        assert!(text.starts_with(name), "{output:?}");
    }
}

use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;

/// A binary of the workspace, such as `filittle-api`, built just now if it was not up to date.
///
/// Cargo builds the binaries of a package before its own integration tests, and no others.
pub fn binary(name: &str) -> PathBuf {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    let folder = FOLDER.get_or_init(|| {
        let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".into());
        // As scripts/test builds them, so that this finds all done.
        let built = Command::new(&cargo)
            .args(["build", "--quiet", "--workspace", "--locked"])
            .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
            .status()
            .unwrap_or_else(|error| panic!("cannot run {cargo}: {error}"));
        assert!(built.success(), "the binaries were not built");
        let test = std::env::current_exe().expect("a test knows where it is");
        let folder = test.ancestors().nth(2).expect("target/debug/deps/test");
        folder.to_owned()
    });
    folder.join(name)
}

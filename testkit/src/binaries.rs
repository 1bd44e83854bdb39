use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;

/// A binary of the workspace, such as `filittle-api`, built just now if it was not up to date, with
/// the profile of the running test.
///
/// Cargo builds the binaries of a package before its own integration tests, and no others.
pub fn binary(name: &str) -> PathBuf {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(build).join(name)
}

/// Answers the folder of the binaries.
fn build() -> PathBuf {
    let test = std::env::current_exe().expect("a test knows where it is");
    let folder = test.ancestors().nth(2).expect("target/debug/deps/test");
    let profile = match folder.file_name().and_then(|name| name.to_str()) {
        Some("debug") => "dev",
        Some(profile) => profile,
        None => panic!("{} is no folder of a profile", folder.display()),
    };
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".into());
    // As scripts/test builds them, so that this finds all done. The test runs in the folder of its
    // package, which is in the workspace.
    let built = Command::new(&cargo)
        .args(["build", "--quiet", "--workspace", "--locked"])
        .args(["--profile", profile])
        .status()
        .unwrap_or_else(|error| panic!("cannot run {cargo}: {error}"));
    assert!(built.success(), "the binaries were not built");
    folder.to_owned()
}

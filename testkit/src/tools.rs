use std::path::{Path, PathBuf};
use std::process::Command;

/// The folder that `scripts/test-servers` fills, which alone knows its versions.
pub(crate) fn folder() -> PathBuf {
    // Tests run in the folder of their package.
    let script = Path::new("../scripts/test-servers");
    let output = Command::new(script)
        .arg("--folder")
        .output()
        .unwrap_or_else(|error| panic!("cannot run {}: {error}", script.display()));
    let folder = PathBuf::from(String::from_utf8_lossy(&output.stdout).trim_end());
    assert!(
        folder.join("complete").exists(),
        "the servers that stand in for clouds and mail servers are not in {}. \
         Install them with: scripts/test-servers",
        folder.display()
    );
    folder
}

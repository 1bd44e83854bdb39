use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::Command;

use tempfile::TempDir;

/// A certificate of `127.0.0.1` that vouches for itself, with its key. Both are removed with this
/// value.
#[derive(Debug)]
pub struct Certificate {
    folder: TempDir,
}

impl Certificate {
    /// Makes one.
    #[expect(clippy::new_without_default, reason = "it runs a program")]
    pub fn new() -> Self {
        let folder = tempfile::tempdir().expect("cannot make a temporary folder");
        let made = Self { folder };
        let output = Command::new("openssl")
            .args(["req", "-x509", "-nodes", "-days", "2", "-subj", "/CN=test"])
            .args(["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"])
            .args(["-addext", "subjectAltName=IP:127.0.0.1"])
            // Or clients would refuse it, as an authority that stands for a server.
            .args(["-addext", "basicConstraints=critical,CA:FALSE"])
            .arg("-keyout")
            .arg(made.key())
            .arg("-out")
            .arg(made.file())
            .output()
            .unwrap_or_else(|error| {
                panic!("cannot run openssl: {error}. Install it with: apt-get install openssl")
            });
        assert!(output.status.success(), "{output:?}");
        // Servers run as somebody else.
        fs::set_permissions(made.folder.path(), Permissions::from_mode(0o755))
            .expect("the folder is ours");
        made
    }

    /// The certificate, in PEM.
    pub fn file(&self) -> PathBuf {
        self.folder.path().join("certificate.pem")
    }

    /// Its key, in PEM.
    pub fn key(&self) -> PathBuf {
        self.folder.path().join("key.pem")
    }
}

//! Servers that end with the test process, in whatever way that ends.

use std::fs;
use std::io::Write;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

const SCRIPT: &str = include_str!("kept.sh");
/// More than the slowest machine needs to start a server.
const LIMIT: Duration = Duration::from_mins(1);

/// A server with a folder of its own, which belongs to a small shell script.
#[derive(Debug)]
pub(crate) struct Kept {
    name: &'static str,
    folder: PathBuf,
    keeper: Child,
    orders: Option<ChildStdin>,
}

impl Kept {
    /// A new folder for a server of this name. `command` gets the folder, in which it will run.
    pub(crate) fn new(name: &'static str, command: impl FnOnce(&Path) -> Vec<String>) -> Self {
        // The keeper removes the folder.
        let folder = tempfile::Builder::new()
            .prefix(&format!("filittle-{name}-"))
            .tempdir()
            .unwrap_or_else(|error| panic!("cannot make a temporary folder for {name}: {error}"))
            .keep();
        let mut keeper = Command::new("sh")
            .args(["-c", SCRIPT, "keeper"])
            .arg(&folder)
            .args(command(&folder))
            // What ends the tests, such as Ctrl-C, must not end the keeper.
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| panic!("cannot run sh: {error}"));
        Self {
            name,
            folder,
            orders: keeper.stdin.take(),
            keeper,
        }
    }

    /// Starts the server, and waits until `is_ready`.
    pub(crate) fn start(&mut self, is_ready: impl Fn() -> bool) {
        self.order("start", is_ready);
    }

    /// Kills the server, and waits until `is_gone`. Its folder stays.
    pub(crate) fn kill(&mut self, is_gone: impl Fn() -> bool) {
        self.order("kill", is_gone);
    }

    fn order(&mut self, order: &str, is_done: impl Fn() -> bool) {
        let orders = self.orders.as_mut().expect("it is closed at the end only");
        writeln!(orders, "{order}")
            .unwrap_or_else(|error| panic!("the keeper of {}: {error}", self.name));
        let end = Instant::now() + LIMIT;
        while !is_done() {
            assert!(
                Instant::now() < end,
                "{order} of {} is not done after {LIMIT:?}. Its log:\n{}",
                self.name,
                self.log()
            );
            thread::sleep(Duration::from_millis(5));
        }
    }

    /// Its folder.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// What the server wrote.
    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.folder.join("log")).unwrap_or_default()
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        self.orders = None;
        let _ = self.keeper.wait();
    }
}

/// Whether a program is in `PATH`.
pub(crate) fn is_installed(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(program).exists())
}

/// The path of a program, which Debian may keep out of the `PATH` of users.
pub(crate) fn program(name: &str, package: &str) -> String {
    let system = format!("/usr/sbin/{name}");
    if is_installed(name) {
        return name.to_owned();
    }
    assert!(
        Path::new(&system).exists(),
        "{name} is not installed. Install it with: apt-get install {package}"
    );
    system
}

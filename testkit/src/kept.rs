//! Servers that end with the test process, in whatever way that ends.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

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
    answers: BufReader<ChildStdout>,
    server: Option<Pid>,
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
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| panic!("cannot run sh: {error}"));
        Self {
            name,
            folder,
            orders: keeper.stdin.take(),
            answers: BufReader::new(keeper.stdout.take().expect("its output is a pipe")),
            keeper,
            server: None,
        }
    }

    /// Starts the server, and waits until `is_ready`.
    pub(crate) fn start(&mut self, is_ready: impl Fn() -> bool) {
        let answer = self.ask("start");
        self.server = answer.parse().ok().and_then(Pid::from_raw);
        let end = Instant::now() + LIMIT;
        while !is_ready() {
            assert!(
                Instant::now() < end,
                "{} is not ready after {LIMIT:?}. Its log:\n{}",
                self.name,
                self.log()
            );
            thread::sleep(Duration::from_millis(5));
        }
    }

    /// SIGKILL. It has ended when this returns.
    pub(crate) fn kill(&mut self) {
        self.server = None;
        assert_eq!(self.ask("kill"), "killed");
    }

    /// Sends a signal to the server. Its keeper reaps it only at an order, so the process id is
    /// still its own.
    pub(crate) fn signal(&self, signal: Signal) {
        if let Some(server) = self.server {
            let _ = kill_process(server, signal);
        }
    }

    /// What the server wrote.
    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.folder.join("log")).unwrap_or_default()
    }

    fn ask(&mut self, order: &str) -> String {
        let mut answer = String::new();
        let orders = self.orders.as_mut().expect("it is closed at the end only");
        writeln!(orders, "{order}")
            .and_then(|()| self.answers.read_line(&mut answer))
            .unwrap_or_else(|error| panic!("the keeper of {}: {error}", self.name));
        answer.trim_end().to_owned()
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

//! The shell scripts that outlive the test process and clean up after it, and whom they run as.

use std::env;
use std::ffi::OsStr;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};

use crate::free_port;

const OWN: &str = include_str!("own.sh");
const LENT: &str = include_str!("lent.sh");

/// Drops all databases whose names begin with `prefix`, when this process has ended.
pub(super) fn of_lent_server(psql: &Path, url: &str, prefix: &str) -> Child {
    keeper(
        None,
        LENT,
        [psql.as_os_str(), url.as_ref(), prefix.as_ref()],
    )
}

/// A server that only this process uses, and its keeper.
#[derive(Debug)]
pub(super) struct OwnServer {
    pub(super) keeper: Child,
    answers: BufReader<ChildStdout>,
    folder: PathBuf,
    pub(super) port: u16,
}

/// Starts a server with these options, and stops it and removes all it wrote when this process has
/// ended, or when the keeper's input is closed.
pub(super) fn of_own_server(binaries: &Path, options: &str) -> OwnServer {
    let user = User::to_run_as();
    // The keeper removes the folder.
    let folder = tempfile::Builder::new()
        .prefix("filittle-postgres-")
        .tempdir()
        .expect("cannot make a temporary folder for PostgreSQL")
        .keep();
    if let Some(user) = &user {
        user.gets(&folder);
    }
    let mut keeper = keeper(
        user.as_ref(),
        OWN,
        [binaries.as_os_str(), folder.as_os_str(), options.as_ref()],
    );
    let answers = BufReader::new(keeper.stdout.take().expect("its output is a pipe"));
    let mut server = OwnServer {
        keeper,
        answers,
        folder,
        port: 0,
    };
    server.settle_on_a_port();
    server
}

impl OwnServer {
    /// Has the keeper try ports until the server runs on one.
    fn settle_on_a_port(&mut self) {
        const TRIES: usize = 5;
        for _ in 0..TRIES {
            self.port = free_port();
            // Another process may have taken the port in the meantime.
            if self.start() {
                return;
            }
        }
        let log = self.log();
        panic!("PostgreSQL did not start on any of {TRIES} ports. Its log:\n{log}");
    }

    /// Starts the server on its port; answers whether it runs.
    pub(super) fn start(&mut self) -> bool {
        let port = self.port.to_string();
        match self.ask(&port).as_str() {
            "ready" => true,
            "failed" => false,
            other => self.has_ended(other),
        }
    }

    /// Stops the server as a crash would.
    pub(super) fn stop(&mut self) {
        match self.ask("stop").as_str() {
            "stopped" => {}
            other => self.has_ended(other),
        }
    }

    pub(super) fn log(&self) -> String {
        fs::read_to_string(self.folder.join("log")).unwrap_or_default()
    }

    fn ask(&mut self, order: &str) -> String {
        let input = self.keeper.stdin.as_mut();
        let input = input.expect("the keeper's standard input is a pipe");
        let mut answer = String::new();
        match writeln!(input, "{order}").and_then(|()| self.answers.read_line(&mut answer)) {
            Ok(_) => answer.trim_end().to_owned(),
            Err(error) => error.to_string(),
        }
    }

    fn has_ended(&self, answer: &str) -> ! {
        let _ = fs::remove_dir_all(&self.folder);
        panic!(
            "the shell that starts PostgreSQL ended ({answer:?}). Can its user enter {}?",
            self.folder.display()
        );
    }
}

/// Starts a keeper in a process group of its own: what ends the tests, such as Ctrl-C, must not
/// end it.
fn keeper<'a>(
    user: Option<&User>,
    script: &str,
    arguments: impl IntoIterator<Item = &'a OsStr>,
) -> Child {
    let mut command = match user {
        None => Command::new("sh"),
        Some(user) => {
            let mut command = Command::new("setpriv");
            command
                .arg(format!("--reuid={}", user.uid))
                .arg(format!("--regid={}", user.gid))
                .args(["--clear-groups", "--", "sh"]);
            command
        }
    };
    command
        .args(["-c", script, "keeper"])
        .args(arguments)
        .process_group(0)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap_or_else(|error| panic!("cannot run {}: {error}", command.get_program().display()))
}

/// The folder of the newest PostgreSQL, with a slash at its end; empty for what is in `PATH`.
pub(super) fn binaries() -> PathBuf {
    let installed = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten();
    let newest = installed
        .filter_map(|entry| {
            let version: u32 = entry.file_name().to_str()?.parse().ok()?;
            // With nothing joined, a path gets a slash at its end.
            let folder = entry.path().join("bin").join("");
            folder.join("initdb").exists().then_some((version, folder))
        })
        .max();
    if let Some((_, folder)) = newest {
        return folder;
    }
    let path = env::var_os("PATH").unwrap_or_default();
    assert!(
        env::split_paths(&path).any(|folder| folder.join("initdb").exists()),
        "PostgreSQL is not installed: there is no initdb in /usr/lib/postgresql/*/bin nor in \
         PATH. Install it with: apt-get install postgresql"
    );
    PathBuf::new()
}

/// Lets the server read a file that nobody else may read.
pub(super) fn give(file: &Path) {
    if let Some(user) = User::to_run_as() {
        user.gets(file);
    }
}

/// Somebody who is not root.
struct User {
    uid: u32,
    gid: u32,
}

impl User {
    fn gets(&self, path: &Path) {
        chown(path, Some(self.uid), Some(self.gid))
            .unwrap_or_else(|error| panic!("cannot give {} away: {error}", path.display()));
    }

    /// Whom PostgreSQL must run as: nobody else unless we are root.
    fn to_run_as() -> Option<Self> {
        if !rustix::process::geteuid().is_root() {
            return None;
        }
        let user = Self::named("postgres").or_else(|| Self::named("nobody"));
        Some(user.expect("root cannot run PostgreSQL, and there is no user postgres nor nobody"))
    }

    fn named(name: &str) -> Option<Self> {
        let id = |option: &str| {
            let output = Command::new("id").args([option, name]).output().ok()?;
            String::from_utf8(output.stdout)
                .ok()?
                .trim_end()
                .parse()
                .ok()
        };
        Some(Self {
            uid: id("-u")?,
            gid: id("-g")?,
        })
    }
}

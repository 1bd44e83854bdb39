//! The shell scripts that outlive the test process and clean up after it, and whom they run as.

use std::env;
use std::ffi::OsStr;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

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

/// Starts a server, and stops it and removes all it wrote when this process has ended. Returns the
/// server's port too.
pub(super) fn of_own_server(binaries: &Path) -> (Child, u16) {
    let user = User::to_run_as();
    // The keeper removes the folder.
    let folder = tempfile::Builder::new()
        .prefix("filittle-postgres-")
        .tempdir()
        .expect("cannot make a temporary folder for PostgreSQL")
        .keep();
    if let Some(user) = &user {
        chown(&folder, Some(user.uid), Some(user.gid))
            .unwrap_or_else(|error| panic!("cannot give {} away: {error}", folder.display()));
    }
    let mut keeper = keeper(
        user.as_ref(),
        OWN,
        [binaries.as_os_str(), folder.as_os_str()],
    );
    let port = settle_on_a_port(&mut keeper, &folder);
    (keeper, port)
}

/// Has the keeper try ports until the server runs on one.
fn settle_on_a_port(keeper: &mut Child, folder: &Path) -> u16 {
    const TRIES: usize = 5;
    let input = keeper
        .stdin
        .as_mut()
        .expect("the keeper's standard input is a pipe");
    let mut answers = BufReader::new(keeper.stdout.take().expect("its output is one, too"));
    let mut answer = String::new();
    for _ in 0..TRIES {
        let port = free_port();
        answer.clear();
        let asked = writeln!(input, "{port}").and_then(|()| answers.read_line(&mut answer));
        match (asked, answer.trim_end()) {
            (Ok(_), "ready") => return port,
            // Another process may have taken the port in the meantime.
            (Ok(_), "failed") => {}
            (asked, _) => {
                let _ = fs::remove_dir_all(folder);
                panic!(
                    "the shell that starts PostgreSQL ended ({asked:?}). Can its user enter {}?",
                    folder.display()
                );
            }
        }
    }
    let log = fs::read_to_string(folder.join("log")).unwrap_or_default();
    panic!("PostgreSQL did not start on any of {TRIES} ports. Its log:\n{log}");
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

/// Somebody who is not root.
struct User {
    uid: u32,
    gid: u32,
}

impl User {
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

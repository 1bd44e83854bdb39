//! The service as a process.

use std::path::Path;
use std::process::{Command, ExitStatus};

use filittle_testkit::{Process, Signal};

use crate::client::Client;
use crate::times::LONG;

/// A running `filittle serve`. Killed when dropped.
pub(crate) struct Service {
    pub(crate) process: Process,
    pub(crate) url: String,
}

/// What the first start tells, once.
pub(crate) struct Welcome {
    pub(crate) address: String,
    pub(crate) password: String,
    pub(crate) key: String,
    /// A line for a shell.
    pub(crate) line: String,
}

/// The binary, without the settings of whoever runs the tests.
pub(crate) fn filittle() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_filittle"));
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("FILITTLE_") {
            command.env_remove(name);
        }
    }
    command
}

/// `filittle serve` on this folder and a free port.
pub(crate) fn serve(data: &Path) -> Command {
    let mut command = filittle();
    command.args(["serve", "--listen", "127.0.0.1:0", "--data"]);
    command.arg(data);
    command
}

impl Service {
    pub(crate) fn start(data: &Path) -> Self {
        Self::run(serve(data))
    }

    /// Runs a command and waits until it listens.
    pub(crate) fn run(command: Command) -> Self {
        let mut process = Process::start(command);
        let line = process.wait_for_line("filittle listens on ", LONG);
        let url = line.strip_prefix("filittle listens on ").unwrap();
        Self {
            url: url.to_owned(),
            process,
        }
    }

    /// Runs a command on a new folder; answers the first account's client, too.
    pub(crate) fn first(command: Command) -> (Self, Client) {
        let service = Self::run(command);
        let client = service.client(&service.welcome().key);
        (service, client)
    }

    pub(crate) fn client(&self, key: &str) -> Client {
        Client::new(&self.url, key)
    }

    /// What it told on a new folder.
    pub(crate) fn welcome(&self) -> Welcome {
        let lines = self.process.output();
        let after = |label: &str| {
            let line = lines
                .iter()
                .find_map(|line| line.trim().strip_prefix(label));
            line.unwrap_or_else(|| panic!("no {label:?} in {lines:#?}"))
                .trim()
                .to_owned()
        };
        let line = lines.iter().find(|line| line.contains("curl "));
        Welcome {
            address: after("address "),
            password: after("password "),
            key: after("export FILITTLE_KEY="),
            line: line.expect("a line with curl").trim().to_owned(),
        }
    }

    /// Ctrl-C, and its end.
    pub(crate) fn interrupt(&self) -> ExitStatus {
        self.process.signal(Signal::INT);
        self.process.wait(LONG)
    }

    /// Ctrl-C; it must end well.
    pub(crate) fn stop(self) {
        let status = self.interrupt();
        assert!(status.success(), "{status}: {:#?}", self.process.errors());
    }

    /// SIGKILL; answers what it had logged.
    pub(crate) fn kill(self) -> Vec<String> {
        self.process.signal(Signal::KILL);
        self.process.wait(LONG);
        self.process.errors()
    }

    /// The most memory it ever had, in MiB.
    pub(crate) fn peak_mib(&self) -> u64 {
        let path = format!("/proc/{}/status", self.process.id());
        let status = std::fs::read_to_string(path).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kib: u64 = line
            .unwrap()
            .trim()
            .trim_end_matches(" kB")
            .parse()
            .unwrap();
        kib / 1024
    }
}

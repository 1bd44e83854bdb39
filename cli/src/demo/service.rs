//! The service as a child process.

use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};
use tokio::time::timeout;

use crate::memory;

type Error = Box<dyn std::error::Error>;

const START: Duration = Duration::from_secs(30);
const END: Duration = Duration::from_mins(1);

/// A running service on a data folder of its own.
pub(super) struct Service {
    child: Child,
    data: PathBuf,
    url: String,
    /// Kept open, because a service that cannot say anything ends.
    _lines: Lines<BufReader<ChildStdout>>,
}

impl Service {
    /// Starts on `listen`; port 0 is any free port.
    pub(super) async fn start(data: &Path, listen: &str) -> Result<Self, Error> {
        let log = std::fs::File::options()
            .create(true)
            .append(true)
            .open(data.join("service.log"))?;
        let mut child = Command::new(std::env::current_exe()?)
            .args(["serve", "--listen", listen, "--data"])
            .arg(data.join("data"))
            .env_remove("FILITTLE_PUBLIC_URL")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log)
            .kill_on_drop(true)
            .spawn()?;
        let stdout = child.stdout.take().ok_or("the service has no output")?;
        let mut lines = BufReader::new(stdout).lines();
        let address = timeout(START, address(&mut lines)).await;
        let url = match address {
            Ok(Ok(Some(url))) => url,
            Ok(Err(error)) => return Err(error.into()),
            Ok(Ok(None)) | Err(_) => {
                let log = std::fs::read_to_string(data.join("service.log"))?;
                return Err(format!("the service did not start; its log:\n{log}").into());
            }
        };
        Ok(Self {
            child,
            data: data.to_owned(),
            url,
            _lines: lines,
        })
    }

    pub(super) fn url(&self) -> &str {
        &self.url
    }

    pub(super) fn mails(&self) -> PathBuf {
        self.data.join("data/mail")
    }

    /// Peak of the resident memory in MiB, where the system tells it.
    pub(super) fn peak_mib(&self) -> Option<u64> {
        let pid = self.child.id()?.to_string();
        memory::peak(&pid).map(|bytes| bytes >> 20)
    }

    /// SIGKILL, then a start on the same folder and port.
    pub(super) async fn crash(mut self) -> Result<Self, Error> {
        self.child.kill().await?;
        let listen = self.url.trim_start_matches("http://").to_owned();
        Self::start(&self.data, &listen).await
    }

    /// Asks it to end, as Ctrl-C does, and waits for it.
    pub(super) async fn end(mut self) -> Result<ExitStatus, Error> {
        let pid = self
            .child
            .id()
            .and_then(|id| Pid::from_raw(id.cast_signed()));
        kill_process(pid.ok_or("the service has ended by itself")?, Signal::INT)?;
        Ok(timeout(END, self.child.wait())
            .await
            .map_err(|_| "the service did not end")??)
    }
}

async fn address(lines: &mut Lines<BufReader<ChildStdout>>) -> std::io::Result<Option<String>> {
    while let Some(line) = lines.next_line().await? {
        if let Some(url) = line.strip_prefix("filittle listens on ") {
            return Ok(Some(url.to_owned()));
        }
    }
    Ok(None)
}

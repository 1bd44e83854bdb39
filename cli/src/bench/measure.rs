//! One row of the table, measured in two processes.

use std::{
    env,
    io::{self, Seek},
    process::{Command, Stdio},
};

use serde_json::Value;

use super::{Asked, choice::Choice};

/// What a format and level made of a file.
pub(super) struct Measured {
    pub choice: Choice,
    /// Bytes of the file that were packed: all, or those of its beginning.
    pub from: u64,
    pub is_all: bool,
    /// Bytes that it became.
    pub bytes: u64,
    pub pack: Took,
    pub unpack: Took,
}

/// What one way took.
pub(super) struct Took {
    pub seconds: f64,
    /// Peak bytes, where the system tells them.
    pub memory: Option<u64>,
}

impl Measured {
    /// How many times as large it was.
    pub(super) fn ratio(&self) -> f64 {
        as_float(self.from) / as_float(self.bytes.max(1))
    }

    /// Bytes of the file a second.
    pub(super) fn speed(&self, took: &Took) -> f64 {
        as_float(self.from) / took.seconds.max(1e-9)
    }
}

#[expect(clippy::cast_precision_loss, reason = "for people, in few digits")]
pub(super) fn as_float(bytes: u64) -> f64 {
    bytes as f64
}

pub(super) fn measure(choice: Choice, asked: &Asked<'_>, size: u64) -> io::Result<Measured> {
    let mut packed = tempfile::tempfile()?;
    let nothing = Stdio::null();
    let (from, pack) = task("pack", choice, asked, (nothing, packed.try_clone()?.into()))?;
    packed.rewind()?;
    let bytes = packed.metadata()?.len();
    let (unpacked, unpack) = task("unpack", choice, asked, (packed.into(), Stdio::null()))?;
    if unpacked != from {
        return Err(io::Error::other(format!("{choice} lost bytes of it")));
    }
    Ok(Measured {
        choice,
        from,
        is_all: from == size,
        bytes,
        pack,
        unpack,
    })
}

/// A process for one way: how many bytes of the file, and what it took.
fn task(
    name: &str,
    choice: Choice,
    asked: &Asked<'_>,
    (stdin, stdout): (Stdio, Stdio),
) -> io::Result<(u64, Took)> {
    let mut command = Command::new(env::current_exe()?);
    command.arg("bench").arg(format!("--task={name}"));
    command.arg(format!("--format={}", choice.format));
    command.arg(format!("--level={}", choice.level));
    command.arg(format!("--threads={}", asked.threads));
    command.arg(format!("--seconds={}", asked.seconds));
    command.arg("--").arg(asked.path);
    let child = command
        .stdin(stdin)
        .stdout(stdout)
        .stderr(Stdio::piped())
        .spawn()?;
    let ended = child.wait_with_output()?;
    let told = String::from_utf8_lossy(&ended.stderr);
    let told = told.trim();
    if !ended.status.success() {
        return Err(io::Error::other(format!(
            "{choice}: {told} ({})",
            ended.status
        )));
    }
    let took: Value = serde_json::from_str(told).map_err(io::Error::other)?;
    let took_of = |name| took.get(name).and_then(Value::as_u64);
    Ok((
        took_of("bytes").unwrap_or_default(),
        Took {
            seconds: took["seconds"].as_f64().unwrap_or_default(),
            memory: took_of("memory"),
        },
    ))
}

//! What a process of its own does for one row: it packs or unpacks, and tells what it took.

use std::{
    fs::File,
    io::{self, Read, Seek, Write},
    os::fd::AsFd,
    path::Path,
    process::ExitCode,
    time::{Duration, Instant},
};

use clap::ArgMatches;
use filittle_pack::{Settings, read};
use serde_json::json;

use super::choice::{self, Choice};
use crate::{
    local::{complain, flags},
    memory,
};

/// A little file is packed over and over for so long, and the best time counts.
const LONG_ENOUGH: Duration = Duration::from_millis(300);

/// Bytes by which it is told how long all of a file would take.
const PROBE: u64 = 1 << 20;

const BLOCK: usize = 256 << 10;

/// Packs `path` to standard output, or unpacks standard input, which is to be `path`. What it took
/// is a line of JSON on standard error.
pub(super) fn run(task: &str, path: &Path, matches: &ArgMatches) -> ExitCode {
    let choices = choice::choices(matches).unwrap_or_default();
    let Some(choice) = choices.first() else {
        return ExitCode::from(2);
    };
    let seconds = matches.get_one("seconds").copied().unwrap_or(1);
    let took = match task {
        "pack" => pack(path, *choice, flags::threads(matches), seconds),
        _ => unpack(path, *choice),
    };
    match took {
        Ok(Took {
            bytes,
            time,
            memory,
        }) => {
            let took = json!({"bytes": bytes, "seconds": time.as_secs_f64(), "memory": memory});
            complain(&took.to_string());
            ExitCode::SUCCESS
        }
        Err(error) => {
            complain(&error.to_string());
            ExitCode::FAILURE
        }
    }
}

/// What packing or unpacking took.
struct Took {
    /// Of the file, from its beginning.
    bytes: u64,
    time: Duration,
    /// Peak bytes, beside what the program takes by itself; nothing where the system does not tell.
    memory: Option<u64>,
}

fn pack(path: &Path, choice: Choice, threads: usize, seconds: u32) -> io::Result<Took> {
    let before = memory::peak("self");
    let mut file = File::open(path)?;
    let mut out = File::from(io::stdout().as_fd().try_clone_to_owned()?);
    let settings = |bytes| Settings {
        threads,
        size: Some(bytes),
        verify: false,
        ..Settings::new(choice.format, choice.level)
    };
    let size = file.metadata()?.len();
    let mut packed_of = |bytes: u64, out: &mut dyn Write| {
        file.rewind()?;
        packed(&mut (&file).take(bytes), out, &settings(bytes))
    };
    let mut bytes = size.min(PROBE);
    if size > PROBE {
        let time = packed_of(PROBE, &mut io::sink())?;
        bytes = size.min(within(seconds, time));
    }
    let first = packed_of(bytes, &mut out)?;
    let memory = peak_since(before);
    let time = best(first, || packed_of(bytes, &mut io::sink()))?;
    Ok(Took {
        bytes,
        time,
        memory,
    })
}

/// About as many bytes as are packed in so many seconds, if [`PROBE`] bytes take `time`.
fn within(seconds: u32, time: Duration) -> u64 {
    let times = u128::from(seconds) * 1_000_000_000 / time.as_nanos().max(1);
    PROBE.saturating_mul(u64::try_from(times).unwrap_or(u64::MAX).max(1))
}

fn packed(from: &mut dyn Read, into: &mut dyn Write, settings: &Settings) -> io::Result<Duration> {
    let start = Instant::now();
    let mut packed = read::Encoder::new(from, settings)?;
    let mut block = vec![0; BLOCK];
    loop {
        match packed.read(&mut block)? {
            0 => return Ok(start.elapsed()),
            count => into.write_all(&block[..count])?,
        }
    }
}

fn unpack(path: &Path, choice: Choice) -> io::Result<Took> {
    let before = memory::peak("self");
    let mut packed = File::from(io::stdin().as_fd().try_clone_to_owned()?);
    let mut unpacked = || {
        packed.rewind()?;
        compared(&packed, File::open(path)?, choice)
    };
    let (bytes, first) = unpacked()?;
    let memory = peak_since(before);
    let time = best(first, || Ok(unpacked()?.1))?;
    Ok(Took {
        bytes,
        time,
        memory,
    })
}

/// Unpacks, and compares beside the clock.
fn compared(packed: &File, mut file: File, choice: Choice) -> io::Result<(u64, Duration)> {
    let mut unpacked = read::Decoder::new(packed, choice.format);
    let (mut block, mut same) = (vec![0; BLOCK], vec![0; BLOCK]);
    let (mut bytes, mut time) = (0, Duration::ZERO);
    loop {
        let start = Instant::now();
        let count = unpacked.read(&mut block)?;
        time += start.elapsed();
        if count == 0 {
            return Ok((bytes, time));
        }
        let same = &mut same[..count];
        if file.read_exact(same).is_err() || block[..count] != *same {
            return Err(io::Error::other(
                "what was unpacked is not what had been packed, or the file was changed meanwhile",
            ));
        }
        bytes += count as u64;
    }
}

/// The shortest of as many times as fit in a moment.
fn best(first: Duration, mut again: impl FnMut() -> io::Result<Duration>) -> io::Result<Duration> {
    let (mut best, mut sum) = (first, first);
    while sum < LONG_ENOUGH {
        let time = again()?;
        best = best.min(time);
        sum += time;
    }
    Ok(best)
}

fn peak_since(before: Option<u64>) -> Option<u64> {
    Some(memory::peak("self")?.saturating_sub(before?))
}

//! Peak memory of a process, where the system tells it.

use std::fs;

/// Bytes of resident memory that the process `pid`, or `self`, has had at most since it began.
pub(crate) fn peak(pid: &str) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kib: u64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kib * 1024)
}

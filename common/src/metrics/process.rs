//! The process itself, by the names that every client of Prometheus gives them, and how its parts are.
//! What only Linux tells is told on Linux.

use std::fs;

use prometheus::{Counter, IntGauge, IntGaugeVec};

use super::families::Families;
use crate::clock::Clock;

/// See the texts in `new`.
pub struct Process {
    ready: IntGauge,
    parts: IntGaugeVec,
    resident: IntGauge,
    cpu: Counter,
    threads: IntGauge,
    open_fds: IntGauge,
    max_fds: IntGauge,
}

impl Process {
    pub(super) fn new(families: &Families) -> Self {
        let build = families.gauges(
            "filittle_build_info",
            "Which version it is; always 1.",
            &["version"],
        );
        build.with_label_values(&[env!("CARGO_PKG_VERSION")]).set(1);
        let start = families.fraction(
            "process_start_time_seconds",
            "When the process started, in seconds since 1970.",
        );
        #[expect(clippy::cast_precision_loss, reason = "seconds are exact for long")]
        start.set(Clock::System.micros() as f64 / 1e6);
        Self {
            ready: families.gauge(
                "filittle_ready",
                "Whether the process can do its work, as /readyz says; 1 or 0.",
            ),
            parts: families.gauges(
                "filittle_part_up",
                "Whether a part that the process needs works; 1 or 0.",
                &["part"],
            ),
            resident: families.gauge("process_resident_memory_bytes", "Memory that is in use."),
            cpu: families.made(Counter::new(
                "process_cpu_seconds_total",
                "Time of all processors together.",
            )),
            threads: families.gauge("process_threads", "Threads."),
            open_fds: families.gauge("process_open_fds", "Open file descriptors."),
            max_fds: families.gauge("process_max_fds", "File descriptors that may be open."),
        }
    }

    /// Whether the process can do its work, and whether each of its parts works.
    pub(crate) fn tell(
        &self,
        is_ready: bool,
        parts: impl IntoIterator<Item = (&'static str, bool)>,
    ) {
        self.ready.set(i64::from(is_ready));
        for (part, is_up) in parts {
            self.parts.with_label_values(&[part]).set(i64::from(is_up));
        }
    }

    pub(super) fn sample(&self) {
        if let Ok(status) = fs::read_to_string("/proc/self/status") {
            let of = |name| field(&status, name).unwrap_or_default();
            self.resident.set(of("VmRSS:") * 1024);
            self.threads.set(of("Threads:"));
        }
        if let Some(seconds) = cpu_seconds() {
            self.cpu.inc_by((seconds - self.cpu.get()).max(0.0));
        }
        if let Ok(open) = fs::read_dir("/proc/self/fd") {
            // One of them is this look's own.
            let open = open.count().saturating_sub(1);
            self.open_fds.set(i64::try_from(open).unwrap_or(i64::MAX));
        }
        if let Ok(limits) = fs::read_to_string("/proc/self/limits") {
            let most = field(&limits, "Max open files");
            self.max_fds.set(most.unwrap_or(i64::MAX));
        }
    }
}

/// The first number behind the name that a line begins with.
fn field(text: &str, name: &str) -> Option<i64> {
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    line.split_whitespace().next()?.parse().ok()
}

/// Of user and system: the 14th and the 15th field of proc(5)'s stat, in ticks. The second, a name,
/// may have spaces, but ends with the last bracket.
fn cpu_seconds() -> Option<f64> {
    let stat = fs::read_to_string("/proc/self/stat").ok()?;
    let after = stat.rsplit_once(')')?.1;
    let mut fields = after.split_whitespace().skip(11);
    let mut ticks = || fields.next()?.parse::<u32>().ok().map(f64::from);
    #[expect(clippy::cast_precision_loss, reason = "a hundred, nearly always")]
    let per_second = rustix::param::clock_ticks_per_second() as f64;
    Some((ticks()? + ticks()?) / per_second)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_found_by_their_name() {
        let text = "VmHWM:\t  9 kB\nVmRSS:\t  12345 kB\nMax open files  1024  4096 files\n";
        assert_eq!(field(text, "VmRSS:"), Some(12345));
        assert_eq!(field(text, "Max open files"), Some(1024));
        assert_eq!(field(text, "Threads:"), None);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn the_time_of_the_processors_grows() {
        let before = cpu_seconds().unwrap();
        while cpu_seconds().unwrap() <= before {
            std::hint::black_box(vec![1_u8; 1 << 16]);
        }
    }
}

//! A live bar for each job.

use indicatif::{HumanBytes, MultiProgress, ProgressBar, ProgressStyle};
use serde_json::Value;

/// The bars of all jobs. On anything but a terminal they draw nothing.
pub(super) struct Bars {
    all: MultiProgress,
}

impl Bars {
    pub(super) fn new() -> Self {
        Self {
            all: MultiProgress::new(),
        }
    }

    pub(super) fn add(&self, name: &str, bytes: u64) -> Bar {
        let style = "{prefix:28!} {bar:24} {msg}";
        // The template is right, and if it were not, plain bars would do.
        let style =
            ProgressStyle::with_template(style).unwrap_or_else(|_| ProgressStyle::default_bar());
        let bar = self.all.add(ProgressBar::new(bytes).with_style(style));
        bar.set_prefix(name.to_owned());
        Bar {
            bar,
            name: name.to_owned(),
            before: bytes,
        }
    }

    /// A line above the bars, or just a line where there are none.
    #[expect(clippy::print_stdout, reason = "the demo tells what it does")]
    pub(super) fn say(&self, line: &str) {
        self.all.suspend(|| println!("{line}"));
    }
}

/// The bar of one job.
pub(super) struct Bar {
    bar: ProgressBar,
    name: String,
    before: u64,
}

impl Bar {
    /// Shows how far a job is.
    pub(super) fn show(&self, job: &Value) {
        if let Some(done) = job["progress"]["done"].as_u64() {
            self.bar.set_position(done);
        }
        let phase = job["progress"]["phase"].as_str().or(job["state"].as_str());
        self.bar.set_message(phase.unwrap_or_default().to_owned());
    }

    /// The last word on a job: its time, its bytes before and after.
    pub(super) fn end(&self, job: &Value, seconds: f64) -> String {
        let after: u64 = sizes(job);
        self.bar.finish_and_clear();
        format!(
            "{:28} {:9} {seconds:6.2} s  {:>10} → {:>10}",
            self.name,
            job["state"].as_str().unwrap_or_default(),
            HumanBytes(self.before).to_string(),
            HumanBytes(after).to_string(),
        )
    }
}

fn sizes(job: &Value) -> u64 {
    let outputs = job["outputs"].as_array().map_or(&[][..], Vec::as_slice);
    outputs
        .iter()
        .filter_map(|output| output["size"].as_u64())
        .sum()
}

//! How much may come in and be made: the same words for all processes.

use clap::Args;
use filittle_common::config::Limits;

use crate::mistakes::Mistakes;

/// What an operator may say of it.
#[derive(Clone, Debug, Args)]
pub struct LimitOptions {
    /// Bytes that one uploaded file may have [default: 5 GiB]
    #[arg(long, env = "FILITTLE_MAX_FILE_BYTES")]
    max_file_bytes: Option<String>,
    /// File parts that one request may have [default: 1000]
    #[arg(long, env = "FILITTLE_MAX_PARTS")]
    max_parts: Option<String>,
    /// Bytes of a picture that is to be decoded [default: 100 MiB]
    #[arg(long, env = "FILITTLE_MAX_PICTURE_BYTES")]
    max_picture_bytes: Option<String>,
    /// Pixels of a picture, read or made [default: 100000000]
    #[arg(long, env = "FILITTLE_MAX_PIXELS")]
    max_pixels: Option<String>,
    /// Bytes of all that one job makes [default: 50 GiB]
    #[arg(long, env = "FILITTLE_MAX_OUTPUT_BYTES")]
    max_output_bytes: Option<String>,
    /// Files, folders and links in one archive that is unpacked [default: 100000]
    #[arg(long, env = "FILITTLE_MAX_ENTRIES")]
    max_entries: Option<String>,
    /// How many times as large as it is a file over 64 MiB may become unpacked [default: 1000]
    #[arg(long, env = "FILITTLE_MAX_EXPANSION")]
    max_expansion: Option<String>,
    /// Inputs of one job [default: 1000]
    #[arg(long, env = "FILITTLE_MAX_INPUTS")]
    max_inputs: Option<String>,
    /// Steps of one job [default: 20]
    #[arg(long, env = "FILITTLE_MAX_STEPS")]
    max_steps: Option<String>,
    /// Jobs that may be there without having ended [default: 1000000]
    #[arg(long, env = "FILITTLE_MAX_BACKLOG")]
    max_backlog: Option<String>,
    /// Of them those of one account [default: 100000]
    #[arg(long, env = "FILITTLE_MAX_BACKLOG_OF_ACCOUNT")]
    max_backlog_of_account: Option<String>,
    /// Deaths of workers that end a job they had in work [default: 3]
    #[arg(long, env = "FILITTLE_MAX_CRASHES")]
    max_crashes: Option<String>,
}

impl LimitOptions {
    /// The limits, when all of them are right; the rest goes to `mistakes`.
    pub fn check(self, mistakes: &mut Mistakes) -> Option<Limits> {
        let usual = Limits::default();
        let mut bytes = |name, said, usual| mistakes.number(name, said, usual, 1..=1 << 50);
        let file_bytes = bytes(
            "FILITTLE_MAX_FILE_BYTES",
            self.max_file_bytes,
            usual.file_bytes,
        );
        let picture_bytes = bytes(
            "FILITTLE_MAX_PICTURE_BYTES",
            self.max_picture_bytes,
            usual.picture_bytes,
        );
        let output_bytes = bytes(
            "FILITTLE_MAX_OUTPUT_BYTES",
            self.max_output_bytes,
            usual.output_bytes,
        );
        let pixels = mistakes.number(
            "FILITTLE_MAX_PIXELS",
            self.max_pixels,
            usual.pixels,
            1..=65_535 * 65_535,
        );
        let mut times = |name, said, usual| mistakes.number(name, said, usual, 1..=1_000_000_000);
        let entries = times("FILITTLE_MAX_ENTRIES", self.max_entries, usual.entries);
        let expansion = times(
            "FILITTLE_MAX_EXPANSION",
            self.max_expansion,
            usual.expansion,
        );
        let mut count = |name, said, usual: usize, most| {
            let count = mistakes.number(name, said, usual as u64, 1..=most)?;
            usize::try_from(count).ok()
        };
        let parts = count("FILITTLE_MAX_PARTS", self.max_parts, usual.parts, 10_000);
        let inputs = count("FILITTLE_MAX_INPUTS", self.max_inputs, usual.inputs, 10_000);
        let steps = count("FILITTLE_MAX_STEPS", self.max_steps, usual.steps, 100);
        let mut jobs = |name, said, usual| mistakes.number(name, said, usual, 1..=1_000_000_000);
        let backlog = jobs("FILITTLE_MAX_BACKLOG", self.max_backlog, usual.backlog);
        let backlog_of_owner = jobs(
            "FILITTLE_MAX_BACKLOG_OF_ACCOUNT",
            self.max_backlog_of_account,
            usual.backlog_of_owner,
        );
        let crashes = mistakes.number(
            "FILITTLE_MAX_CRASHES",
            self.max_crashes,
            usual.crashes.unsigned_abs().into(),
            1..=1000,
        );
        Some(Limits {
            file_bytes: file_bytes?,
            parts: parts?,
            picture_bytes: picture_bytes?,
            pixels: pixels?,
            output_bytes: output_bytes?,
            entries: entries?,
            expansion: expansion?,
            inputs: inputs?,
            steps: steps?,
            backlog: backlog?,
            backlog_of_owner: backlog_of_owner?,
            crashes: i16::try_from(crashes?).ok()?,
        })
    }
}

//! What an operator may set, with the defaults of the contract.

use std::time::Duration;

use filittle_steps::{MAX_INPUTS, MAX_STEPS};

/// Limits and times that commands, queries and the engine go by.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where clients reach the service, without a slash at the end: for links in mails.
    pub public_url: String,
    /// Whether everybody who reaches the service may make an account.
    pub is_open: bool,
    /// How much may come in and be made.
    pub limits: Limits,
    /// How long a job and its outputs stay when the job does not say.
    pub keep_seconds: i64,
    /// How long a signed link of a `url` field opens.
    pub link_life: Duration,
    /// A worker's lease.
    pub lease: Duration,
    /// How often leases are renewed.
    pub renew_every: Duration,
    /// How often the pool and the sweeper look without having been rung.
    pub look_every: Duration,
    /// How long what nothing refers to stays: longer than the longest upload.
    pub grace: Duration,
    /// How long an attempt may work, until its inputs fail.
    pub max_work: Duration,
    /// For how long after a mail others to the same account are gathered into one.
    pub gather_mails: Duration,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            public_url: "http://127.0.0.1:8080".into(),
            is_open: true,
            limits: Limits::default(),
            keep_seconds: 7 * 24 * 3600,
            link_life: Duration::from_hours(24),
            lease: Duration::from_secs(9),
            renew_every: Duration::from_secs(3),
            look_every: Duration::from_secs(1),
            grace: Duration::from_hours(24),
            max_work: Duration::from_hours(6),
            gather_mails: Duration::from_mins(1),
        }
    }
}

/// How much may come in and be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of one uploaded file.
    pub file_bytes: u64,
    /// File parts of one request.
    pub parts: usize,
    /// Bytes of a picture that is to be decoded.
    pub picture_bytes: u64,
    /// Pixels of a picture, read or made.
    pub pixels: u64,
    /// Bytes of all that an attempt makes.
    pub output_bytes: u64,
    /// Files, folders and links in one archive that is unpacked.
    pub entries: u64,
    /// How many times as large as it is an input may become when it is unpacked.
    pub expansion: u64,
    /// Inputs of one job.
    pub inputs: usize,
    /// Steps of one job.
    pub steps: usize,
    /// Jobs that have not ended.
    pub backlog: u64,
    /// Of them those of one owner.
    pub backlog_of_owner: u64,
    /// Deaths of workers that end a job which they had in work.
    pub crashes: i16,
}

impl Default for Limits {
    fn default() -> Self {
        let work = filittle_transform::Limits::default();
        Self {
            file_bytes: 5 << 30,
            parts: 1000,
            picture_bytes: work.picture_bytes,
            pixels: work.pixels,
            output_bytes: work.output_bytes,
            entries: work.entries,
            expansion: work.expansion,
            inputs: MAX_INPUTS,
            steps: MAX_STEPS,
            backlog: 1_000_000,
            backlog_of_owner: 100_000,
            crashes: 3,
        }
    }
}

impl Limits {
    /// Those of one run of the work.
    pub fn of_work(&self) -> filittle_transform::Limits {
        filittle_transform::Limits {
            picture_bytes: self.picture_bytes,
            pixels: self.pixels,
            output_bytes: self.output_bytes,
            entries: self.entries,
            expansion: self.expansion,
            ..filittle_transform::Limits::default()
        }
    }
}

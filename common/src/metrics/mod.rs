//! What a process tells Prometheus of itself: counters, gauges and histograms, of bounded labels.
//!
//! They are made with the database, because everything that counts has it; so each application of a
//! process, as in tests, has its own. A label is never what a client says: it is a route, a state, an
//! operation, a code.

mod families;
mod http;
mod jobs;
mod mails;
mod operations;
mod process;
mod spans;
mod storage;
mod work;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use prometheus::{Registry, TextEncoder};

pub use http::Http;
pub use jobs::{Figures, Holder, Jobs, LaneFigures, Retry};
pub use mails::{MailOutcome, Mails};
pub use operations::{Ended, Operations};
pub use process::Process;
pub use spans::{Dropped, Spans};
pub use storage::{Access, Database, Found, Objects, Touch};
pub use work::{Work, op};

use families::Families;

/// The type of what [`Metrics::text`] answers.
pub const MEDIA_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// The figures of one application. Cheap to clone.
#[derive(Clone)]
pub struct Metrics(Arc<All>);

/// All families.
pub struct All {
    registry: Registry,
    /// Requests and what they carry.
    pub http: Http,
    /// Commands and queries.
    pub operations: Operations,
    /// What becomes of jobs.
    pub jobs: Jobs,
    /// The pool of workers.
    pub work: Work,
    /// What becomes of mails.
    pub mails: Mails,
    /// The database.
    pub database: Database,
    /// Where contents are.
    pub objects: Objects,
    /// What is sent to a collector of traces.
    pub spans: Spans,
    /// The process itself.
    pub process: Process,
    /// What sets gauges that are read when somebody asks.
    samplers: Mutex<Vec<Sampler>>,
}

type Sampler = Box<dyn Fn(&All) + Send + Sync>;

impl std::ops::Deref for Metrics {
    type Target = All;
    fn deref(&self) -> &All {
        &self.0
    }
}

impl Default for Metrics {
    fn default() -> Self {
        let registry = Registry::new();
        let families = Families(&registry);
        let all = All {
            http: Http::new(&families),
            operations: Operations::new(&families),
            jobs: Jobs::new(&families),
            work: Work::new(&families),
            mails: Mails::new(&families),
            database: Database::new(&families),
            objects: Objects::new(&families),
            spans: Spans::new(&families),
            process: Process::new(&families),
            samplers: Mutex::default(),
            registry,
        };
        Self(Arc::new(all))
    }
}

impl Metrics {
    /// Calls this before each [`Metrics::text`], to set what is cheaper to read than to keep.
    pub fn sample(&self, sampler: impl Fn(&All) + Send + Sync + 'static) {
        let mut samplers = self.samplers.lock().unwrap_or_else(PoisonError::into_inner);
        samplers.push(Box::new(sampler));
    }

    /// All figures as they are now, in the text format of Prometheus.
    pub fn text(&self) -> String {
        let samplers = self.samplers.lock().unwrap_or_else(PoisonError::into_inner);
        for sampler in samplers.iter() {
            sampler(self);
        }
        drop(samplers);
        self.process.sample();
        let mut text = String::new();
        // It fails for a family without a name or a type only, and there is none.
        if let Err(error) = TextEncoder::new().encode_utf8(&self.registry.gather(), &mut text) {
            tracing::error!(%error, "the metrics cannot be written");
        }
        text
    }
}

/// The seconds since then.
fn seconds(since: Instant) -> f64 {
    since.elapsed().as_secs_f64()
}

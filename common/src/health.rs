//! Whether this process can do its work, part by part: for those who start, stop and route to it.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Map, Value, json};
use tokio::sync::Mutex;
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout};

use crate::actor::Actor;
use crate::app::App;
use crate::commands::probe_store::ProbeStore;
use crate::error::Result;
use crate::queries::probe_database::ProbeDatabase;
use crate::scrape::Freshness;

/// Whoever answers slower is as good as away.
const PATIENCE: Duration = Duration::from_secs(2);
/// The store is written to for its check, which is not done for every probe.
const STORE_EVERY: Duration = Duration::from_secs(15);

/// Where a process says that it lives.
pub const LIVE: &str = "/livez";
/// Where it says whether it can work.
pub const READY: &str = "/readyz";
/// Where it says both, to people.
pub const HEALTH: &str = "/health";
/// Where it tells its figures, to Prometheus.
pub const METRICS: &str = "/metrics";
/// All of them.
pub const PROBES: [&str; 4] = [LIVE, READY, HEALTH, METRICS];

/// Whether a part of the process is ready for work.
pub type Check = Arc<dyn Fn() -> bool + Send + Sync>;

/// Looks at the parts. Cheap to clone.
#[derive(Clone)]
pub struct Health {
    pub(crate) app: App,
    without_store: State,
    store: Arc<Mutex<Store>>,
    pub(crate) freshness: Freshness,
    /// Parts that only the composition root knows.
    checks: Vec<(&'static str, Check)>,
}

/// What is known of the store.
#[derive(Default)]
struct Store {
    /// When it was looked at last, and how it was.
    seen: Option<(Instant, bool)>,
    /// A look that nobody waits for any more. It ends by itself, so that it leaves nothing behind.
    looking: Option<JoinHandle<Result<()>>>,
}

/// How a part is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It works.
    Ok,
    /// It does not, and the work goes on without it, more slowly.
    Degraded,
    /// It does not, and nothing goes on without it.
    Failed,
}

impl State {
    fn of(is_good: bool, otherwise: Self) -> Self {
        if is_good { Self::Ok } else { otherwise }
    }

    fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Degraded => "degraded",
            Self::Failed => "failed",
        }
    }
}

/// How all parts are, each by its name.
#[derive(Clone, Debug)]
pub struct Report(Vec<(&'static str, State)>);

impl Health {
    /// Looks at the parts of a process that answers requests. Without the store it still answers
    /// most of them, and says of the others when to come again; with none of the replicas ready,
    /// whoever stands before them could not say as much.
    pub fn of_api(app: App) -> Self {
        Self::new(app, State::Degraded)
    }

    /// Looks at the parts of a process that works. Without the store it can do nothing.
    pub fn of_worker(app: App) -> Self {
        Self::new(app, State::Failed)
    }

    fn new(app: App, without_store: State) -> Self {
        Self {
            app,
            without_store,
            store: Arc::default(),
            freshness: Freshness::default(),
            checks: Vec::new(),
        }
    }

    /// And at this one, without which nothing goes on.
    #[must_use]
    pub fn with(mut self, name: &'static str, check: Check) -> Self {
        self.checks.push((name, check));
        self
    }

    /// Looks now. It takes no longer than a few seconds.
    pub async fn look(&self) -> Report {
        let (database, store) = tokio::join!(self.database(), self.store());
        let mut parts = vec![
            ("database", State::of(database, State::Failed)),
            // Without the bell, jobs begin at the next look.
            (
                "queue",
                State::of(self.app.queue.is_well(), State::Degraded),
            ),
            ("store", State::of(store, self.without_store)),
        ];
        for (name, check) in &self.checks {
            parts.push((name, State::of(check(), State::Failed)));
        }
        Report(parts)
    }

    async fn database(&self) -> bool {
        // Under load, who asks now stands at the end of a queue that moves.
        if self.app.db.has_answered_within(PATIENCE) {
            return true;
        }
        is_good(self.app.ask(ProbeDatabase {}, &Actor::anonymous(None))).await
    }

    async fn store(&self) -> bool {
        let mut store = self.store.lock().await;
        if let Some((when, good)) = store.seen
            && when.elapsed() < STORE_EVERY
        {
            return good;
        }
        let mut looking = store.looking.take().unwrap_or_else(|| {
            let app = self.app.clone();
            tokio::spawn(async move { app.execute(ProbeStore {}, &Actor::anonymous(None)).await })
        });
        let ended = timeout(PATIENCE, &mut looking).await;
        let good = matches!(ended, Ok(Ok(Ok(()))));
        if ended.is_err() {
            store.looking = Some(looking);
        }
        store.seen = Some((Instant::now(), good));
        good
    }
}

async fn is_good(probe: impl Future<Output = Result<()>>) -> bool {
    matches!(timeout(PATIENCE, probe).await, Ok(Ok(())))
}

impl Report {
    /// Adds a part.
    pub fn push(&mut self, name: &'static str, is_good: bool) {
        self.0.push((name, State::of(is_good, State::Failed)));
    }

    /// Each part, and whether it works.
    pub fn parts(&self) -> impl Iterator<Item = (&'static str, bool)> {
        self.0
            .iter()
            .map(|(part, state)| (*part, *state == State::Ok))
    }

    /// Whether work can be done.
    pub fn is_ready(&self) -> bool {
        self.0.iter().all(|(_, state)| *state != State::Failed)
    }

    /// `{"status": "ok", "checks": {"database": "ok", …}}`. A part that is degraded does not keep
    /// the whole from being `ok`: those who route here would turn away from all replicas at once.
    pub fn readiness(&self) -> Value {
        let status = State::of(self.is_ready(), State::Failed);
        json!({ "status": status.word(), "checks": self.checks() })
    }

    /// For people: also what is degraded, and which version it is.
    pub fn health(&self) -> Value {
        let worst = [State::Failed, State::Degraded]
            .into_iter()
            .find(|worst| self.0.iter().any(|(_, state)| state == worst))
            .unwrap_or(State::Ok);
        json!({
            "status": worst.word(),
            "version": env!("CARGO_PKG_VERSION"),
            "live": "ok",
            "ready": State::of(self.is_ready(), State::Failed).word(),
            "checks": self.checks(),
        })
    }

    fn checks(&self) -> Map<String, Value> {
        (self.0.iter())
            .map(|(name, state)| ((*name).to_owned(), state.word().into()))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_degraded_part_is_told_and_turns_nobody_away() {
        let report = Report(vec![("database", State::Ok), ("queue", State::Degraded)]);
        assert!(report.is_ready());
        assert_eq!(report.readiness()["status"], "ok");
        assert_eq!(report.readiness()["checks"]["queue"], "degraded");
        assert_eq!(report.health()["status"], "degraded");
    }

    #[test]
    fn one_failed_part_is_enough() {
        let mut report = Report(vec![("database", State::Ok)]);
        report.push("pool", false);
        assert!(!report.is_ready());
        assert_eq!(report.health()["ready"], "failed");
    }
}

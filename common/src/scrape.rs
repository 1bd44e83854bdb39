//! What Prometheus is answered: the process's own figures, and those of the queue, which are read
//! from the database, but not for everybody who asks.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::{Instant, timeout};

use crate::actor::Actor;
use crate::app::App;
use crate::health::Health;
use crate::metrics::Figures;
use crate::queries::queue_figures::QueueFigures;

/// Whoever asks sooner is told what the last one was.
const FRESH: Duration = Duration::from_secs(5);
/// To count a million jobs takes a part of a second. It takes no more than one part in so many of a
/// connection's time.
const SHARE: u32 = 20;
/// Then the figures of the queue are left out.
const PATIENCE: Duration = Duration::from_secs(3);

/// When the figures of the queue are to be read again. Held by who reads them, so that others who ask
/// wait for the same answer.
#[derive(Clone, Default)]
pub(crate) struct Freshness(Arc<Mutex<Option<Instant>>>);

impl Health {
    /// All figures, in the text format of Prometheus. It is answered also while the database is away.
    pub async fn metrics(&self) -> String {
        let (report, ()) = tokio::join!(self.look(), self.refresh());
        let metrics = self.app.metrics();
        metrics.process.tell(report.is_ready(), report.parts());
        metrics.text()
    }

    async fn refresh(&self) {
        let metrics = self.app.metrics();
        let mut stale_at = self.freshness.0.lock().await;
        let began = Instant::now();
        if stale_at.is_some_and(|at| began < at) {
            return;
        }
        let figures = timeout(PATIENCE, read(&self.app)).await.unwrap_or_default();
        metrics.jobs.tell(figures.as_ref());
        *stale_at = Some(Instant::now() + FRESH.max(began.elapsed() * SHARE));
    }
}

async fn read(app: &App) -> Option<Figures> {
    // The mediator has logged why not.
    app.ask(QueueFigures {}, &Actor::anonymous(None)).await.ok()
}

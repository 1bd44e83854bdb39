//! Keeps the lease of this process, and tells the attempts what the database says of them.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use filittle_common::App;
use filittle_common::Result;
use filittle_common::engine::{self, Renewal};
use filittle_common::ids::WorkerId;
use filittle_common::metrics::Holder;
use tokio::time::timeout;

use crate::running::{Running, Stop};

/// The worker that this process is. After a lapse it is another one.
pub(crate) struct Keeper {
    app: App,
    name: String,
    worker: Mutex<WorkerId>,
    renewed: Mutex<Instant>,
    resigned: AtomicBool,
    running: Running,
}

impl Keeper {
    /// Registers a worker; `name` is for people.
    pub(crate) async fn start(app: App, name: String, running: Running) -> Result<Self> {
        let worker = register(&app, &name).await?;
        Ok(Self {
            app,
            name,
            worker: Mutex::new(worker),
            renewed: Mutex::new(Instant::now()),
            resigned: AtomicBool::new(false),
            running,
        })
    }

    /// Who takes jobs now.
    pub(crate) fn worker(&self) -> WorkerId {
        *self.worker.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether the last renewal is younger than a lease.
    pub(crate) fn holds(&self) -> bool {
        let renewed = self.renewed.lock().unwrap_or_else(PoisonError::into_inner);
        renewed.elapsed() < self.app.config.lease
    }

    /// Renews for ever. A failure is tried again at the next turn, and so is a renewal that gets no
    /// answer until then, on another connection: nobody takes the jobs away before the lease has
    /// run out, and a finish is fenced even then.
    pub(crate) async fn run(&self) {
        let mut turns = tokio::time::interval(self.app.config.renew_every);
        turns.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            turns.tick().await;
            match timeout(self.app.config.renew_every, self.renew()).await {
                Ok(Ok(())) => {}
                Ok(Err(error)) => {
                    tracing::warn!(%error, "the lease could not be renewed and is tried again");
                }
                Err(_) => {
                    tracing::warn!("the database does not answer; the renewal is tried again");
                }
            }
        }
    }

    async fn renew(&self) -> Result<()> {
        if self.resigned.load(Ordering::SeqCst) {
            return Ok(());
        }
        let (worker, asked) = (self.worker(), Instant::now());
        match engine::renew(&self.app.db, worker, self.app.config.lease).await? {
            Renewal::Held(held) => {
                let unknown = self.running.compare(&held, asked);
                if !unknown.is_empty() {
                    tracing::warn!(
                        count = unknown.len(),
                        "forgotten jobs go back into the queue"
                    );
                    engine::disown(&self.app.db, worker, unknown).await?;
                }
            }
            Renewal::Lapsed => {
                tracing::warn!(%worker, "the lease ran out; its jobs are not ours any more");
                self.app.metrics().jobs.lease_lost(Holder::Worker);
                self.running.stop_all(Stop::Lost);
                let fresh = register(&self.app, &self.name).await?;
                *self.worker.lock().unwrap_or_else(PoisonError::into_inner) = fresh;
            }
        }
        *self.renewed.lock().unwrap_or_else(PoisonError::into_inner) = asked;
        Ok(())
    }

    /// Gives back what is still held, and the lease.
    pub(crate) async fn resign(&self) {
        self.resigned.store(true, Ordering::SeqCst);
        if let Err(error) = engine::resign(&self.app.db, self.worker()).await {
            tracing::warn!(%error, "the lease could not be given back and will run out");
        }
    }
}

async fn register(app: &App, name: &str) -> Result<WorkerId> {
    let worker = WorkerId::new(app.db.clock().now());
    engine::register(&app.db, worker, name, app.config.lease).await?;
    Ok(worker)
}

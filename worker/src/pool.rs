//! Slots, and what fills them.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use filittle_common::engine::{self, Sweeper, Taken};
use filittle_common::metrics::Metrics;
use filittle_common::queue::Lane;
use filittle_common::{App, Result};
use tokio::sync::{Mutex, Notify, OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;
use tokio_util::task::TaskTracker;

use crate::attempt::Attempt;
use crate::budget::Budget;
use crate::cpu::Cpu;
use crate::keeper::Keeper;
use crate::running::Running;

/// How long attempts have to stop once they were told to: a row or a block takes less.
const LAST_WAIT: Duration = Duration::from_secs(5);
/// Every so many turns the lanes are looked at the other way round, so that a stream of urgent jobs
/// starves nobody.
const TURNS: usize = 4;

/// So many times as many attempts as there are slots may be about to write their end.
const ENDING: usize = 4;

/// How a pool is made.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Jobs at a time. One more of the interactive lane runs beside them, so that a click never
    /// waits behind a batch.
    pub concurrency: usize,
    /// Which lanes it serves, the most urgent first.
    pub lanes: Vec<Lane>,
    /// Bytes that all work together may have decoded at a time.
    pub memory_bytes: u64,
    /// Where large intermediate results go.
    pub spool_dir: Option<std::path::PathBuf>,
    /// For people: which process this is.
    pub name: String,
}

/// Takes jobs as long as there are free slots, and works on them.
#[derive(Clone)]
pub struct Pool(Arc<Inner>);

struct Inner {
    app: App,
    settings: Settings,
    slots: Arc<Semaphore>,
    express: Arc<Semaphore>,
    /// Attempts whose work is done and whose end is being written: they need no slot, but if the
    /// database is slow, not any number of them.
    ending: Arc<Semaphore>,
    /// Of each lane, whether the last take has emptied it.
    emptied: [AtomicBool; 3],
    keeper: Keeper,
    running: Running,
    cpu: Cpu,
    budget: Budget,
    draining: AtomicBool,
    turn: AtomicUsize,
    /// One take at a time: what another holds in its hand looks like a full pool.
    taking: Mutex<()>,
    attempts: TaskTracker,
    /// A slot became free.
    freed: Notify,
}

impl Pool {
    /// A pool with its lease, which takes nothing yet.
    pub async fn start(app: App, settings: Settings) -> Result<Self> {
        let running = Running::default();
        let keeper = Keeper::start(app.clone(), settings.name.clone(), running.clone()).await?;
        let slots = Arc::new(Semaphore::new(settings.concurrency));
        let express = Arc::new(Semaphore::new(1));
        let budget = Budget::new(settings.memory_bytes);
        tell(
            app.metrics(),
            settings.concurrency,
            [&slots, &express],
            &budget,
        );
        Ok(Self(Arc::new(Inner {
            slots,
            express,
            ending: Arc::new(Semaphore::new(settings.concurrency * ENDING)),
            emptied: Default::default(),
            cpu: Cpu::new(settings.concurrency + 1)?,
            budget,
            draining: AtomicBool::new(false),
            turn: AtomicUsize::new(1),
            taking: Mutex::new(()),
            attempts: TaskTracker::new(),
            freed: Notify::new(),
            keeper,
            running,
            app,
            settings,
        })))
    }

    /// Serves until dropped: the ring, a look each second, the lease and the sweeper.
    pub async fn run(&self) {
        let mut loops = JoinSet::new();
        let pool = self.clone();
        loops.spawn(async move { pool.0.keeper.run().await });
        let Settings { lanes, name, .. } = self.0.settings.clone();
        loops.spawn(self.0.app.queue.clone().run(lanes, name));
        let pool = self.clone();
        loops.spawn(async move { pool.listen().await });
        let pool = self.clone();
        loops.spawn(async move { pool.look().await });
        loops.spawn(Sweeper::new(self.0.app.clone()).run());
        loops.spawn(engine::collect_forever(self.0.app.clone()));
        // None of them returns; one that panicked takes the process along, which is started anew.
        if let Some(Err(error)) = loops.join_next().await {
            tracing::error!(%error, "a loop of the pool ended");
        }
    }

    /// Hears rings of lanes with a free slot: those that a full pool would hear are of more use to
    /// the others.
    async fn listen(&self) {
        loop {
            let freed = self.0.freed.notified();
            let lanes = self.hungry_lanes();
            if lanes.is_empty() {
                freed.await;
                continue;
            }
            tokio::select! {
                lane = self.0.app.queue.rung(&lanes) => self.serve(lane).await,
                // There may be more lanes to hear now.
                () = freed => {}
            }
        }
    }

    fn hungry_lanes(&self) -> Vec<Lane> {
        let is_ending = self.0.draining.load(Ordering::SeqCst);
        let any = self.0.slots.available_permits() > 0 && !is_ending;
        let express = self.0.express.available_permits() > 0 && !is_ending;
        let has_room = |lane: &Lane| any || (express && *lane == Lane::Interactive);
        (self.0.settings.lanes.iter().copied())
            .filter(has_room)
            .collect()
    }

    /// The look that makes every lost ring harmless.
    async fn look(&self) {
        let mut looks = tokio::time::interval(self.0.app.config.look_every);
        looks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            looks.tick().await;
            self.serve_all(self.0.settings.lanes.clone()).await;
        }
    }

    /// Fills a slot that became free. A lane that was empty is not asked again before it is rung or
    /// the next look comes.
    async fn serve_more(&self) {
        let mut lanes = self.0.settings.lanes.clone();
        lanes.retain(|lane| !self.0.emptied[lane.index()].load(Ordering::Relaxed));
        self.serve_all(lanes).await;
    }

    async fn serve_all(&self, mut lanes: Vec<Lane>) {
        if self
            .0
            .turn
            .fetch_add(1, Ordering::Relaxed)
            .is_multiple_of(TURNS)
        {
            lanes.reverse();
        }
        for lane in lanes {
            self.serve(lane).await;
        }
    }

    /// Takes as many jobs of a lane as there are free slots, and begins to work on them.
    pub async fn serve(&self, lane: Lane) {
        let taking = self.0.taking.lock().await;
        self.take(lane).await;
        drop(taking);
        // While slots are in a hand that takes, they look taken.
        self.0.freed.notify_one();
    }

    async fn take(&self, lane: Lane) {
        loop {
            let mut free = self.free_slots(lane);
            if free.is_empty() || self.0.draining.load(Ordering::SeqCst) {
                return;
            }
            let worker = self.0.keeper.worker();
            let taken = match engine::take(&self.0.app.db, worker, lane, free.len()).await {
                Ok(taken) => taken,
                Err(error) => {
                    tracing::warn!(%error, ?lane, "no jobs could be taken; tried again at the next look");
                    return;
                }
            };
            let all_filled = taken.len() == free.len();
            self.0.emptied[lane.index()].store(!all_filled, Ordering::Relaxed);
            for taken in taken {
                self.begin(taken, free.pop());
            }
            if !all_filled {
                return;
            }
        }
    }

    fn free_slots(&self, lane: Lane) -> Vec<OwnedSemaphorePermit> {
        let mut free = Vec::new();
        while let Ok(permit) = self.0.slots.clone().try_acquire_owned() {
            free.push(permit);
        }
        if lane == Lane::Interactive
            && let Ok(permit) = self.0.express.clone().try_acquire_owned()
        {
            free.push(permit);
        }
        free
    }

    fn begin(&self, taken: Taken, slot: Option<OwnedSemaphorePermit>) {
        let pool = self.clone();
        self.0.attempts.spawn(async move {
            let inner = &pool.0;
            let attempt = Attempt {
                app: &inner.app,
                cpu: &inner.cpu,
                budget: &inner.budget,
                running: &inner.running,
                spool_dir: inner.settings.spool_dir.as_deref(),
            };
            let slot = Slot {
                pool: pool.clone(),
                _permit: slot,
            };
            attempt.run(taken, slot).await;
        });
    }

    /// Whether jobs are taken: the lease holds, and the end was not asked for.
    pub fn is_ready(&self) -> bool {
        self.0.keeper.holds() && !self.0.draining.load(Ordering::SeqCst)
    }

    /// How many jobs are in work.
    pub fn running(&self) -> usize {
        self.0.running.count()
    }

    /// Takes nothing more, lets what runs finish until `deadline`, and gives the rest back.
    pub async fn drain(&self, deadline: Duration) {
        self.0.draining.store(true, Ordering::SeqCst);
        // A take that is under way still brings jobs, which the lease must not end before.
        drop(tokio::time::timeout(LAST_WAIT, self.0.taking.lock()).await);
        self.0.attempts.close();
        if tokio::time::timeout(deadline, self.0.attempts.wait())
            .await
            .is_err()
        {
            tracing::info!(
                jobs = self.running(),
                "jobs that cannot finish in time are given back"
            );
            self.0.running.shut_down();
            if tokio::time::timeout(LAST_WAIT, self.0.attempts.wait())
                .await
                .is_err()
            {
                tracing::warn!(
                    jobs = self.running(),
                    "jobs that did not stop are left behind"
                );
            }
        }
        self.0.keeper.resign().await;
    }
}

/// Has slots and memory told, when somebody asks.
fn tell(metrics: &Metrics, slots: usize, free: [&Arc<Semaphore>; 2], budget: &Budget) {
    let (free, budget) = (free.map(Arc::clone), budget.clone());
    let count = |count| i64::try_from(count).unwrap_or(i64::MAX);
    metrics.sample(move |all| {
        let all_slots = slots + 1;
        let free: usize = free.iter().map(|free| free.available_permits()).sum();
        all.work.slots.set(count(all_slots as u64));
        let used = all_slots.saturating_sub(free);
        all.work.slots_used.set(count(used as u64));
        let (memory, taken) = budget.taken();
        all.work.memory.set(count(memory));
        all.work.memory_used.set(count(taken));
    });
}

/// A place among those who work.
pub(crate) struct Slot {
    pool: Pool,
    _permit: Option<OwnedSemaphorePermit>,
}

impl Slot {
    /// Leaves it to the next job. What is answered is a place among those who write their end, to
    /// be held until it is written.
    pub(crate) async fn leave(self) -> Option<OwnedSemaphorePermit> {
        // The semaphore is never closed, so there is always a place in the end.
        let place = self.pool.0.ending.clone().acquire_owned().await.ok();
        let pool = self.pool.clone();
        drop(self);
        pool.0.freed.notify_one();
        let tracker = pool.0.attempts.clone();
        // Boxed, because what begins here may end in the same way.
        let more: Pin<Box<dyn Future<Output = ()> + Send>> =
            Box::pin(async move { pool.serve_more().await });
        tracker.spawn(more);
        place
    }
}

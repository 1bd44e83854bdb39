//! How long a take lasts while jobs come and go: `takes [JOBS]`, on a PostgreSQL of its own.
//!
//! Four workers submit eight jobs, take eight and finish them, over and over, with a thousand
//! waiting. Each line is a twentieth of all jobs. The server has its default settings but for
//! `fsync`, which is off: what is looked for is growth, not the speed of a disk.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a measurement for people"
)]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use filittle_common::clock::Clock;
use filittle_common::domain::{Item, ItemState, Notify, Priority, Spec, Submitted};
use filittle_common::engine::{self, End, New};
use filittle_common::ids::{AccountId, JobId, OwnerId, WorkerId};
use filittle_common::queue::Lane;
use filittle_common::store::accounts::{Account, Role};
use filittle_common::store::events::Cause;
use filittle_common::store::{Db, accounts};
use filittle_testkit::Postgres;
use serde_json::{Map, json};
use tokio::sync::Mutex;

const WORKERS: usize = 4;
const BATCH: usize = 8;
const WAITING: usize = 1000;
const LINES: usize = 20;

#[tokio::main]
async fn main() {
    let jobs = std::env::args()
        .nth(1)
        .map_or(500_000, |text| text.parse().unwrap());
    let server = Postgres::own();
    let database = server.create_database();
    Db::migrate_postgres(database.url()).await.unwrap();
    let db = Db::postgres(database.url(), 8, Clock::System)
        .await
        .unwrap();
    let owner = owner(&db).await;
    for _ in 0..WAITING / BATCH {
        submit(&db, &owner).await;
    }
    let done = Arc::new(AtomicUsize::new(0));
    let times = Arc::new(Mutex::new(Vec::new()));
    let workers = (0..WORKERS).map(|_| {
        let (db, owner, done, times) = (db.clone(), owner.clone(), done.clone(), times.clone());
        tokio::spawn(async move {
            let worker = WorkerId::new(db.clock().now());
            let lease = Duration::from_hours(24);
            engine::register(&db, worker, "bench", lease).await.unwrap();
            while done.load(Ordering::Relaxed) < jobs {
                cycle(&db, &owner, worker, &times).await;
                done.fetch_add(BATCH, Ordering::Relaxed);
            }
        })
    });
    let workers: Vec<_> = workers.collect();
    println!(
        "jobs     jobs/s  take of {BATCH}: p50 ms  p99 ms  max ms   job_work MiB with indexes"
    );
    for line in 1..=LINES {
        let began = Instant::now();
        while done.load(Ordering::Relaxed) < jobs * line / LINES {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let mut times = std::mem::take(&mut *times.lock().await);
        times.sort_unstable();
        let at = |per_mille: usize| ms(times[(times.len() - 1) * per_mille / 1000]);
        let rate = (jobs / LINES) as u128 * 1000 / began.elapsed().as_millis().max(1);
        let size = database.query("select pg_total_relation_size('job_work') >> 20");
        println!(
            "{:7} {rate:8} {:20.2} {:7.2} {:7.2}   {size}",
            jobs * line / LINES,
            at(500),
            at(990),
            at(1000),
        );
    }
    for worker in workers {
        worker.await.unwrap();
    }
    db.close().await;
}

async fn cycle(db: &Db, owner: &Account, worker: WorkerId, times: &Mutex<Vec<Duration>>) {
    submit(db, owner).await;
    let began = Instant::now();
    let taken = engine::take(db, worker, Lane::Bulk, BATCH).await.unwrap();
    let time = began.elapsed();
    assert_eq!(taken.len(), BATCH);
    times.lock().await.push(time);
    for taken in taken {
        let items = taken.job.items.iter().map(|item| Item {
            state: ItemState::Succeeded,
            ..item.clone()
        });
        let end = End::Done {
            items: items.collect(),
            made: Vec::new(),
        };
        engine::finish(db, &taken, end).await.unwrap();
    }
}

/// A batch of jobs in one transaction.
async fn submit(db: &Db, owner: &Account) {
    let all: Vec<_> = (0..BATCH)
        .map(|_| New {
            submitted: submitted(db, owner),
            uploads: Vec::new(),
            receipt: None,
            lane: Lane::Bulk,
            cause: Cause::system(),
        })
        .collect();
    db.write(all, |tx, all| Box::pin(engine::submit_all(tx, all)))
        .await
        .unwrap();
}

fn submitted(db: &Db, owner: &Account) -> Submitted {
    Submitted {
        id: JobId::new(db.clock().now()),
        owner_id: owner.owner_id,
        created_by: owner.id,
        name: None,
        metadata: Map::new(),
        priority: Priority::Normal,
        spec: Spec {
            inputs: Vec::new(),
            steps: filittle_steps::parse(&json!([{"op": "compress"}]), "/steps").unwrap(),
            keep_seconds: 3600,
            keep: false,
            notify: Notify { email: false },
        },
        spec_version: 1,
        max_attempts: 3,
        not_before: None,
        retry_of: None,
    }
}

async fn owner(db: &Db) -> Account {
    let now = db.clock().now();
    let owner = Account {
        id: AccountId::new(now),
        owner_id: OwnerId::new(now),
        email: "bench@example.org".into(),
        name: None,
        password_hash: String::new(),
        role: Role::Member,
        verified_at: None,
        created_at: now,
    };
    let row = owner.clone();
    db.write(row, |tx, row| Box::pin(accounts::insert(tx, row)))
        .await
        .unwrap();
    owner
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

//! What the hot transitions read while a million jobs wait: a few rows of their own, found by an
//! index, and never a table.

use std::collections::BTreeMap;
use std::time::Duration;

use filittle_common::clock::Clock;
use filittle_common::engine::{self, Finished, New};
use filittle_common::ids::WorkerId;
use filittle_common::queue::Lane;
use filittle_common::store::accounts::Account;
use filittle_common::store::events::Cause;
use filittle_common::store::{Db, jobs};
use filittle_testkit::{Postgres, TestDatabase};

use crate::engine::done;
use crate::figures::told;
use crate::fixture::{blob, owner, submit, submitted};

const JOBS: u32 = 1_000_000;
const OWNERS: u32 = 1000;
/// More than the five runs after which PostgreSQL may choose a plan for all values.
const RUNS: u64 = 12;
/// Rows that one transition may read in one table: its own, and the heads of some indexes.
const MOST_ROWS: u64 = 40;
const LEASE: Duration = Duration::from_mins(1);

/// What was read of each table so far: scans of the whole table, and rows by an index.
type Counters = BTreeMap<String, (u64, u64)>;

fn counters(database: &TestDatabase) -> Counters {
    let sql = "select relname, seq_scan, coalesce(idx_tup_fetch, 0) + coalesce((
                   select sum(idx_tup_read) from pg_stat_user_indexes i where i.relid = t.relid), 0)
               from pg_stat_user_tables t";
    (database.query(sql).lines())
        .map(|line| {
            let mut parts = line.split('|');
            let mut part = || parts.next().expect("three parts");
            let name = part().to_owned();
            (name, (part().parse().unwrap(), part().parse().unwrap()))
        })
        .collect()
}

/// Runs it on one connection, so that its statements are prepared there; answers what it has read.
async fn reads<T>(database: &TestDatabase<'_>, work: impl AsyncFnOnce(&Db) -> T) -> (T, Counters) {
    let before = counters(database);
    let db = Db::postgres(database.url(), 1, Clock::System)
        .await
        .unwrap();
    let made = work(&db).await;
    db.close().await;
    // A session hands its counters over before it ends.
    let sessions = "select count(*) from pg_stat_activity where datname = current_database()
                    and application_name = 'filittle'";
    let all_ended = async {
        while database.query(sessions) != "0" {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(LEASE, all_ended)
        .await
        .expect("it ends soon");
    let mut read = counters(database);
    for (name, (scans, rows)) in before {
        let now = read.get_mut(&name).expect("no table goes away");
        *now = (now.0 - scans, now.1 - rows);
    }
    (made, read)
}

/// Nothing but these small tables may be read as a whole.
fn is_cheap(transition: &str, read: &Counters) {
    for (table, &(scans, rows)) in read {
        if ["lanes", "workers", "schema_version"].contains(&table.as_str()) {
            continue;
        }
        assert_eq!(scans, 0, "{transition} scans {table}: {read:?}");
        let most = RUNS * MOST_ROWS;
        assert!(
            rows <= most,
            "{RUNS} × {transition} reads {rows} rows of {table}"
        );
    }
}

/// Copies the one job there is, for a thousand owners in turn.
fn fill(database: &TestDatabase) {
    let id = "('00000000-0000-7000-8000-' || lpad(to_hex(i), 12, '0'))::uuid";
    let owner =
        format!("('00000000-0000-7000-9000-' || lpad(to_hex(i % {OWNERS}), 12, '0'))::uuid");
    database.query(&format!(
        "set session_replication_role = replica;
         insert into jobs (id, owner_id, created_by, name, metadata, priority, spec, spec_version,
                state, attempt, failures, max_attempts, items, outputs, created_at, position)
            select {id}, {owner}, created_by, name, metadata, priority, spec, spec_version,
                state, attempt, failures, max_attempts, items, outputs, created_at, position
            from (select * from jobs limit 1) one, generate_series(1, {JOBS}) i;
         insert into job_work (job_id, lane, owner_id, class, phase, tag, not_before, crashes,
                cancel_asked)
            select {id}, 1, {owner}, 1, 1, (i / {OWNERS} + 1) * 4000::bigint, 0, 0, false
            from generate_series(1, {JOBS}) i"
    ));
}

/// Submits, takes, renews and finishes, each a few times.
async fn are_all_cheap(database: &TestDatabase<'_>, owner: &Account) {
    let (blob, _) = reads(database, blob).await;
    let ((), read) = reads(database, async |db| {
        for _ in 0..RUNS {
            submit(db, submitted(db, owner, blob)).await;
        }
    })
    .await;
    is_cheap("submit", &read);
    let ((), read) = reads(database, async |db| {
        for _ in 0..RUNS {
            let mut read = db.read(owner.owner_id).await.unwrap();
            let open = jobs::count_open(&mut read, owner.owner_id, 10).await;
            assert!(open.unwrap() > 0);
        }
    })
    .await;
    is_cheap("count of the owner's jobs", &read);
    let ((), read) = reads(database, async |db| {
        for _ in 0..RUNS {
            let all = [(); 3].map(|()| New {
                submitted: submitted(db, owner, blob),
                uploads: Vec::new(),
                receipt: None,
                lane: Lane::Bulk,
                cause: Cause::system(),
            });
            let together = db.write(all, |tx, all| Box::pin(engine::submit_all(tx, all)));
            together.await.unwrap();
        }
    })
    .await;
    is_cheap("three submits", &read);

    let worker = WorkerId::new(Clock::System.now());
    reads(database, async |db| {
        engine::register(db, worker, "test", LEASE).await.unwrap();
    })
    .await;
    let (taken, read) = reads(database, async |db| {
        let mut taken = Vec::new();
        for _ in 0..RUNS {
            taken.extend(engine::take(db, worker, Lane::Bulk, 1).await.unwrap());
        }
        taken
    })
    .await;
    assert_eq!(taken.len() as u64, RUNS);
    is_cheap("take", &read);

    let ((), read) = reads(database, async |db| {
        for _ in 0..RUNS {
            engine::renew(db, worker, LEASE).await.unwrap();
        }
    })
    .await;
    is_cheap("renew", &read);

    let ((), read) = reads(database, async |db| {
        for taken in &taken {
            let ended = engine::finish(db, taken, done(&taken.job)).await.unwrap();
            assert!(matches!(ended, Finished::Yes(_)));
        }
    })
    .await;
    is_cheap("finish", &read);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_transition_reads_more_while_a_million_jobs_wait() {
    let database = Postgres::shared().create_database();
    Db::migrate_postgres(database.url()).await.unwrap();
    let (owner, _) = reads(&database, async |db| {
        let (owner, blob) = (owner(db).await, blob(db).await);
        submit(db, submitted(db, &owner, blob)).await;
        owner
    })
    .await;
    fill(&database);
    // The planner believes that the tables are nearly empty, as they were; and then it knows.
    are_all_cheap(&database, &owner).await;
    database.query("analyze");
    are_all_cheap(&database, &owner).await;
    figures_are_told_in_time(&database).await;
}

/// They read an index of the lane, which takes a part of a second, and no table.
async fn figures_are_told_in_time(database: &TestDatabase<'_>) {
    let (told, read) = reads(database, async |db| told(db).await).await;
    assert!((told.value("filittle_queue_figures_up") - 1.0).abs() < f64::EPSILON);
    let waiting = told.value("filittle_jobs_waiting{lane=\"bulk\"}");
    assert!(waiting >= f64::from(JOBS), "{waiting}");
    assert!(told.value("filittle_oldest_waiting_job_seconds{lane=\"bulk\"}") > 1.0);
    assert_eq!(read["job_work"].0, 0, "a look scans job_work: {read:?}");
}

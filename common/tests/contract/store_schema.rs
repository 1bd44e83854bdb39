//! Which schemas and binaries go together.

use std::time::Duration;

use filittle_common::clock::Clock;
use filittle_common::engine;
use filittle_common::ids::WorkerId;
use filittle_common::queue::Lane;
use filittle_common::store::schema::{self, SCHEMA};
use filittle_common::store::{Db, work};
use filittle_testkit::{Postgres, TestDatabase};

use crate::both::{on_both, start};
use crate::fixture::{clock, job};

on_both! {
    async fn a_schema_of_our_own_is_served(db: Db) {
        let mut read = db.read_any().await.unwrap();
        schema::check(&mut read).await.unwrap();
    }

    async fn a_job_that_is_set_aside_is_not_taken_until_its_time(db: Db) {
        let (_, it) = job(&db).await;
        let until = clock(&db).micros() + 1_000_000;
        db.write((it.id, until), |tx, &(id, until)| Box::pin(work::set_aside(tx, id, until)))
            .await
            .unwrap();
        let worker = registered(&db).await;
        assert!(engine::take(&db, worker, Lane::Bulk, 9).await.unwrap().is_empty());
        clock(&db).advance(Duration::from_secs(2));
        engine::ready_due(&db).await.unwrap();
        assert_eq!(engine::take(&db, worker, Lane::Bulk, 9).await.unwrap().len(), 1);
    }
}

async fn registered(db: &Db) -> WorkerId {
    let worker = WorkerId::new(db.clock().now());
    engine::register(db, worker, "test", Duration::from_hours(1))
        .await
        .unwrap();
    worker
}

fn migrated() -> TestDatabase<'static> {
    Postgres::shared().create_database_from("schema", |url| {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(Db::migrate_postgres(url)).unwrap();
    })
}

async fn open(database: &TestDatabase<'_>) -> Result<Db, String> {
    let db = Db::postgres(database.url(), 3, Clock::manual(start())).await;
    db.map_err(|error| error.to_string())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_without_a_schema_is_told_what_to_do() {
    let database = Postgres::shared().create_database();
    let told = open(&database).await.err().unwrap();
    assert!(
        told.contains("no schema") && told.contains("filittle migrate"),
        "{told}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_schema_that_is_too_old_is_refused_by_its_number() {
    let database = migrated();
    database.query("update schema_version set version = version - 1");
    let told = open(&database).await.err().unwrap();
    let numbers = format!(
        "it is number {}, and this binary needs {SCHEMA}",
        SCHEMA - 1
    );
    assert!(
        told.contains(&numbers) && told.contains("filittle migrate"),
        "{told}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_binary_that_is_too_old_is_refused_by_its_number() {
    let database = migrated();
    let newer = SCHEMA + 2;
    database.query(&format!(
        "update schema_version set version = {newer}, oldest_binary = {}",
        SCHEMA + 1
    ));
    let told = open(&database).await.err().unwrap();
    assert!(told.contains("this binary is too old"), "{told}");
    assert!(told.contains(&format!("serves {}", SCHEMA + 1)), "{told}");
}

/// What a migration of the next release may do: it adds.
const NEXT: &str = "
    alter table jobs add column later text;
    alter table job_work add column later text not null default 'x';
    alter table files add column later bigint;
    create table later (id uuid primary key);
    insert into _sqlx_migrations (version, description, success, checksum, execution_time)
        values (9999, 'later', true, '', 0);
    update schema_version set version = version + 1;";

#[tokio::test(flavor = "multi_thread")]
async fn a_binary_goes_on_when_the_next_release_migrates_under_its_feet() {
    let database = migrated();
    let db = open(&database).await.unwrap();
    let worker = registered(&db).await;
    works(&db, worker).await;
    database.query(NEXT);
    for _ in 0..3 {
        works(&db, worker).await;
    }
}

/// One job from its submit to its end.
async fn works(db: &Db, worker: WorkerId) {
    let (_, it) = job(db).await;
    let taken = engine::take(db, worker, Lane::Bulk, 9).await.unwrap();
    assert_eq!(taken.len(), 1);
    assert_eq!(taken[0].job.id, it.id);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_older_binary_starts_on_the_next_schema_and_its_migrate_changes_nothing() {
    let database = migrated();
    database.query(NEXT);
    open(&database).await.unwrap();
    Db::migrate_postgres(database.url()).await.unwrap();
    let version = database.query("select version from schema_version");
    assert_eq!(version, (SCHEMA + 1).to_string());
}

#[tokio::test(flavor = "multi_thread")]
async fn those_who_migrate_at_the_same_time_all_succeed() {
    let database = Postgres::shared().create_database();
    let migrates = (0..4).map(|_| Db::migrate_postgres(database.url()));
    for migrated in futures_util::future::join_all(migrates).await {
        migrated.unwrap();
    }
    open(&database).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_that_cannot_be_read_stops_no_other_job_of_its_lane() {
    let database = migrated();
    let db = open(&database).await.unwrap();
    let ((_, bad), (_, good)) = (job(&db).await, job(&db).await);
    database.query(&format!(
        "update jobs set spec = '{{}}' where id = '{}'",
        bad.id
    ));
    let worker = registered(&db).await;
    let taken = engine::take(&db, worker, Lane::Bulk, 9).await.unwrap();
    let ids: Vec<_> = taken.iter().map(|taken| taken.job.id).collect();
    assert_eq!(ids, [good.id]);
    // It is as it was, for whoever can read it.
    let row = format!("select state, attempt from jobs where id = '{}'", bad.id);
    assert_eq!(database.query(&row), "queued|0");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_that_cannot_be_read_keeps_no_other_from_going_back() {
    let database = migrated();
    let db = open(&database).await.unwrap();
    let ((_, bad), (_, good)) = (job(&db).await, job(&db).await);
    let worker = registered(&db).await;
    assert_eq!(
        engine::take(&db, worker, Lane::Bulk, 9)
            .await
            .unwrap()
            .len(),
        2
    );
    database.query(&format!(
        "create table kept as select spec from jobs where id = '{0}';
         update jobs set spec = '{{}}' where id = '{0}'",
        bad.id
    ));
    clock(&db).advance(Duration::from_hours(2));
    let moved = engine::release_lapsed(&db, 3).await.unwrap();
    assert_eq!(moved.len(), 1);
    assert_eq!(moved[0].job, good.id);
    // A version that can read it finds it where it was.
    database.query("update jobs set spec = kept.spec from kept where jobs.spec = '{}'");
    let moved = engine::release_lapsed(&db, 3).await.unwrap();
    assert_eq!(moved.len(), 1);
    assert_eq!(moved[0].job, bad.id);
    assert_eq!(database.query("select count(*) from workers"), "0");
}

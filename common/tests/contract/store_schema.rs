//! Which schemas and binaries go together.

use std::time::Duration;

use filittle_common::clock::Clock;
use filittle_common::engine;
use filittle_common::ids::WorkerId;
use filittle_common::queue::Lane;
use filittle_common::store::schema::{self, SCHEMA};
use filittle_common::store::{Db, Migrated, work};
use filittle_testkit::{Postgres, TestDatabase, next_release};
use sqlx::migrate::Migrator;
use sqlx::{Connection, PgConnection};

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

async fn migrated_by_the_next_release(database: &TestDatabase<'_>) -> Migrated {
    let migrator = Migrator::new(next_release()).await.unwrap();
    Db::migrate_postgres_by(database.url(), migrator)
        .await
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_binary_goes_on_when_the_next_release_migrates_under_its_feet() {
    let database = migrated();
    let db = open(&database).await.unwrap();
    let worker = registered(&db).await;
    works(&db, worker).await;
    migrated_by_the_next_release(&database).await;
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
    migrated_by_the_next_release(&database).await;
    open(&database).await.unwrap();
    let done = Db::migrate_postgres(database.url()).await.unwrap();
    assert_eq!((done.before, done.after), (Some(9999), 9999));
    let version = database.query("select version from schema_version");
    assert_eq!(version, (SCHEMA + 1).to_string());
}

#[tokio::test(flavor = "multi_thread")]
async fn those_who_migrate_at_the_same_time_all_succeed_and_one_of_them_did_it() {
    let database = Postgres::shared().create_database();
    let migrates = (0..4).map(|_| Db::migrate_postgres(database.url()));
    let done = futures_util::future::join_all(migrates).await;
    let done: Vec<_> = done.into_iter().map(Result::unwrap).collect();
    assert!(done.iter().all(|done| done.after == i64::from(SCHEMA)));
    assert_eq!(done.iter().filter(|done| done.before.is_none()).count(), 1);
    open(&database).await.unwrap();
}

/// As `pg_dump` and long transactions do. Behind a statement that waits for a table, all others
/// wait that need it, too.
#[tokio::test(flavor = "multi_thread")]
async fn a_migration_gives_way_to_who_uses_a_table_and_comes_again() {
    let database = migrated();
    let mut user = PgConnection::connect(database.direct_url()).await.unwrap();
    let mut using = user.begin().await.unwrap();
    sqlx::query("select count(*) from jobs")
        .execute(&mut *using)
        .await
        .unwrap();
    let migrator = Migrator::new(next_release()).await.unwrap();
    let migrating = Db::migrate_postgres_by(database.url(), migrator);
    tokio::pin!(migrating);
    let db = open(&database).await.unwrap();
    let worker = registered(&db).await;
    for _ in 0..100 {
        tokio::select! {
            done = &mut migrating => panic!("the table was in use, and yet: {done:?}"),
            () = works(&db, worker) => {}
        }
    }
    using.rollback().await.unwrap();
    let done = migrating.await.unwrap();
    assert_eq!((done.before, done.after), (Some(i64::from(SCHEMA)), 9999));
    works(&db, worker).await;
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
    // It is left alone for a while, and a version that can read it finds it where it was.
    database.query("update jobs set spec = kept.spec from kept where jobs.spec = '{}'");
    assert!(engine::release_lapsed(&db, 3).await.unwrap().is_empty());
    clock(&db).advance(Duration::from_secs(15));
    let moved = engine::release_lapsed(&db, 3).await.unwrap();
    assert_eq!(moved.len(), 1);
    assert_eq!(moved[0].job, bad.id);
    assert_eq!(database.query("select count(*) from workers"), "0");
}

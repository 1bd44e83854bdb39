//! The feed of an owner's jobs: in one order, without a gap.

use std::sync::Arc;
use std::time::Duration;

use filittle_common::domain::JobEvent;
use filittle_common::engine;
use filittle_common::ids::{JobId, OwnerId};
use filittle_common::store::events::Cause;
use filittle_common::store::feed::{self, Next, Part, Place};
use filittle_common::store::{Db, events};
use filittle_testkit::{Postgres, TestDatabase};
use sqlx::{Connection, PgConnection};
use tokio::sync::Semaphore;
use tokio::time::timeout;

use crate::both::{on_both, on_postgres, start};
use crate::fixture::{blob, job, submit, submitted};

/// Nothing takes longer, unless it is broken.
const LONG: Duration = Duration::from_secs(20);

async fn part(db: &Db, owner: OwnerId, place: Place, limit: i64) -> Part {
    let mut read = db.read(owner).await.unwrap();
    feed::after(&mut read, owner, place, limit).await.unwrap()
}

/// What is settled: on a server of many databases a look may have to wait for others.
async fn settled(db: &Db, owner: OwnerId, place: Place, limit: i64) -> Part {
    let looks = async {
        loop {
            let part = part(db, owner, place, limit).await;
            if part.next != Next::Soon {
                return part;
            }
        }
    };
    timeout(LONG, looks).await.unwrap()
}

fn jobs(part: &Part) -> Vec<JobId> {
    part.events.iter().map(|happened| happened.job).collect()
}

/// As the feed tells it: without what a long job has many of.
fn shorten(event: &mut JobEvent) {
    match event {
        JobEvent::Submitted(submitted) => {
            assert!(!submitted.spec.inputs.is_empty());
            submitted.spec.inputs.clear();
        }
        JobEvent::Ended { items, outputs, .. } => {
            assert!(!items.is_empty());
            items.clear();
            outputs.clear();
        }
        _ => {}
    }
}

on_both! {
    async fn what_happened_to_all_jobs_of_one_owner_comes_in_order(db: Db) {
        let (ada, first) = job(&db).await;
        let (eve, _) = job(&db).await;
        let content = blob(&db).await;
        let second = submit(&db, submitted(&db, &ada, content)).await;
        db.write((ada.owner_id, first.id), |tx, &(owner, id)| Box::pin(async move {
            engine::cancel(tx, owner, id, &Cause::system()).await
        })).await.unwrap();
        let all = settled(&db, ada.owner_id, Place::START, 9).await;
        assert_eq!(jobs(&all), [first.id, second.id, first.id]);
        assert_eq!(all.next, Next::Nothing);
        let mut read = db.read(ada.owner_id).await.unwrap();
        let mut own = events::read(&mut read, first.id.0).await.unwrap();
        for recorded in &mut own {
            shorten(&mut recorded.event);
        }
        let told: Vec<_> = (all.events.iter())
            .filter(|happened| happened.job == first.id)
            .map(|happened| happened.recorded.clone())
            .collect();
        assert_eq!(told, own);
        assert_eq!(settled(&db, eve.owner_id, Place::START, 9).await.events.len(), 1);
    }

    async fn parts_join_without_a_gap(db: Db) {
        let (ada, first) = job(&db).await;
        let mut submitted_jobs = vec![first.id];
        for _ in 0..4 {
            let content = blob(&db).await;
            submitted_jobs.push(submit(&db, submitted(&db, &ada, content)).await.id);
        }
        let (mut place, mut seen) = (Place::START, Vec::new());
        loop {
            let some = settled(&db, ada.owner_id, place, 2).await;
            seen.extend(jobs(&some));
            place = some.end.to_string().parse().unwrap();
            if some.next == Next::Nothing {
                break;
            }
        }
        assert_eq!(seen, submitted_jobs);
    }

    async fn only_what_happens_later_comes_behind_the_end(db: Db) {
        let (ada, _) = job(&db).await;
        let end = feed::end(&mut db.read(ada.owner_id).await.unwrap()).await.unwrap();
        assert!(settled(&db, ada.owner_id, end, 9).await.events.is_empty());
        let content = blob(&db).await;
        let later = submit(&db, submitted(&db, &ada, content)).await;
        assert_eq!(jobs(&settled(&db, ada.owner_id, end, 9).await), [later.id]);
    }
}

/// Cancels a job; commits once it may, and tells when it waits for that.
async fn cancel(db: &Db, owner: OwnerId, id: JobId, waits: Arc<Semaphore>, may: Arc<Semaphore>) {
    db.write((owner, id, waits, may), |tx, (owner, id, waits, may)| {
        Box::pin(async move {
            engine::cancel(tx, *owner, *id, &Cause::system()).await?;
            waits.add_permits(1);
            drop(may.acquire().await);
            Ok(())
        })
    })
    .await
    .unwrap();
}

#[test]
fn nothing_overtakes_a_transaction_that_is_under_way() {
    on_postgres(|db| async move {
        let (ada, first) = job(&db).await;
        let content = blob(&db).await;
        let second = submit(&db, submitted(&db, &ada, content)).await;
        let begun = settled(&db, ada.owner_id, Place::START, 9).await.end;
        let gate = |open| Arc::new(Semaphore::new(open));
        let (waits, may) = (gate(0), gate(0));
        let slow = tokio::spawn({
            let (db, owner, waits, may) = (db.clone(), ada.owner_id, waits.clone(), may.clone());
            async move { cancel(&db, owner, first.id, waits, may).await }
        });
        drop(waits.acquire().await);
        cancel(&db, ada.owner_id, second.id, gate(0), gate(1)).await;
        let early = part(&db, ada.owner_id, begun, 9).await;
        assert_eq!((jobs(&early), early.next), (vec![], Next::Soon));
        may.add_permits(1);
        slow.await.unwrap();
        let all = settled(&db, ada.owner_id, early.end, 9).await;
        assert_eq!(jobs(&all), [first.id, second.id]);
    });
}

fn migrated() -> TestDatabase<'static> {
    Postgres::shared().create_database_from("schema", |url| {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(Db::migrate_postgres(url)).unwrap();
    })
}

async fn run(database: &TestDatabase<'_>, sql: &'static str) {
    let mut conn = PgConnection::connect(database.url()).await.unwrap();
    sqlx::raw_sql(sql).execute(&mut conn).await.unwrap();
    conn.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn on_a_server_that_counts_anew_the_feed_goes_on_where_it_was() {
    let database = migrated();
    let clock = filittle_common::clock::Clock::manual(start());
    let db = Db::postgres(database.url(), 3, clock).await.unwrap();
    let (ada, it) = job(&db).await;
    // As on a server that had counted far.
    run(
        &database,
        "update events set number = 5000000000; update feed set seen = 7000000000",
    )
    .await;
    let last: Place = format!("5000000000.{}.1", it.id).parse().unwrap();
    Db::migrate_postgres(database.url()).await.unwrap();
    let content = blob(&db).await;
    let later = submit(&db, submitted(&db, &ada, content)).await;
    let behind = settled(&db, ada.owner_id, last, 9).await;
    assert_eq!(
        (jobs(&behind), behind.next),
        (vec![later.id], Next::Nothing)
    );
    let all = settled(&db, ada.owner_id, Place::START, 9).await;
    assert_eq!(all.events.len(), 2);
    // Once is enough.
    Db::migrate_postgres(database.url()).await.unwrap();
    let end = settled(&db, ada.owner_id, Place::START, 9).await.end;
    assert_eq!(end, all.end);
    db.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn events_of_the_release_before_are_in_the_feed() {
    let database = migrated();
    let clock = filittle_common::clock::Clock::manual(start());
    let db = Db::postgres(database.url(), 3, clock).await.unwrap();
    let (ada, it) = job(&db).await;
    run(
        &database,
        "insert into events
            (stream_id, position, stream, kind, schema, data, actor, recorded_at)
         select id, 2, 'job', 'started', 1, '{\"kind\": \"started\", \"attempt\": 1}', 'x', now()
         from jobs",
    )
    .await;
    let all = settled(&db, ada.owner_id, Place::START, 9).await;
    assert_eq!(jobs(&all), [it.id, it.id]);
    db.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_this_version_does_not_know_is_left_out() {
    let database = migrated();
    let clock = filittle_common::clock::Clock::manual(start());
    let db = Db::postgres(database.url(), 3, clock).await.unwrap();
    let (ada, _) = job(&db).await;
    run(
        &database,
        "insert into events
            (stream_id, position, stream, kind, schema, data, actor, recorded_at)
         select id, 2, 'job', 'flown', 1, '{\"kind\": \"flown\"}', 'x', now() from jobs",
    )
    .await;
    let all = settled(&db, ada.owner_id, Place::START, 9).await;
    assert_eq!((all.events.len(), all.next), (1, Next::Nothing));
    let behind = settled(&db, ada.owner_id, all.end, 9).await;
    assert!(behind.events.is_empty());
    db.close().await;
}

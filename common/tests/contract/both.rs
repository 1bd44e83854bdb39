//! Runs a promise on both databases.

use chrono::{DateTime, Utc};
use filittle_common::clock::Clock;
use filittle_common::store::Db;
use filittle_testkit::Postgres;
use tokio::runtime::Runtime;

/// A fixed moment: nothing here depends on today.
pub(crate) fn start() -> DateTime<Utc> {
    "2026-01-02T03:04:05.678901Z".parse().expect("a time")
}

/// Makes a test for each database of `async fn name(db: Db) { … }`.
macro_rules! on_both {
    ($($(#[doc = $doc:literal])* async fn $name:ident($db:ident: Db) $body:block)+) => {$(
        mod $name {
            use super::*;

            async fn promise($db: filittle_common::store::Db) $body

            #[test]
            fn sqlite() {
                crate::both::on_sqlite(promise);
            }

            #[test]
            fn postgres() {
                crate::both::on_postgres(promise);
            }
        }
    )+};
}
pub(crate) use on_both;

pub(crate) fn on_sqlite<F: Future<Output = ()>>(promise: impl FnOnce(Db) -> F) {
    let folder = tempfile::tempdir().expect("a folder");
    runtime().block_on(async {
        let file = folder.path().join("db.sqlite");
        let db = Db::sqlite(&file, Clock::manual(start()))
            .await
            .expect("a database");
        promise(db.clone()).await;
        db.close().await;
    });
}

pub(crate) fn on_postgres<F: Future<Output = ()>>(promise: impl FnOnce(Db) -> F) {
    let database = Postgres::shared().create_database_from("schema", |url| {
        runtime()
            .block_on(Db::migrate_postgres(url))
            .expect("the schema");
    });
    runtime().block_on(async {
        let clock = Clock::manual(start());
        let db = Db::postgres(database.url(), 5, clock)
            .await
            .expect("a database");
        promise(db.clone()).await;
        db.close().await;
    });
}

fn runtime() -> Runtime {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime")
}

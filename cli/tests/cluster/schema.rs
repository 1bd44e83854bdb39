//! Processes and schemas of different releases.

use filittle_common::store::Db;
use filittle_testkit::{Process, next_release};
use sqlx::migrate::Migrator;

use crate::load::Load;
use crate::times::LONG;
use crate::world::World;

#[tokio::test(flavor = "multi_thread")]
async fn processes_run_and_start_when_the_next_release_has_migrated() {
    let world = World::new();
    let two = world.two_of_each().await;
    let load = Load::start(&two.clients, 3);
    load.accepts(20).await;
    let migrator = Migrator::new(next_release()).await.unwrap();
    let url = world.database.url();
    let done = Db::migrate_postgres_by(url, migrator).await.unwrap();
    assert!(done.before < Some(done.after), "{done:?}");
    load.accepts(40).await;
    // Of this release, too, there may be more to come.
    two.workers[0].stop();
    let (api, _worker) = (world.api(), world.worker());
    load.accepts(20).await;
    let ledger = load.stop().await;
    ledger.nothing_was_refused();
    let client = world.client(&api.url).await;
    ledger.holds(&world, &client).await;
}

/// Both binaries end at the start, and name the schema as the reason.
fn none_starts(world: &World) {
    for command in [world.api_command(), world.worker_command()] {
        let process = Process::start(command);
        let status = process.wait(LONG);
        assert_eq!(status.code(), Some(1));
        let told = process.errors().join("\n");
        assert!(told.contains("schema"), "{told}");
    }
}

#[test]
fn a_process_that_is_too_new_for_the_schema_does_not_start_and_says_so() {
    let world = World::new();
    world.database.query(
        "drop schema public cascade; create schema public;
         create table _sqlx_migrations(version bigint primary key, description text not null,
             installed_on timestamptz not null default now(), success boolean not null,
             checksum bytea not null, execution_time bigint not null)",
    );
    none_starts(&world);
}

//! The release before the newest migration, beside this one. `scripts/test --only older` builds it
//! from the repository's history.

use std::path::{Path, PathBuf};
use std::process::Command;

use filittle_common::store::Db;
use sqlx::migrate::Migrator;

use crate::load::Load;
use crate::times::until;
use crate::world::{Replica, World, mails};

/// The sources of the older release, and in `bin` its binaries.
fn older() -> PathBuf {
    let folder = std::env::var_os("FILITTLE_TEST_OLDER")
        .expect("FILITTLE_TEST_OLDER; run scripts/test --only older");
    PathBuf::from(folder)
}

/// The command of this release, run by the binary of the older one.
fn of(older: &Path, command: &Command) -> Command {
    let name = Path::new(command.get_program()).file_name().unwrap();
    let mut same = Command::new(older.join("bin").join(name));
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => same.env(name, value),
            None => same.env_remove(name),
        };
    }
    same
}

/// A world as the older release left it.
async fn world_of(older: &Path) -> World {
    let world = World::new();
    world.database.query(
        "drop schema public cascade; create schema public; grant all on schema public to public",
    );
    let migrations = older.join("migrations/postgres");
    let migrator = Migrator::new(migrations.as_path()).await.unwrap();
    let url = world.database.url();
    Db::migrate_postgres_by(url, migrator).await.unwrap();
    world
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "scripts/test --only older builds what it needs"]
async fn an_older_release_goes_on_while_and_after_this_one_migrates_and_replaces_it() {
    let older = older();
    let world = world_of(&older).await;
    let old_api = Replica::start(of(&older, &world.api_command()), "filittle listens on ");
    let old_worker = Replica::start(of(&older, &world.worker_command()), "probes on ");
    let client = world.client(&old_api.url).await;
    let load = Load::start(std::slice::from_ref(&client), 3);
    load.accepts(20).await;
    let migrated = world.command("filittle").arg("migrate").output().unwrap();
    assert!(migrated.status.success(), "{migrated:?}");
    load.accepts(40).await;
    // Old and new, side by side.
    let (api, _worker) = (world.api(), world.worker());
    load.accepts(20).await;
    let ledger = load.stop().await;
    ledger.nothing_was_refused();
    let both = [client, world.client(&api.url).await];
    let load = Load::start(&both, 3);
    load.accepts(40).await;
    old_worker.stop();
    load.accepts(20).await;
    let second = load.stop().await;
    second.nothing_was_refused();
    old_api.stop();
    second.joins(&ledger);
    ledger.holds_of_jobs(&world, &both[1]).await;
    until("each notice is sent", async || {
        let waiting = world.count("select count(*) from notices where state <> 'sent'");
        (waiting == 0).then_some(())
    })
    .await;
    let notices = world.count("select count(*) from notices");
    assert_eq!(u64::try_from(mails(&world.mail())).unwrap(), notices);
}

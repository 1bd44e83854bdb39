//! A database, a folder of objects, and what tests do with them.

use std::path::{Path, PathBuf};
use std::time::Duration;

use filittle_common::Result;
use filittle_common::blobs::{Blobs, Collected};
use filittle_common::clock::Clock;
use filittle_common::ids::{BlobId, BlockId};
use filittle_common::store::blocks::{self, Block};
use filittle_common::store::{Db, blobs as blob_rows};
use filittle_testkit::Postgres;
use tempfile::TempDir;
use tokio::runtime::Runtime;
use uuid::Uuid;

use crate::contents::read;

/// Makes a test for each database of `async fn name(world: World) { … }`.
macro_rules! on_both {
    ($($(#[doc = $doc:literal])* async fn $name:ident($world:ident: World) $body:block)+) => {$(
        mod $name {
            use super::*;

            async fn promise($world: World) $body

            #[test]
            fn sqlite() {
                crate::world::on_sqlite(promise);
            }

            #[test]
            fn postgres() {
                crate::world::on_postgres(promise);
            }
        }
    )+};
}
pub(crate) use on_both;

pub(crate) struct World {
    pub(crate) db: Db,
    pub(crate) blobs: Blobs,
    folder: TempDir,
}

/// All there is of contents: every block with its state, and every file of the folder.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct There {
    pub(crate) blocks: Vec<(BlockId, String)>,
    pub(crate) files: Vec<PathBuf>,
}

impl World {
    pub(crate) fn objects(&self) -> PathBuf {
        self.folder.path().join("objects")
    }

    pub(crate) async fn blocks(&self) -> Vec<Block> {
        let mut tx = self.db.read_any().await.expect("a reader");
        blocks::page(&mut tx, BlockId(Uuid::nil()), 1000)
            .await
            .expect("blocks")
    }

    pub(crate) async fn there(&self) -> There {
        let blocks = self
            .blocks()
            .await
            .into_iter()
            .map(|block| (block.id, block.state));
        let mut files = Vec::new();
        files_in(&self.objects(), &mut files);
        files.sort();
        There {
            blocks: blocks.collect(),
            files,
        }
    }

    /// Collects everything that nothing needs, however young.
    pub(crate) async fn collect_all(&self, blobs: &Blobs) -> Collected {
        self.db.clock().advance(Duration::from_hours(48));
        blobs.collect(Duration::ZERO).await.expect("a collection")
    }

    pub(crate) async fn release(&self, holder: Uuid) {
        self.db
            .write(holder, |tx, holder| {
                Box::pin(blob_rows::release(tx, *holder))
            })
            .await
            .expect("released");
    }

    pub(crate) async fn get(&self, blob: BlobId, size: usize) -> Result<Vec<u8>> {
        read(&self.blobs, blob, 0..size as u64).await
    }
}

fn files_in(folder: &Path, files: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return;
    };
    for entry in entries {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            files_in(&path, files);
        } else {
            files.push(path);
        }
    }
}

pub(crate) fn on_sqlite<F: Future<Output = ()>>(promise: impl FnOnce(World) -> F) {
    let folder = tempfile::tempdir().expect("a folder");
    runtime().block_on(async {
        let file = folder.path().join("db.sqlite");
        let db = Db::sqlite(&file, clock(folder.path()))
            .await
            .expect("a database");
        live(db, folder, promise).await;
    });
}

pub(crate) fn on_postgres<F: Future<Output = ()>>(promise: impl FnOnce(World) -> F) {
    let database = Postgres::shared().create_database_from("schema", |url| {
        runtime()
            .block_on(Db::migrate_postgres(url))
            .expect("the schema");
    });
    let folder = tempfile::tempdir().expect("a folder");
    runtime().block_on(async {
        let clock = clock(folder.path());
        let db = Db::postgres(database.url(), 8, clock)
            .await
            .expect("a database");
        live(db, folder, promise).await;
    });
}

async fn live<F: Future<Output = ()>>(db: Db, folder: TempDir, promise: impl FnOnce(World) -> F) {
    let blobs = Blobs::local(&folder.path().join("objects"), db.clone()).expect("a folder");
    promise(World {
        db: db.clone(),
        blobs: blobs.clone(),
        folder,
    })
    .await;
    blobs.settled().await;
    db.close().await;
}

/// Begins at the time of the file system, which the times of objects are compared with.
fn clock(folder: &Path) -> Clock {
    let made = std::fs::metadata(folder).and_then(|folder| folder.modified());
    Clock::manual(made.expect("its time").into())
}

fn runtime() -> Runtime {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime")
}

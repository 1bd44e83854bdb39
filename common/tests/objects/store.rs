//! A bucket of a real server, a database, and what tests do with them.

use std::time::Duration;

use filittle_common::Result;
use filittle_common::blobs::{
    Blobs, Collected, ObjectsSecrets, ObjectsUrl, Patience, Stored, link,
};
use filittle_common::clock::Clock;
use filittle_common::ids::{BlobId, BlockId};
use filittle_common::random;
use filittle_common::store::blocks::{self, Block};
use filittle_common::store::{Db, blobs as blob_rows};
use filittle_testkit::{ObjectServer, TestBucket};
use tempfile::TempDir;
use uuid::Uuid;

use crate::contents::{self, MIB};

/// Makes a test for each server of `async fn name(store: Store) { … }`.
macro_rules! on_each_store {
    ($(async fn $name:ident($store:ident: Store) $body:block)+) => {$(
        mod $name {
            use super::*;

            async fn promise($store: Store) $body

            #[test]
            fn s3() {
                crate::store::run(ObjectServer::s3(), promise);
            }

            #[test]
            fn google() {
                crate::store::run(ObjectServer::google(), promise);
            }

            #[test]
            fn azure() {
                crate::store::run(ObjectServer::azure(), promise);
            }
        }
    )+};
}
pub(crate) use on_each_store;

/// Short, for a test in which the store is away.
pub(crate) const IMPATIENT: Patience = Patience {
    connect: Duration::from_secs(3),
    request: Duration::from_secs(3),
    retries: Duration::from_secs(1),
};

pub(crate) struct Store {
    pub(crate) bucket: TestBucket,
    pub(crate) blobs: Blobs,
    db: Db,
    _folder: TempDir,
}

/// Another database with objects in the same bucket.
pub(crate) struct Other {
    blobs: Blobs,
    db: Db,
    _folder: TempDir,
}

pub(crate) fn run<F: Future<Output = ()>>(
    server: &'static ObjectServer,
    promise: impl FnOnce(Store) -> F,
) {
    let bucket = server.bucket();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        let (folder, db) = database().await;
        let blobs = open(
            &bucket,
            "",
            server.endpoint(),
            &secrets(server),
            Patience::default(),
            &db,
        )
        .expect("a store");
        promise(Store {
            bucket,
            blobs: blobs.clone(),
            db: db.clone(),
            _folder: folder,
        })
        .await;
        blobs.settled().await;
        db.close().await;
    });
}

/// Begins at the time of the file system, which is that of the servers.
async fn database() -> (TempDir, Db) {
    let folder = tempfile::tempdir().expect("a folder");
    let made = std::fs::metadata(folder.path()).and_then(|folder| folder.modified());
    let clock = Clock::manual(made.expect("its time").into());
    let db = Db::sqlite(&folder.path().join("db.sqlite"), clock).await;
    (folder, db.expect("a database"))
}

/// What opens each of the servers.
fn secrets(server: &'static ObjectServer) -> ObjectsSecrets {
    if server.endpoint() == ObjectServer::google().endpoint() {
        // Google's own form of "no token is needed here".
        let key =
            r#"{"private_key":"","private_key_id":"","client_email":"","disable_oauth":true}"#;
        return ObjectsSecrets {
            google_key: Some(key.into()),
            ..ObjectsSecrets::default()
        };
    }
    if server.access_key_id().is_empty() {
        return ObjectsSecrets::default();
    }
    ObjectsSecrets {
        access_key_id: Some(server.access_key_id().into()),
        secret_access_key: Some(server.secret_access_key().into()),
        ..ObjectsSecrets::default()
    }
}

fn open(
    bucket: &TestBucket,
    prefix: &str,
    endpoint: &str,
    secrets: &ObjectsSecrets,
    patience: Patience,
    db: &Db,
) -> Result<Blobs> {
    let server = bucket.server();
    let (scheme, more) = if server.endpoint() == ObjectServer::google().endpoint() {
        ("gs", "")
    } else if server.access_key_id().is_empty() {
        ("az", "&emulator=true")
    } else {
        ("s3", "&region=us-east-1")
    };
    let name = bucket.name();
    let url: ObjectsUrl = format!("{scheme}://{name}/{prefix}?endpoint={endpoint}{more}")
        .parse()
        .expect("a URL");
    Blobs::at_with(&url, secrets, patience, db.clone())
}

impl Store {
    pub(crate) async fn put(&self, content: &[u8]) -> Result<Stored> {
        contents::put(&self.blobs, content, MIB).await
    }

    pub(crate) async fn read(&self, blob: BlobId, from: usize, to: usize) -> Result<Vec<u8>> {
        contents::read(&self.blobs, blob, from as u64..to as u64).await
    }

    /// Refers to it; answers who does.
    pub(crate) async fn keep(&self, stored: &Stored) -> (Uuid, BlobId) {
        let holder = random::uuid_v4();
        let blob = self
            .db
            .write((stored.clone(), holder), |tx, (stored, holder)| {
                Box::pin(link(tx, stored, *holder))
            })
            .await
            .expect("linked");
        stored.keep();
        (holder, blob)
    }

    pub(crate) async fn release(&self, holder: Uuid) {
        self.db
            .write(holder, |tx, holder| {
                Box::pin(blob_rows::release(tx, *holder))
            })
            .await
            .expect("released");
    }

    pub(crate) async fn blocks(&self) -> Vec<Block> {
        let mut tx = self.db.read_any().await.expect("a reader");
        blocks::page(&mut tx, BlockId(Uuid::nil()), 1000)
            .await
            .expect("blocks")
    }

    /// Collects everything that nothing needs, however young.
    pub(crate) async fn collect(&self) -> Collected {
        self.collect_by(&self.blobs).await
    }

    pub(crate) async fn collect_by(&self, blobs: &Blobs) -> Collected {
        collect(&self.db, blobs).await
    }

    /// The same bucket and database, by way of another address.
    pub(crate) fn by_way_of(&self, endpoint: &str, patience: Patience) -> Blobs {
        let secrets = secrets(self.bucket.server());
        open(&self.bucket, "", endpoint, &secrets, patience, &self.db).expect("a store")
    }

    pub(crate) fn try_opened_by(&self, secrets: &ObjectsSecrets) -> Result<Blobs> {
        let endpoint = self.bucket.server().endpoint();
        open(
            &self.bucket,
            "",
            endpoint,
            secrets,
            Patience::default(),
            &self.db,
        )
    }

    pub(crate) fn opened_by(&self, secrets: &ObjectsSecrets) -> Blobs {
        self.try_opened_by(secrets).expect("a store")
    }

    /// The same bucket with a prefix, and a database of its own.
    pub(crate) async fn with_prefix(&self, prefix: &str) -> Other {
        let (folder, db) = database().await;
        let server = self.bucket.server();
        let blobs = open(
            &self.bucket,
            prefix,
            server.endpoint(),
            &secrets(server),
            Patience::default(),
            &db,
        );
        Other {
            blobs: blobs.expect("a store"),
            db,
            _folder: folder,
        }
    }
}

impl Other {
    pub(crate) async fn put(&self, content: &[u8]) -> Result<Stored> {
        contents::put(&self.blobs, content, MIB).await
    }

    pub(crate) async fn collect(&self) -> Collected {
        collect(&self.db, &self.blobs).await
    }
}

async fn collect(db: &Db, blobs: &Blobs) -> Collected {
    db.clock().advance(Duration::from_hours(48));
    blobs.collect(Duration::ZERO).await.expect("a collection")
}

//! Rows to begin with.

use filittle_common::clock::Clock;
use filittle_common::domain::{Input, Job, Notify, Priority, Spec, Submitted};
use filittle_common::engine::{self, New};
use filittle_common::ids::{AccountId, BlobId, BlockId, FileId, JobId, OwnerId};
use filittle_common::queue::Lane;
use filittle_common::store::accounts::{Account, Role};
use filittle_common::store::blobs::{Blob, Place};
use filittle_common::store::blocks::Block;
use filittle_common::store::events::Cause;
use filittle_common::store::{Db, accounts, blobs, blocks};
use filittle_common::{Error, random};
use serde_json::{Map, json};

/// The manual clock of a test's database.
pub(crate) fn clock(db: &Db) -> &Clock {
    db.clock()
}

pub(crate) fn account(db: &Db) -> Account {
    let now = clock(db).now();
    let id = AccountId::new(now);
    Account {
        id,
        owner_id: OwnerId::new(now),
        email: format!("{id}@example.org"),
        name: None,
        password_hash: "$argon2id$".into(),
        role: Role::Member,
        verified_at: Some(now),
        created_at: now,
    }
}

/// Somebody who owns things.
pub(crate) async fn owner(db: &Db) -> Account {
    let account = account(db);
    let row = account.clone();
    db.write(row, |tx, row| Box::pin(accounts::insert(tx, row)))
        .await
        .expect("an account");
    account
}

pub(crate) fn block(db: &Db, content: &str) -> Block {
    let id = BlockId::new(clock(db).now());
    Block {
        id,
        sha256: content.into(),
        size: 4,
        object_key: format!("blocks/{id}"),
        stored_size: 4,
        encoding: "identity".into(),
        key_id: None,
        tier: "hot".into(),
        state: "pending".into(),
        touched_at: clock(db).micros(),
    }
}

/// A content of one present block.
pub(crate) async fn blob(db: &Db) -> BlobId {
    let block = block(db, &random::uuid_v4().to_string());
    let now = clock(db).now();
    let blob = Blob {
        id: BlobId::new(now),
        size: 4,
        sha256: "b".into(),
        created_at: now,
    };
    let id = blob.id;
    db.write((block, blob), |tx, (block, blob)| {
        Box::pin(async move {
            blocks::insert(tx, block).await?;
            blocks::mark_present(tx, block.id).await?;
            blobs::insert(tx, blob).await?;
            let place = Place {
                blob: blob.id,
                start_byte: 0,
                length: 4,
                block: block.id,
            };
            blobs::place(tx, place).await
        })
    })
    .await
    .expect("a blob");
    id
}

pub(crate) fn submitted(db: &Db, owner: &Account, blob: BlobId) -> Submitted {
    let now = clock(db).now();
    let steps = filittle_steps::parse(&json!([{"op": "compress"}]), "/steps").expect("steps");
    let input = Input {
        file: FileId::new(now),
        name: "a.txt".into(),
        blob,
        size: 4,
        media_type: "text/plain".into(),
    };
    Submitted {
        id: JobId::new(now),
        owner_id: owner.owner_id,
        created_by: owner.id,
        name: Some("ä job".into()),
        metadata: Map::from_iter([("order".to_owned(), json!("17"))]),
        priority: Priority::Normal,
        spec: Spec {
            inputs: vec![input],
            steps,
            keep_seconds: 3600,
            keep: false,
            notify: Notify { email: true },
        },
        spec_version: 1,
        max_attempts: 3,
        not_before: None,
        retry_of: None,
    }
}

pub(crate) async fn submit(db: &Db, new: Submitted) -> Job {
    try_submit(db, new, Lane::Bulk).await.expect("a job")
}

pub(crate) async fn try_submit(db: &Db, new: Submitted, lane: Lane) -> Result<Job, Error> {
    let new = New {
        submitted: new,
        uploads: Vec::new(),
        receipt: None,
        lane,
        cause: Cause::system(),
    };
    let mut made = db
        .write([new], |tx, all| Box::pin(engine::submit_all(tx, all)))
        .await?;
    Ok(made.remove(0))
}

/// An owner's waiting job.
pub(crate) async fn job(db: &Db) -> (Account, Job) {
    let owner = owner(db).await;
    let blob = blob(db).await;
    let job = submit(db, submitted(db, &owner, blob)).await;
    (owner, job)
}

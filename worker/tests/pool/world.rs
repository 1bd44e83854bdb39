//! An application for one test, and verbs to use it.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use filittle_common::accounts::{Accounts, Credentials};
use filittle_common::actor::Member;
use filittle_common::blobs::Blobs;
use filittle_common::clock::Clock;
use filittle_common::commands::Uploaded;
use filittle_common::commands::add_files::AddFiles;
use filittle_common::commands::create_first_account::CreateFirstAccount;
use filittle_common::commands::submit_job::SubmitJob;
use filittle_common::config::Config;
use filittle_common::domain::{Job, Output, State};
use filittle_common::ids::{FileId, JobId};
use filittle_common::live::Live;
use filittle_common::queries::get_job::GetJob;
use filittle_common::queue::{Lane, Queue};
use filittle_common::store::Db;
use filittle_common::trace::Traces;
use filittle_common::wake::{Topic, Wake};
use filittle_common::{Actor, App, Parts};
use filittle_worker::{Pool, Settings};
use futures_util::StreamExt;
use object_store::ObjectStore;
use serde_json::{Value, json};
use tempfile::TempDir;

/// Nothing takes longer, unless it is broken.
pub(crate) const LONG: Duration = Duration::from_secs(30);

pub(crate) struct World {
    pub(crate) app: App,
    pub(crate) actor: Actor,
    pub(crate) member: Member,
    pub(crate) folder: TempDir,
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::with(
            |_| {},
            |db, folder| Blobs::local(&folder.join("objects"), db).unwrap(),
        )
        .await
    }

    pub(crate) async fn on_objects(objects: Arc<dyn ObjectStore>) -> Self {
        Self::with(|_| {}, |db, _| Blobs::new(objects, db)).await
    }

    /// Looks and renewals are quick, so that tests that wait for them are, too.
    pub(crate) async fn with(
        change: impl FnOnce(&mut Config),
        blobs: impl FnOnce(Db, &Path) -> Blobs,
    ) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let db = Db::sqlite(&folder.path().join("db.sqlite"), Clock::System)
            .await
            .unwrap();
        let mut config = Config {
            look_every: Duration::from_millis(50),
            renew_every: Duration::from_millis(100),
            ..Config::default()
        };
        change(&mut config);
        let app = App::new(Parts {
            traces: Traces::default(),
            blobs: blobs(db.clone(), folder.path()),
            accounts: Accounts::ephemeral(),
            queue: Queue::channel(),
            wake: Wake::default(),
            live: Live::default(),
            config,
            db,
        });
        let first = CreateFirstAccount {
            email: "ada@example.org".into(),
            password: None,
            with_key: true,
        };
        let first = app
            .execute(first, &Actor::anonymous(None))
            .await
            .unwrap()
            .unwrap();
        let credentials = Credentials::Bearer(first.api_key.unwrap());
        let member = app
            .accounts
            .authenticate(&app.db, &credentials)
            .await
            .unwrap();
        Self {
            app,
            actor: Actor::member(member, None),
            member,
            folder,
        }
    }

    /// A pool that runs until the test ends.
    pub(crate) async fn pool(&self, concurrency: usize) -> Pool {
        let settings = Settings {
            concurrency,
            lanes: vec![Lane::Interactive, Lane::Bulk],
            memory_bytes: 192 << 20,
            spool_dir: None,
            name: "test".into(),
        };
        let pool = Pool::start(self.app.clone(), settings).await.unwrap();
        let running = pool.clone();
        tokio::spawn(async move { running.run().await });
        pool
    }

    pub(crate) async fn upload(&self, name: &str, bytes: impl Into<Bytes>) -> FileId {
        let files = vec![self.uploaded(name, bytes).await];
        let add = AddFiles { files };
        self.app.execute(add, &self.actor).await.unwrap()[0].id
    }

    /// A content that nothing refers to yet.
    pub(crate) async fn uploaded(&self, name: &str, bytes: impl Into<Bytes>) -> Uploaded {
        let mut writer = self.app.blobs.writer(u64::MAX);
        writer.write(bytes.into()).await.unwrap();
        Uploaded {
            name: Some(name.into()),
            stored: writer.finish().await.unwrap(),
        }
    }

    pub(crate) async fn submit(&self, files: &[FileId], steps: Value) -> Job {
        self.submit_with(files, steps, json!({})).await
    }

    /// `more` are further fields of the body.
    pub(crate) async fn submit_with(&self, files: &[FileId], steps: Value, more: Value) -> Job {
        let mut body = more;
        body["inputs"] = files.iter().map(|file| json!({"file": file})).collect();
        body["steps"] = steps;
        self.app
            .execute(SubmitJob::of_files(body, false), &self.actor)
            .await
            .unwrap()
    }

    pub(crate) async fn job(&self, id: JobId) -> Job {
        self.app.ask(GetJob { id }, &self.actor).await.unwrap().job
    }

    /// The job once `is_so`.
    pub(crate) async fn until(&self, id: JobId, is_so: impl Fn(&Job) -> bool) -> Job {
        let mut wakes = self.app.wake.subscribe(Topic::Job(id));
        let waiting = async {
            loop {
                let job = self.job(id).await;
                if is_so(&job) {
                    return job;
                }
                wakes.woken().await;
            }
        };
        if let Ok(job) = tokio::time::timeout(LONG, waiting).await {
            return job;
        }
        panic!("it did not happen; the job is {:?}", self.job(id).await)
    }

    pub(crate) async fn ended(&self, id: JobId) -> Job {
        self.until(id, |job| job.state.has_ended()).await
    }

    pub(crate) async fn running(&self, id: JobId) -> Job {
        self.until(id, |job| job.state == State::Running).await
    }

    pub(crate) async fn bytes(&self, output: &Output) -> Bytes {
        let mut stream = Box::pin(self.app.blobs.read(output.blob, 0..output.size));
        let mut bytes = BytesMut::new();
        while let Some(part) = stream.next().await {
            bytes.extend_from_slice(&part.unwrap());
        }
        bytes.freeze()
    }
}

pub(crate) fn zstd() -> Value {
    json!([{"op": "compress", "format": "zstd"}])
}

pub(crate) fn dither() -> Value {
    json!([{"op": "dither", "levels": 2}])
}

/// A PNG of so many pixels a side.
pub(crate) fn picture(side: u32) -> Vec<u8> {
    use filittle_testkit::pictures::{photo_like, png};
    png(side, side, &photo_like(side, side))
}

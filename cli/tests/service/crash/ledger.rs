//! What the clients were told, and whether it holds.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use serde_json::Value;
use tokio::task::JoinSet;

use super::goods::{Goods, Order};
use crate::answer::Send;
use crate::client::{Client, path};
use crate::stopped::Stopped;

#[derive(Clone, Default)]
pub(super) struct Ledger(Arc<Mutex<Book>>);

#[derive(Default)]
struct Book {
    /// By id.
    files: BTreeMap<String, (Value, Vec<u8>)>,
    /// Paths of files.
    deleted: Vec<String>,
    jobs: Vec<(Value, Order)>,
    /// Names of jobs.
    unknown: BTreeSet<String>,
    /// Names of jobs.
    refused: BTreeSet<String>,
}

impl Ledger {
    fn with<T>(&self, work: impl FnOnce(&mut Book) -> T) -> T {
        work(&mut self.0.lock().unwrap())
    }

    pub(super) fn add_file(&self, file: Value, bytes: Vec<u8>) {
        let id = file["id"].as_str().unwrap().to_owned();
        self.with(|book| book.files.insert(id, (file, bytes)));
    }

    /// Its delete is on the way, so nothing is known of it any more.
    pub(super) fn forget_file(&self, id: &Value) {
        self.with(|book| book.files.remove(id.as_str().unwrap()));
    }

    pub(super) fn add_deleted(&self, path: String) {
        self.with(|book| book.deleted.push(path));
    }

    pub(super) fn add_job(&self, job: Value, order: Order) {
        self.with(|book| book.jobs.push((job, order)));
    }

    pub(super) fn add_unknown(&self, name: String) {
        self.with(|book| book.unknown.insert(name));
    }

    pub(super) fn add_refused(&self, name: String) {
        self.with(|book| book.refused.insert(name));
    }

    /// An answer that is not the good one: only "come again" is allowed.
    #[expect(clippy::unused_self, reason = "it is asked like the others")]
    pub(super) fn add_answer(&self, status: u16, body: &str) {
        assert_eq!(status, 503, "{body}");
    }

    pub(super) fn summary(&self) -> String {
        self.with(|book| {
            format!(
                "{} files and {} deleted, {} jobs accepted, {} unknown, {} refused",
                book.files.len(),
                book.deleted.len(),
                book.jobs.len(),
                book.unknown.len(),
                book.refused.len()
            )
        })
    }

    /// Everything accepted is there and right.
    pub(super) async fn compare(&self, client: &Client, goods: &Goods) {
        let (files, deleted, jobs) = self.with(|book| {
            let files: Vec<_> = book.files.values().cloned().collect();
            (files, book.deleted.clone(), book.jobs.clone())
        });
        assert!(jobs.len() > 50, "only {} jobs: no load", jobs.len());
        let mut checks = JoinSet::new();
        for part in files.chunks(files.len().div_ceil(4)) {
            let (client, part) = (client.clone(), part.to_vec());
            checks.spawn(async move {
                for (file, bytes) in part {
                    assert!(client.content(&file).await == bytes, "{file}");
                }
            });
        }
        for part in jobs.chunks(jobs.len().div_ceil(4)) {
            let (client, goods, part) = (client.clone(), goods.clone(), part.to_vec());
            checks.spawn(async move {
                for (job, order) in part {
                    let job = client.get(&path(&job)).answer().await.is(200).json();
                    assert_eq!(job["state"], "succeeded", "{job}");
                    assert_eq!(job["failures"], 0, "{job}");
                    let bytes = client.output(&job).await;
                    assert!(goods.is_right(&order, &bytes), "{job}");
                }
            });
        }
        for path in deleted {
            client.get(&path).answer().await.refused(410, "gone");
        }
        checks.join_all().await;
    }

    /// No refused job has a row, and every row is of a job that was accepted or unknown. Whoever
    /// wanted a mail gets one.
    pub(super) async fn compare_rows(&self, stopped: &Stopped<'_>) {
        let mut sql = stopped.sql().await;
        let names = sqlx::query_scalar("select name from jobs").fetch_all(&mut sql);
        let rows: BTreeSet<String> = names.await.unwrap().into_iter().collect();
        let (accepted, unknown, refused) = self.with(|book| {
            let count = book.jobs.len();
            (count, book.unknown.clone(), book.refused.clone())
        });
        let doubtful = rows.intersection(&unknown).count();
        assert_eq!(rows.len(), accepted + doubtful, "jobs that nobody sent");
        let wrong: Vec<_> = rows.intersection(&refused).collect();
        assert!(
            wrong.is_empty(),
            "refused, and there all the same: {wrong:?}"
        );
        let untold = sqlx::query_scalar::<_, i64>(
            "select count(*) from jobs j where name like '%7' and 1 <>
                (select count(*) from notices n where n.job_id = j.id)",
        );
        assert_eq!(untold.fetch_one(&mut sql).await.unwrap(), 0, "notices");
        let caught = sqlx::query_scalar("select count(*) from events where kind = 'released'");
        let caught: i64 = caught.fetch_one(&mut sql).await.unwrap();
        assert!(caught > 0, "no kill met a job in work");
    }
}

//! A data folder whose service has stopped, looked at from outside.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Output;
use std::time::Duration;

use filittle_common::blobs::{Blobs, Collected, Depth};
use filittle_common::clock::Clock;
use filittle_common::store::Db;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, SqliteConnection};

use crate::service::filittle;

/// The folder of a stopped service.
pub(crate) struct Stopped<'d>(pub(crate) &'d Path);

/// What `filittle rebuild` counted.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) jobs: u64,
    pub(crate) jobs_differed: u64,
    pub(crate) files: u64,
    pub(crate) files_differed: u64,
    pub(crate) work_mended: u64,
}

impl Stopped<'_> {
    fn database(&self) -> PathBuf {
        self.0.join("filittle.sqlite")
    }

    pub(crate) async fn sql(&self) -> SqliteConnection {
        let options = SqliteConnectOptions::new().filename(self.database());
        options.foreign_keys(true).connect().await.unwrap()
    }

    /// The database is whole, its events are without gaps, and every job that ended did it once.
    pub(crate) async fn has_a_sound_database(&self) {
        let mut sql = self.sql().await;
        let one = |query: &'static str| sqlx::query_scalar::<_, String>(query);
        let found = one("pragma integrity_check").fetch_all(&mut sql).await;
        assert_eq!(found.unwrap(), ["ok"]);
        let broken = sqlx::query("pragma foreign_key_check").fetch_all(&mut sql);
        assert_eq!(broken.await.unwrap().len(), 0, "rows refer to nothing");
        let gaps = one("select hex(stream_id) from events group by stream_id
             having min(position) <> 1 or max(position) <> count(*)");
        assert_eq!(gaps.fetch_all(&mut sql).await.unwrap(), [""; 0], "gaps");
        let wrong = one("select hex(id) || ' ' || state from jobs j where
                (select count(*) from events e where e.stream_id = j.id and e.kind in
                    ('succeeded', 'partial', 'failed', 'cancelled'))
                <> (j.state not in ('queued', 'running'))
             or (j.state not in ('queued', 'running') and j.state <>
                (select kind from events e where e.stream_id = j.id
                 order by position desc limit 1))");
        let wrong = wrong.fetch_all(&mut sql).await.unwrap();
        assert_eq!(wrong, [""; 0], "jobs without one end");
        let twice =
            one("select name from jobs where name is not null group by name having count(*) > 1");
        assert_eq!(twice.fetch_all(&mut sql).await.unwrap(), [""; 0]);
    }

    /// Every block that is referred to is there with the right bytes, and after a collection
    /// there is nothing else. Answers what was collected.
    pub(crate) async fn has_sound_contents(&self) -> Collected {
        let db = Db::sqlite(&self.database(), Clock::System).await.unwrap();
        let blobs = Blobs::local(&self.0.join("objects"), db.clone()).unwrap();
        let before = blobs.check(Depth::Content).await.unwrap();
        assert!(before.is_good(), "{before:?}");
        let collected = blobs.collect(Duration::ZERO).await.unwrap();
        assert_eq!(collected.failed, 0, "{collected:?}");
        let after = blobs.check(Depth::Content).await.unwrap();
        assert!(after.is_good() && after.passing == 0, "{after:?}");
        db.close().await;

        let mut sql = self.sql().await;
        let keys = sqlx::query_scalar("select object_key from blocks where state = 'present'");
        let keys: Vec<String> = keys.fetch_all(&mut sql).await.unwrap();
        let rows: BTreeSet<PathBuf> = keys.into_iter().map(PathBuf::from).collect();
        let objects = self.0.join("objects");
        let mut there = BTreeSet::new();
        for file in files(&objects) {
            there.insert(file.strip_prefix(&objects).unwrap().to_owned());
        }
        assert_eq!(there, rows, "objects and rows of blocks");
        let lost = sqlx::query_scalar::<_, i64>(
            "select count(*) from blob_uses u where not exists
                (select 1 from blobs b where b.id = u.blob_id)
             or (select coalesce(sum(length), 0) from blob_blocks where blob_id = u.blob_id) <>
                (select size from blobs where id = u.blob_id)",
        );
        assert_eq!(
            lost.fetch_one(&mut sql).await.unwrap(),
            0,
            "contents with holes"
        );
        collected
    }

    /// Runs `filittle rebuild`.
    pub(crate) fn try_rebuild(&self) -> Output {
        let mut command = filittle();
        command.arg("rebuild").arg("--data").arg(self.0);
        command.output().unwrap()
    }

    /// Runs `filittle rebuild`; answers what it counted.
    pub(crate) fn rebuild(&self) -> Counts {
        let output = self.try_rebuild();
        assert!(output.status.success(), "{output:?}");
        let text = String::from_utf8(output.stdout).unwrap();
        let numbers: Vec<u64> = text
            .split(|c: char| !c.is_ascii_digit())
            .filter_map(|number| number.parse().ok())
            .collect();
        let [jobs, jobs_differed, files, files_differed, work_mended] = numbers[..] else {
            panic!("not what rebuild tells: {text}");
        };
        Counts {
            jobs,
            jobs_differed,
            files,
            files_differed,
            work_mended,
        }
    }

    /// Every row is what its events say.
    pub(crate) fn is_as_its_events_say(&self) {
        let counts = self.rebuild();
        let differed = (
            counts.jobs_differed,
            counts.files_differed,
            counts.work_mended,
        );
        assert_eq!(differed, (0, 0, 0), "{counts:?}");
    }
}

/// All files in a folder, at any depth.
pub(crate) fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(self::files(&path));
        } else {
            files.push(path);
        }
    }
    files
}

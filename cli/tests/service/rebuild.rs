//! `filittle rebuild`: rows from events.

use std::path::Path;
use std::time::Duration;

use filittle_common::clock::Clock;
use filittle_testkit::Signal;
use serde_json::{Value, json};
use sqlx::SqliteConnection;
use tempfile::tempdir;

use crate::answer::Send;
use crate::client::{Client, path};
use crate::generate;
use crate::service::{Service, filittle, serve};
use crate::stopped::{Counts, Stopped};
use crate::times::{LONG, until};

/// Jobs and files in every state there is.
struct Mixed {
    succeeded: Value,
    failed: Value,
    partial: Value,
    cancelled: Value,
    deleted: Value,
    /// For a time that is far away.
    delayed: Value,
    kept: Value,
    file: Value,
    described: Value,
    deleted_file: Value,
}

async fn mixed(client: &Client) -> Mixed {
    let file = client.upload("a.txt", "some text").await;
    let described = client.upload("b.txt", "other text").await;
    let path_of = |file: &Value| format!("/v1/files/{}", file["id"].as_str().unwrap());
    let said = json!({"name": "c.txt", "category": "letters", "tags": ["x"]});
    let patch = client.request(reqwest::Method::PATCH, &path_of(&described));
    patch.json(&said).answer().await.is(200);
    let deleted_file = client.upload("d.txt", "more text").await;
    let delete = client.request(reqwest::Method::DELETE, &path_of(&deleted_file));
    delete.answer().await.is(204);

    let compress = json!({"op": "compress"});
    let succeeded = client.work(&file, &compress).await;
    let failed = client.work(&file, &json!({"op": "dither"})).await;
    let png = filittle_testkit::pictures::png(8, 8, &[7; 192]);
    let picture = client.upload("p.png", png).await;
    let both = json!({
        "inputs": [{"file": file["id"]}, {"file": picture["id"]}],
        "steps": [{"op": "dither"}],
        "notify": {"email": true},
    });
    let partial = client.submit(&both).await;
    let later = json!({
        "inputs": [{"file": file["id"]}],
        "steps": [compress],
        "not_before": (Clock::System.now() + Duration::from_hours(7000)).to_rfc3339(),
    });
    let (cancelled, delayed) = (client.submit(&later).await, client.submit(&later).await);
    let cancel = client.post(&format!("{}/cancel", path(&cancelled)), &json!({}));
    cancel.answer().await.is(200);
    let keep = json!({"inputs": [{"file": file["id"]}], "steps": [compress], "keep": true});
    let kept = client.submit(&keep).await;
    let deleted = client.work(&described, &compress).await;
    for (job, state) in [
        (&succeeded, "succeeded"),
        (&failed, "failed"),
        (&partial, "partial"),
        (&kept, "succeeded"),
        (&deleted, "succeeded"),
    ] {
        assert_eq!(client.ended(job).await["state"], state);
    }
    let delete = client.request(reqwest::Method::DELETE, &path(&deleted));
    delete.answer().await.is(204);
    Mixed {
        succeeded,
        failed,
        partial,
        cancelled,
        deleted,
        delayed,
        kept,
        file,
        described,
        deleted_file,
    }
}

/// All that can be asked about jobs and files, without links: they carry their time.
async fn everything(client: &Client) -> Value {
    let mut all = json!({
        "jobs": client.get("/v1/jobs?limit=100").answer().await.is(200).json(),
        "files": client.get("/v1/files?limit=100").answer().await.is(200).json(),
    });
    without_links(&mut all);
    all
}

fn without_links(value: &mut Value) {
    match value {
        Value::Object(members) => {
            members.remove("url");
            members.remove("links");
            members.values_mut().for_each(without_links);
        }
        Value::Array(items) => items.iter_mut().for_each(without_links),
        _ => {}
    }
}

/// The id of a job or file in SQL.
fn id(thing: &Value) -> String {
    format!("x'{}'", thing["id"].as_str().unwrap().replace('-', ""))
}

async fn damage(sql: &mut SqliteConnection, statement: String) {
    let done = sqlx::query(sqlx::AssertSqlSafe(statement.clone())).execute(sql);
    let rows = done.await.unwrap().rows_affected();
    assert_eq!(rows, 1, "{statement}");
}

/// A row like this one, with an id that nothing else knows.
async fn copy(sql: &mut SqliteConnection, table: &str, of: &Value) {
    let columns = sqlx::query_scalar(
        "select group_concat(name, ', ') from pragma_table_info($1)
         where name <> 'id'",
    );
    let columns: String = columns.bind(table).fetch_one(&mut *sql).await.unwrap();
    let statement = format!(
        "insert into {table} (id, {columns}) select randomblob(16), {columns} from {table}
         where id = {}",
        id(of)
    );
    damage(sql, statement).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_are_what_their_events_say_and_damage_is_counted_and_mended() {
    let data = tempdir().unwrap();
    let (service, client) = Service::first(serve(data.path()));
    let mixed = mixed(&client).await;
    let before = everything(&client).await;
    service.stop();
    let stopped = Stopped(data.path());
    stopped.has_a_sound_database().await;
    let sound = Counts {
        jobs: 6,
        jobs_differed: 0,
        files: 4,
        files_differed: 0,
        work_mended: 0,
    };
    assert_eq!(stopped.rebuild(), sound);

    let mut sql = stopped.sql().await;
    let all = [
        format!(
            "update jobs set state = 'failed' where id = {}",
            id(&mixed.succeeded)
        ),
        format!(
            "update jobs set outputs = '[]' where id = {}",
            id(&mixed.kept)
        ),
        format!(
            "update jobs set failures = 2 where id = {}",
            id(&mixed.failed)
        ),
        format!("delete from jobs where id = {}", id(&mixed.cancelled)),
        format!("delete from job_work where job_id = {}", id(&mixed.delayed)),
        format!(
            "update files set name = 'x' where id = {}",
            id(&mixed.described)
        ),
        format!("delete from files where id = {}", id(&mixed.file)),
        format!(
            "insert into job_work (job_id, lane, owner_id, class, phase, tag, not_before, crashes,
                cancel_asked) select id, 0, owner_id, 1, 1, 1, 0, 0, false from jobs
             where id = {}",
            id(&mixed.partial)
        ),
    ];
    for statement in all {
        damage(&mut sql, statement).await;
    }
    copy(&mut sql, "jobs", &mixed.partial).await;
    copy(&mut sql, "files", &mixed.described).await;
    drop(sql);
    let counted = Counts {
        jobs_differed: 5,
        files_differed: 3,
        work_mended: 2,
        ..sound
    };
    assert_eq!(stopped.rebuild(), counted);
    assert_eq!(stopped.rebuild(), sound);
    stopped.has_a_sound_database().await;
    stopped.has_sound_contents().await;

    let service = Service::start(data.path());
    let client = client.at(&service.url);
    assert_eq!(everything(&client).await, before);
    for gone in [
        path(&mixed.deleted),
        format!("/v1/files/{}", mixed.deleted_file["id"].as_str().unwrap()),
    ] {
        client.get(&gone).answer().await.refused(410, "gone");
    }
    assert_eq!(client.content(&mixed.file).await, b"some text");
    let output = client.output(&mixed.kept).await;
    assert_eq!(zstd::decode_all(&output[..]).unwrap(), b"some text");
    let cancel = client.post(&format!("{}/cancel", path(&mixed.delayed)), &json!({}));
    cancel.answer().await.is(200);
    service.stop();
}

/// Killed with a job in work; answers the job.
async fn killed_in_work(data: &Path) -> (Client, Value) {
    let (service, client) = Service::first(serve(data));
    let file = client.upload("words.txt", generate::text(1, 5 << 20)).await;
    let step = json!({"op": "compress", "format": "zstd", "level": 19});
    let job = client.work(&file, &step).await;
    until("it runs", async || {
        (client.job(&job).await["state"] == "running").then_some(())
    })
    .await;
    service.process.signal(Signal::KILL);
    service.process.wait(LONG);
    (client, job)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_was_in_work_and_lost_its_work_row_comes_to_its_end() {
    let data = tempdir().unwrap();
    let (client, job) = killed_in_work(data.path()).await;
    let stopped = Stopped(data.path());
    stopped.is_as_its_events_say();
    let mut sql = stopped.sql().await;
    let statement = format!("delete from job_work where job_id = {}", id(&job));
    damage(&mut sql, statement).await;
    drop(sql);
    assert_eq!(stopped.rebuild().work_mended, 1);
    stopped.is_as_its_events_say();

    let service = Service::start(data.path());
    let job = client.at(&service.url).succeeded(&job).await;
    assert_eq!(job["failures"], 0, "{job}");
    service.stop();
    stopped.has_a_sound_database().await;
    stopped.is_as_its_events_say();
}

#[test]
fn a_folder_in_use_and_one_that_is_none_are_refused() {
    let data = tempdir().unwrap();
    let service = Service::start(data.path());
    let refused = |folder: &Path, why: &str| {
        let output = Stopped(folder).try_rebuild();
        assert_eq!(output.status.code(), Some(1), "{output:?}");
        let told = String::from_utf8(output.stderr).unwrap();
        assert!(told.contains(why), "{told}");
        let name = folder.canonicalize().unwrap_or(folder.to_owned());
        assert!(told.contains(name.to_str().unwrap()), "{told}");
        assert!(output.stdout.is_empty());
    };
    refused(data.path(), "another filittle uses");
    service.stop();
    let empty = tempdir().unwrap();
    refused(empty.path(), "is not a data folder");
    assert_eq!(
        empty.path().read_dir().unwrap().count(),
        0,
        "nothing is made"
    );
    refused(&empty.path().join("missing"), "is not a data folder");
    let mut unknown = filittle();
    unknown.args(["rebuild", "--frobnicate"]);
    assert_eq!(unknown.output().unwrap().status.code(), Some(2));
}

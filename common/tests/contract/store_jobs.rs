use std::time::Duration;

use filittle_common::domain::{Job, JobEvent, State};
use filittle_common::engine;
use filittle_common::ids::JobId;
use filittle_common::store::events::Cause;
use filittle_common::store::{jobs, notices};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::both::on_both;
use crate::fixture::{blob, clock, job, owner, submit, submitted};

on_both! {
    async fn a_row_comes_back_as_the_job_it_was(db: Db) {
        let (owner, job) = job(&db).await;
        let mut read = db.read(owner.owner_id).await.unwrap();
        assert_eq!(jobs::find(&mut read, owner.owner_id, job.id).await.unwrap(), Some(job));
    }

    async fn nobody_else_finds_lists_or_deletes_a_job(db: Db) {
        let (_, it) = job(&db).await;
        let other = owner(&db).await.owner_id;
        let newest = JobId(Uuid::max());
        let mut read = db.read(other).await.unwrap();
        assert_eq!(jobs::find(&mut read, other, it.id).await.unwrap(), None);
        assert_eq!(jobs::list(&mut read, other, None, newest, 10).await.unwrap(), []);
        drop(read);
        let gone = db.write((other, it.id), |tx, &(owner, id)| Box::pin(jobs::delete(tx, owner, id)));
        assert!(!gone.await.unwrap());
    }

    async fn insert_and_update_write_every_column(db: Db) {
        let (owner, it) = (owner(&db).await, job(&db).await.1);
        let twin = Job { id: JobId::new(clock(&db).now()), owner_id: owner.owner_id, ..it };
        let mut moved = twin.clone();
        moved.apply(JobEvent::Started { attempt: 1 }, clock(&db).now());
        db.write((twin.clone(), moved.clone()), |tx, (twin, moved)| Box::pin(async move {
            jobs::insert(tx, twin).await?;
            jobs::update(tx, moved).await
        })).await.unwrap();
        let mut read = db.read(owner.owner_id).await.unwrap();
        assert_eq!(jobs::find(&mut read, owner.owner_id, twin.id).await.unwrap(), Some(moved));
    }

    async fn an_update_that_is_not_the_next_one_is_a_conflict(db: Db) {
        let (_, it) = job(&db).await;
        let stale = Job { position: it.position, ..it };
        assert!(db.write(stale, |tx, it| Box::pin(jobs::update(tx, it))).await.is_err());
    }

    async fn only_a_waiting_job_starts_and_keeps_its_first_time(db: Db) {
        let (_, it) = job(&db).await;
        let start = || {
            let now = clock(&db).now();
            db.write((it.id, now), |tx, &(id, now)| Box::pin(jobs::start(tx, id, now)))
        };
        let started = start().await.unwrap().unwrap();
        let first = clock(&db).now();
        assert_eq!((started.state, started.attempt), (State::Running, 1));
        assert_eq!(started.started_at, Some(first));
        assert_eq!(start().await.unwrap(), None);
        let mut read = db.read(it.owner_id).await.unwrap();
        assert_eq!(jobs::running(&mut read, it.owner_id, 9).await.unwrap(), [it.id]);
    }

    async fn pages_are_newest_first_by_state(db: Db) {
        let owner = owner(&db).await;
        let blob = blob(&db).await;
        let mut ids = Vec::new();
        for _ in 0..3 {
            clock(&db).advance(Duration::from_secs(1));
            ids.push(submit(&db, submitted(&db, &owner, blob)).await.id);
        }
        let mut read = db.read(owner.owner_id).await.unwrap();
        let newest = JobId(Uuid::max());
        assert_eq!(jobs::running(&mut read, owner.owner_id, 9).await.unwrap(), []);
        let page = jobs::list(&mut read, owner.owner_id, None, newest, 2).await.unwrap();
        assert_eq!(page.iter().map(|job| job.id).collect::<Vec<_>>(), [ids[2], ids[1]]);
        let page = jobs::list(&mut read, owner.owner_id, None, ids[1], 2).await.unwrap();
        assert_eq!(page.iter().map(|job| job.id).collect::<Vec<_>>(), [ids[0]]);
        let (queued, failed) = (Some(State::Queued), Some(State::Failed));
        let page = jobs::list(&mut read, owner.owner_id, queued, newest, 9).await.unwrap();
        assert_eq!(page.len(), 3);
        assert!(jobs::list(&mut read, owner.owner_id, failed, newest, 9).await.unwrap().is_empty());
    }

    async fn jobs_are_found_by_their_metadata(db: Db) {
        let (ada, eve, content) = (owner(&db).await, owner(&db).await, blob(&db).await);
        let submit_labelled = async |owner, metadata: Value| {
            clock(&db).advance(Duration::from_secs(1));
            let mut order = submitted(&db, owner, content);
            order.metadata = metadata.as_object().unwrap().clone();
            submit(&db, order).await.id
        };
        let first = submit_labelled(&ada, json!({"order": "17", "a'\"\u{e4}": "%_'"})).await;
        let second = submit_labelled(&ada, json!({"order": "17"})).await;
        submit_labelled(&ada, json!({"order": "18"})).await;
        submit_labelled(&ada, json!({})).await;
        submit_labelled(&eve, json!({"order": "17"})).await;
        let newest = JobId(Uuid::max());
        let find = async |labels: &[(&str, &str)], state, before| {
            let labels: Vec<_> = (labels.iter())
                .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
                .collect();
            let mut read = db.read(ada.owner_id).await.unwrap();
            let found =
                jobs::list_labelled(&mut read, ada.owner_id, &labels, state, before, 9).await;
            found.unwrap().into_iter().map(|job| job.id).collect::<Vec<_>>()
        };
        let order = ("order", "17");
        assert_eq!(find(&[order], None, newest).await, [second, first]);
        assert_eq!(find(&[order], None, second).await, [first]);
        assert_eq!(find(&[order, ("a'\"\u{e4}", "%_'")], None, newest).await, [first]);
        assert_eq!(find(&[order, ("a'\"\u{e4}", "x")], None, newest).await, []);
        assert_eq!(find(&[order], Some(State::Failed), newest).await, []);
        assert_eq!(find(&[order], Some(State::Queued), newest).await, [second, first]);
        db.write((ada.owner_id, second), |tx, &(owner, id)| Box::pin(async move {
            engine::cancel(tx, owner, id, &Cause::system()).await?;
            engine::bury(tx, owner, id, "deleted").await
        })).await.unwrap();
        assert_eq!(find(&[order], None, newest).await, [first]);
    }

    async fn only_ended_jobs_are_deleted_or_expire(db: Db) {
        let (owner, it) = job(&db).await;
        let delete = || db.write((owner.owner_id, it.id), |tx, &(owner, id)| {
            Box::pin(jobs::delete(tx, owner, id))
        });
        assert!(!delete().await.unwrap());
        let mut ended = it.clone();
        let event = ended.decide_cancel(clock(&db).now()).unwrap();
        ended.apply(event, clock(&db).now());
        db.write(ended, |tx, it| Box::pin(jobs::update(tx, it))).await.unwrap();
        let (_, other) = job(&db).await;
        let mut read = db.read_any().await.unwrap();
        assert_eq!(jobs::ended(&mut read, &[other.id, it.id]).await.unwrap(), [it.id]);
        assert!(jobs::expired(&mut read, clock(&db).now(), 10).await.unwrap().is_empty());
        clock(&db).advance(Duration::from_hours(2));
        let expired = jobs::expired(&mut read, clock(&db).now(), 10).await.unwrap();
        assert_eq!(expired, [(owner.owner_id, it.id)]);
        drop(read);
        assert!(delete().await.unwrap());
    }

    async fn a_rebuild_can_page_replace_and_discard(db: Db) {
        let (owner, it) = job(&db).await;
        let wrong = Job { name: Some("wrong".into()), attempt: 7, ..it.clone() };
        db.write((wrong, it.clone()), |tx, (wrong, right)| Box::pin(async move {
            jobs::replace(tx, wrong).await?;
            jobs::replace(tx, right).await
        })).await.unwrap();
        let mut read = db.read(owner.owner_id).await.unwrap();
        let page = jobs::page(&mut read, JobId(Uuid::nil()), 10).await.unwrap();
        assert_eq!(page, std::slice::from_ref(&it));
        drop(read);
        db.write(it.clone(), |tx, it| Box::pin(async move {
            jobs::discard(tx, it.id).await?;
            jobs::replace(tx, it).await
        })).await.unwrap();
        let mut read = db.read(owner.owner_id).await.unwrap();
        assert_eq!(jobs::page(&mut read, JobId(Uuid::nil()), 10).await.unwrap(), [it]);
    }

    async fn a_job_does_not_expire_before_its_mail_has_gone_out(db: Db) {
        let (owner, it) = job(&db).await;
        crate::engine::cancel(&db, &owner, &it).await.unwrap();
        clock(&db).advance(Duration::from_hours(2));
        let now = clock(&db).now();
        let mut read = db.read(owner.owner_id).await.unwrap();
        assert!(jobs::expired(&mut read, now, 10).await.unwrap().is_empty());
        drop(read);
        db.write(owner.id, |tx, &id| {
            Box::pin(notices::end_due_of(tx, id, i64::MAX, "sent"))
        }).await.unwrap();
        let mut read = db.read(owner.owner_id).await.unwrap();
        assert_eq!(jobs::expired(&mut read, now, 10).await.unwrap().len(), 1);
    }
}

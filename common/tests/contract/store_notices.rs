use filittle_common::domain::State;
use filittle_common::ids::JobId;
use filittle_common::ids::NoticeId;
use filittle_common::store::Db;
use filittle_common::store::accounts::Account;
use filittle_common::store::notices::{self, Notice};

use crate::both::on_both;
use crate::fixture::{clock, job};

fn notice(db: &Db, owner: &Account, job: JobId) -> Notice {
    let now = clock(db).now();
    Notice {
        id: NoticeId::new(now),
        owner_id: owner.owner_id,
        job_id: job,
        job_state: State::Failed,
        channel: "mail".into(),
        recipient: owner.id,
        state: "waiting".into(),
        message_id: None,
        body: None,
        attempts: 0,
        next_at: clock(db).micros(),
        created_at: now,
        sent_at: None,
    }
}

on_both! {
    async fn one_end_has_one_notice_for_each_recipient(db: Db) {
        let (owner, job) = job(&db).await;
        let (first, second) = (notice(&db, &owner, job.id), notice(&db, &owner, job.id));
        db.write((first.clone(), second), |tx, (first, second)| Box::pin(async move {
            notices::insert(tx, first).await?;
            notices::insert(tx, second).await
        })).await.unwrap();
        let mut read = db.read(owner.owner_id).await.unwrap();
        let found = notices::of_job(&mut read, owner.owner_id, job.id).await.unwrap();
        assert_eq!(found, [first]);
    }

    async fn a_taken_notice_is_nobody_elses_until_its_time(db: Db) {
        let (owner, job) = job(&db).await;
        let it = notice(&db, &owner, job.id);
        let now = clock(&db).micros();
        db.write(it.clone(), |tx, it| Box::pin(notices::insert(tx, it))).await.unwrap();
        let take = |now: i64| db.write(now, |tx, &now| Box::pin(notices::take(tx, now, now + 10, 5)));
        assert_eq!(take(now).await.unwrap().len(), 1);
        assert!(take(now + 9).await.unwrap().is_empty());
        let again = take(now + 10).await.unwrap();
        assert_eq!(again[0].attempts, 2);
        db.write((it.id, now), |tx, &(id, now)| {
            Box::pin(notices::postpone(tx, id, now + 100))
        }).await.unwrap();
        assert!(take(now + 99).await.unwrap().is_empty());
        assert_eq!(take(now + 100).await.unwrap().len(), 1);
    }

    async fn the_first_message_stays(db: Db) {
        let (owner, job) = job(&db).await;
        let it = notice(&db, &owner, job.id);
        db.write(it.clone(), |tx, it| Box::pin(notices::insert(tx, it))).await.unwrap();
        let store = |body: &'static [u8]| db.write(it.id, move |tx, &id| {
            Box::pin(notices::store_message(tx, id, "<a@b>", body))
        });
        assert!(store(b"first\0").await.unwrap());
        assert!(!store(b"second").await.unwrap());
        let mut read = db.read_any().await.unwrap();
        let found = notices::find(&mut read, it.id).await.unwrap().unwrap();
        assert_eq!(found.body.as_deref(), Some(b"first\0".as_slice()));
        assert_eq!(found.message_id.as_deref(), Some("<a@b>"));
    }

    async fn what_was_sent_or_failed_is_not_taken_again(db: Db) {
        let (owner, job) = job(&db).await;
        let sent = notice(&db, &owner, job.id);
        let failed = Notice { job_state: State::Cancelled, ..notice(&db, &owner, job.id) };
        let now = clock(&db).now();
        db.write((sent, failed, now), |tx, (sent, failed, now)| Box::pin(async move {
            notices::insert(tx, sent).await?;
            notices::insert(tx, failed).await?;
            notices::mark_sent(tx, sent.id, *now).await?;
            notices::mark_failed(tx, failed.id).await
        })).await.unwrap();
        let taken = db.write((), |tx, ()| Box::pin(notices::take(tx, i64::MAX, i64::MAX, 5))).await;
        assert!(taken.unwrap().is_empty());
    }
}

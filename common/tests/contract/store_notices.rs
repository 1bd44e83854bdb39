use filittle_common::domain::State;
use filittle_common::ids::{JobId, MailId, NoticeId};
use filittle_common::store::accounts::Account;
use filittle_common::store::notices::{self, Notice};
use filittle_common::store::{Db, mails};

use crate::both::on_both;
use crate::fixture::{clock, job};
use crate::store_mails::mail_of;

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
        mail_id: None,
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

    async fn a_notice_in_a_mail_waits_with_it_and_ends_with_it(db: Db) {
        let (owner, job) = job(&db).await;
        let it = notice(&db, &owner, job.id);
        let mail = MailId(it.id.0);
        db.write(it.clone(), |tx, it| Box::pin(notices::insert(tx, it))).await.unwrap();
        db.write(mail_of(&db, mail, owner.id), |tx, it| Box::pin(mails::insert(tx, it))).await.unwrap();
        let now = clock(&db).micros();
        assert!(put_into(&db, it.id, mail, now).await);
        assert!(!put_into(&db, it.id, mail, now).await);
        let mut read = db.read(owner.owner_id).await.unwrap();
        assert!(notices::recipients_due(&mut read, i64::MAX - 1, 9).await.unwrap().is_empty());
        assert_eq!(notices::count_in(&mut read, mail).await.unwrap(), 1);
        let inside = notices::of_mail(&mut read, mail, 9).await.unwrap().remove(0);
        assert_eq!((inside.state.as_str(), inside.mail_id), ("waiting", Some(mail)));
        let sent_at = Some(clock(&db).now());
        db.write((mail, sent_at), |tx, &(mail, at)| {
            Box::pin(notices::end_of_mail(tx, mail, "sent", at))
        }).await.unwrap();
        let ended = notices::of_job(&mut read, owner.owner_id, job.id).await.unwrap().remove(0);
        assert_eq!((ended.state.as_str(), ended.sent_at), ("sent", sent_at));
    }

    async fn due_notices_are_found_by_their_recipient_and_can_be_let_wait(db: Db) {
        let (owner, job) = job(&db).await;
        let it = notice(&db, &owner, job.id);
        db.write(it.clone(), |tx, it| Box::pin(notices::insert(tx, it))).await.unwrap();
        let now = clock(&db).micros();
        let due = |now: i64| {
            let db = db.clone();
            let account = owner.id;
            async move {
                let mut read = db.read_any().await.unwrap();
                let who = notices::recipients_due(&mut read, now, 9).await.unwrap();
                drop(read);
                let due = db.write((account, now), |tx, &(account, now)| {
                    Box::pin(notices::due_of(tx, account, now, 9))
                });
                (who, due.await.unwrap().len())
            }
        };
        assert_eq!(due(now - 1).await, (vec![], 0));
        assert_eq!(due(now).await, (vec![owner.id], 1));
        db.write((owner.id, now + 100), |tx, &(account, until)| {
            Box::pin(notices::gather(tx, account, until))
        }).await.unwrap();
        assert_eq!(due(now + 99).await, (vec![], 0));
        assert_eq!(due(now + 100).await, (vec![owner.id], 1));
        let ended = db.write((owner.id, now + 100), |tx, &(account, now)| {
            Box::pin(notices::end_due_of(tx, account, now, "suppressed"))
        });
        assert_eq!(ended.await.unwrap(), 1);
        assert_eq!(due(now + 100).await, (vec![], 0));
    }
}

async fn put_into(db: &Db, id: NoticeId, mail: MailId, now: i64) -> bool {
    db.write((id, mail, now), |tx, &(id, mail, now)| {
        Box::pin(notices::put_into(tx, id, mail, now))
    })
    .await
    .unwrap()
}

//! Mails, what is known of mailboxes, and the tokens that verify them.

use chrono::TimeDelta;
use filittle_common::ids::{AccountId, MailId};
use filittle_common::store::mails::{Attempted, Mail, MailKind};
use filittle_common::store::verifications::Verification;
use filittle_common::store::{Db, accounts, mailboxes, mails, verifications};

use crate::both::on_both;
use crate::fixture::{account, clock, owner};

/// A mail that waits.
pub(crate) fn mail_of(db: &Db, id: MailId, recipient: AccountId) -> Mail {
    Mail {
        id,
        recipient,
        kind: MailKind::Verification,
        state: "waiting".into(),
        message_id: None,
        body: None,
        attempts: 0,
        unknown_outcomes: 0,
        outcome: None,
        next_at: clock(db).micros(),
        created_at: clock(db).now(),
        ended_at: None,
    }
}

async fn mail(db: &Db) -> Mail {
    let recipient = owner(db).await.id;
    let mail = mail_of(db, MailId::new(clock(db).now()), recipient);
    db.write(mail.clone(), |tx, it| Box::pin(mails::insert(tx, it)))
        .await
        .unwrap();
    mail
}

async fn take(db: &Db, now: i64) -> Vec<Mail> {
    db.write(now, |tx, &now| Box::pin(mails::take(tx, now, now + 10, 5)))
        .await
        .unwrap()
}

async fn find(db: &Db, id: MailId) -> Mail {
    let mut read = db.read_any().await.unwrap();
    mails::find(&mut read, id).await.unwrap().unwrap()
}

fn told(id: MailId, attempt: i32, unknown: i32) -> Attempted<'static> {
    Attempted {
        id,
        attempt,
        unknown,
        outcome: "what was said",
    }
}

on_both! {
    async fn a_taken_mail_is_nobody_elses_until_its_hold_is_over_and_then_its_outcome_is_unknown(db: Db) {
        let it = mail(&db).await;
        let now = it.next_at;
        assert_eq!(take(&db, now).await[0].attempts, 1);
        assert!(take(&db, now + 9).await.is_empty());
        let hold = |attempt: i32| db.write((it.id, attempt, now + 20), |tx, &(id, attempt, until)| {
            Box::pin(mails::hold(tx, id, attempt, until))
        });
        assert!(hold(1).await.unwrap());
        assert!(take(&db, now + 19).await.is_empty());
        let again = take(&db, now + 20).await.remove(0);
        assert_eq!((again.attempts, again.unknown_outcomes), (2, 1));
        assert!(!hold(1).await.unwrap());
    }

    async fn what_an_attempt_tells_counts_until_another_begins(db: Db) {
        let it = mail(&db).await;
        let now = it.next_at;
        take(&db, now).await;
        let postpone = |attempt: i32, until: i64| db.write((it.id, attempt, until), |tx, &(id, attempt, until)| {
            Box::pin(async move { mails::postpone(tx, &told(id, attempt, 1), until).await })
        });
        assert!(postpone(1, now + 50).await.unwrap());
        assert!(take(&db, now + 49).await.is_empty());
        let again = take(&db, now + 50).await.remove(0);
        assert_eq!((again.attempts, again.unknown_outcomes), (2, 1));
        assert_eq!(again.outcome.as_deref(), Some("what was said"));
        assert!(!postpone(1, now).await.unwrap());
        let end = |attempt: i32| db.write((it.id, attempt), |tx, &(id, attempt)| Box::pin(async move {
            let now = tx.now();
            mails::end(tx, &told(id, attempt, 0), "sent", now).await
        }));
        assert!(!end(1).await.unwrap());
        assert!(end(2).await.unwrap());
        assert!(take(&db, i64::MAX - 10).await.is_empty());
        assert_eq!(find(&db, it.id).await.ended_at, Some(clock(&db).now()));
    }

    async fn the_first_message_stays_and_that_of_a_verification_goes_with_its_end(db: Db) {
        let it = mail(&db).await;
        let store = |body: &'static [u8]| db.write(it.id, move |tx, &id| {
            Box::pin(mails::store_message(tx, id, "<a@b>", body))
        });
        assert!(store(b"first\0").await.unwrap());
        assert!(!store(b"second").await.unwrap());
        let found = find(&db, it.id).await;
        assert_eq!(found.body.as_deref(), Some(b"first\0".as_slice()));
        assert_eq!(found.message_id.as_deref(), Some("<a@b>"));
        take(&db, it.next_at).await;
        db.write(it.id, |tx, &id| Box::pin(async move {
            let now = tx.now();
            mails::end(tx, &told(id, 1, 0), "sent", now).await
        })).await.unwrap();
        assert_eq!(find(&db, it.id).await.body, None);
    }

    async fn mails_that_ended_are_forgotten_after_a_while(db: Db) {
        let (it, waiting) = (mail(&db).await, mail(&db).await);
        take(&db, it.next_at).await;
        let later = clock(&db).now() + TimeDelta::days(1);
        let gone = db.write((it.id, later), |tx, &(id, later)| Box::pin(async move {
            let now = tx.now();
            mails::end(tx, &told(id, 1, 0), "failed", now).await?;
            mails::delete_ended(tx, later).await
        }));
        assert_eq!(gone.await.unwrap(), 1);
        assert_eq!(find(&db, waiting.id).await.id, waiting.id);
    }

    async fn refusals_in_a_row_suppress_an_address_until_it_is_forgotten(db: Db) {
        let id = owner(&db).await.id;
        let refuse = || db.write(id, |tx, &id| Box::pin(async move {
            let now = tx.now();
            mailboxes::lock(tx, id).await?;
            mailboxes::count_refusal(tx, id, 2, now).await?;
            mailboxes::find(tx, id).await
        }));
        assert_eq!(refuse().await.unwrap().unwrap().suppressed_at, None);
        db.write(id, |tx, &id| Box::pin(mailboxes::forget_refusals(tx, id))).await.unwrap();
        assert_eq!(refuse().await.unwrap().unwrap().refusals, 1);
        assert_eq!(refuse().await.unwrap().unwrap().suppressed_at, Some(clock(&db).now()));
        let forget = || db.write(id, |tx, &id| Box::pin(mailboxes::forget(tx, id)));
        assert!(forget().await.unwrap());
        assert!(!forget().await.unwrap());
    }

    async fn a_mailbox_knows_of_quiet_and_of_who_unsubscribed(db: Db) {
        let id = owner(&db).await.id;
        let found = db.write(id, |tx, &id| Box::pin(async move {
            let now = tx.now();
            assert!(mailboxes::find(tx, id).await?.is_none());
            mailboxes::lock(tx, id).await?;
            mailboxes::keep_quiet(tx, id, 7).await?;
            mailboxes::unsubscribe(tx, id, now).await?;
            mailboxes::unsubscribe(tx, id, now + TimeDelta::days(1)).await?;
            mailboxes::find(tx, id).await
        })).await.unwrap().unwrap();
        assert_eq!((found.quiet_until, found.unsubscribed_at), (7, Some(clock(&db).now())));
        let allow = || db.write(id, |tx, &id| Box::pin(async move {
            mailboxes::allow(tx, id, 4).await?;
            mailboxes::find(tx, id).await
        }));
        let found = allow().await.unwrap().unwrap();
        assert_eq!((found.quiet_until, found.unsubscribed_at, found.refusals), (7, None, 0));
        db.write(id, |tx, &id| Box::pin(async move {
            let now = tx.now();
            mailboxes::count_refusal(tx, id, 1, now).await
        })).await.unwrap();
        let found = allow().await.unwrap().unwrap();
        assert_eq!((found.suppressed_at, found.refusals), (None, 4));
    }

    async fn mails_to_verify_are_few_and_far_between(db: Db) {
        let id = owner(&db).await.id;
        let ask = |hours: i64| db.write((id, hours), |tx, &(id, hours)| Box::pin(async move {
            let now = tx.now() + TimeDelta::hours(hours);
            mailboxes::lock(tx, id).await?;
            mailboxes::count_verification(tx, id, 2, now - TimeDelta::hours(1), now).await
        }));
        assert!(ask(0).await.unwrap());
        assert!(!ask(0).await.unwrap());
        assert!(ask(1).await.unwrap());
        assert!(!ask(9).await.unwrap());
        db.write(id, |tx, &id| Box::pin(mailboxes::uncount_verification(tx, id))).await.unwrap();
        assert!(ask(9).await.unwrap());
    }

    async fn a_token_is_spent_once_and_in_time(db: Db) {
        let it = account(&db);
        let now = clock(&db).now();
        let token = |hash: &str, hours| Verification {
            token_hash: hash.into(), account_id: it.id, expires_at: now + TimeDelta::hours(hours), used_at: None,
        };
        let (good, late) = (token("good", 1), token("late", 0));
        db.write((accounts::Account { verified_at: None, ..it.clone() }, good, late), |tx, (it, good, late)| {
            Box::pin(async move {
                accounts::insert(tx, it).await?;
                verifications::insert(tx, good).await?;
                verifications::insert(tx, late).await
            })
        }).await.unwrap();
        let spend = |hash: &'static str| db.write(now, move |tx, &now| {
            Box::pin(verifications::spend(tx, hash, now))
        });
        assert!(spend("good").await.unwrap());
        assert!(!spend("good").await.unwrap());
        assert!(!spend("late").await.unwrap());
        let (used, gone) = db.write((it.id, now), |tx, &(id, now)| Box::pin(async move {
            accounts::verify(tx, id, now).await?;
            accounts::verify(tx, id, now + TimeDelta::days(1)).await?;
            let gone = verifications::delete_expired(tx, now + TimeDelta::minutes(1)).await?;
            Ok((verifications::find(tx, "good").await?, gone))
        })).await.unwrap();
        assert_eq!((used.unwrap().used_at, gone), (Some(now), 1));
        let mut read = db.read_any().await.unwrap();
        let found = accounts::find(&mut read, it.id).await.unwrap().unwrap();
        assert_eq!(found.verified_at, Some(now));
    }
}

//! From the end of a job to the end of its mail.

use std::time::Duration;

use filittle_common::domain::Job;
use filittle_common::engine::{
    self, About, Letter, MailRules, Message, Notice, Outcome, Settled, Verification,
};
use filittle_common::ids::AccountId;
use filittle_common::store::accounts::Account;
use filittle_common::store::mailboxes::{self, Mailbox};
use filittle_common::store::mails::MailKind;
use filittle_common::store::{Db, accounts, notices};
use filittle_testkit::{Postgres, TestDatabase};

use crate::both::{on_both, start};
use crate::fixture::{account, blob, clock, owner, submit, submitted};

const MINUTE: Duration = Duration::from_mins(1);
const HOLD: Duration = Duration::from_mins(2);
const SMTP: MailRules = MailRules {
    gather: Some(MINUTE),
    verified_only: true,
};
pub(crate) const FOLDER: MailRules = MailRules {
    gather: None,
    verified_only: false,
};

/// A job of theirs that ended and has a notice.
pub(crate) async fn ended(db: &Db, owner: &Account) -> Job {
    let blob = blob(db).await;
    let job = submit(db, submitted(db, owner, blob)).await;
    crate::engine::cancel(db, owner, &job).await.unwrap();
    job
}

/// What is to be sent now.
pub(crate) async fn look(db: &Db, rules: MailRules) -> Vec<Letter> {
    engine::gather_notices(db, rules, 16).await.unwrap();
    engine::take_mails(db, rules, 16, HOLD).await.unwrap()
}

pub(crate) async fn settle(db: &Db, letter: &Letter, outcome: Outcome) -> Settled {
    engine::settle(db, &letter.mail, outcome, 0.5)
        .await
        .unwrap()
}

pub(crate) fn sent() -> Outcome {
    Outcome::Sent("250 ok".into())
}

fn refused() -> Outcome {
    Outcome::Refused {
        of_address: true,
        text: "550 nobody".into(),
    }
}

async fn notice(db: &Db, job: &Job) -> Notice {
    let mut read = db.read_any().await.unwrap();
    notices::of_job(&mut read, job.owner_id, job.id)
        .await
        .unwrap()
        .remove(0)
}

async fn mailbox(db: &Db, id: AccountId) -> Mailbox {
    let mut read = db.read_any().await.unwrap();
    mailboxes::find(&mut read, id).await.unwrap().unwrap()
}

async fn unverified(db: &Db) -> Account {
    let account = Account {
        verified_at: None,
        ..account(db)
    };
    db.write(account.clone(), |tx, it| Box::pin(accounts::insert(tx, it)))
        .await
        .unwrap();
    account
}

fn count(letter: &Letter) -> i64 {
    match letter.about {
        About::Ends { count, .. } => count,
        About::Verification => 0,
    }
}

on_both! {
    async fn the_first_end_is_told_at_once_and_those_of_the_next_minute_together(db: Db) {
        let who = owner(&db).await;
        ended(&db, &who).await;
        let first = look(&db, SMTP).await;
        assert_eq!((first.len(), first[0].mail.kind), (1, MailKind::Job));
        for _ in 0..3 {
            ended(&db, &who).await;
        }
        assert!(look(&db, SMTP).await.is_empty());
        clock(&db).advance(MINUTE / 2);
        let other = owner(&db).await;
        ended(&db, &other).await;
        assert_eq!(look(&db, SMTP).await[0].account.id, other.id);
        clock(&db).advance(MINUTE / 2);
        let digest = look(&db, SMTP).await;
        assert_eq!((digest.len(), digest[0].mail.kind), (1, MailKind::Digest));
        assert_eq!(count(&digest[0]), 3);
    }

    async fn into_a_folder_each_end_has_a_mail_of_its_own_verified_or_not(db: Db) {
        let who = unverified(&db).await;
        for _ in 0..3 {
            ended(&db, &who).await;
        }
        let letters = look(&db, FOLDER).await;
        assert_eq!(letters.len(), 3);
        assert!(letters.iter().all(|letter| count(letter) == 1));
    }

    async fn a_digest_tells_of_twenty_and_counts_the_rest(db: Db) {
        let who = owner(&db).await;
        for _ in 0..30 {
            ended(&db, &who).await;
        }
        let letter = look(&db, SMTP).await.remove(0);
        let About::Ends { told, count } = &letter.about else { panic!("no ends") };
        assert_eq!((told.len(), *count), (20, 30));
    }

    async fn a_mail_ends_with_its_notices_and_keeps_its_job_until_then(db: Db) {
        let who = owner(&db).await;
        let job = ended(&db, &who).await;
        let letter = look(&db, SMTP).await.remove(0);
        clock(&db).advance(Duration::from_hours(30));
        let expired = |db: Db| async move {
            let mut read = db.read_any().await.unwrap();
            let now = clock(&db).now();
            filittle_common::store::jobs::expired(&mut read, now, 9).await.unwrap().len()
        };
        assert_eq!(expired(db.clone()).await, 0);
        assert_eq!(settle(&db, &letter, sent()).await, Settled::Sent);
        let notice = notice(&db, &job).await;
        assert_eq!((notice.state.as_str(), notice.sent_at), ("sent", Some(clock(&db).now())));
        assert_eq!(expired(db.clone()).await, 1);
    }

    async fn a_mail_is_tried_later_and_later_for_three_days(db: Db) {
        let who = owner(&db).await;
        let job = ended(&db, &who).await;
        let mut waits = Vec::new();
        loop {
            let letter = look(&db, SMTP).await.remove(0);
            match settle(&db, &letter, Outcome::Later("451 not now".into())).await {
                Settled::Again(wait) => {
                    waits.push(wait);
                    clock(&db).advance(wait / 2);
                    assert!(look(&db, SMTP).await.is_empty());
                    clock(&db).advance(wait / 2 + Duration::from_micros(1));
                }
                settled => break assert_eq!(settled, Settled::GivenUp),
            }
        }
        assert!(waits.is_sorted() && waits[0] == Duration::from_secs(15));
        let all: Duration = waits.iter().sum();
        assert!(all >= Duration::from_hours(72) && all < Duration::from_hours(76), "{all:?}");
        assert_eq!(notice(&db, &job).await.state, "failed");
    }

    async fn what_may_have_arrived_is_counted_and_tried_again(db: Db) {
        let who = owner(&db).await;
        ended(&db, &who).await;
        let first = look(&db, SMTP).await.remove(0);
        let again = settle(&db, &first, Outcome::Unknown("cut off".into())).await;
        let Settled::Again(wait) = again else { panic!("{again:?}") };
        clock(&db).advance(wait);
        let second = look(&db, SMTP).await.remove(0);
        assert_eq!(second.mail.unknown_outcomes, 1);
        // Whoever sends it vanishes: that is one more.
        clock(&db).advance(HOLD);
        let third = look(&db, SMTP).await.remove(0);
        assert_eq!((third.mail.id, third.mail.unknown_outcomes), (first.mail.id, 2));
        assert_eq!(settle(&db, &second, sent()).await, Settled::Overtaken);
        assert_eq!(settle(&db, &third, sent()).await, Settled::Sent);
    }

    async fn a_mail_that_is_held_is_not_taken_by_others(db: Db) {
        let who = owner(&db).await;
        ended(&db, &who).await;
        let letter = look(&db, SMTP).await.remove(0);
        for _ in 0..5 {
            clock(&db).advance(HOLD / 2);
            assert!(engine::hold_mail(&db, &letter.mail, HOLD).await.unwrap());
            assert!(look(&db, SMTP).await.is_empty());
        }
        clock(&db).advance(HOLD);
        assert_eq!(look(&db, SMTP).await.len(), 1);
        assert!(!engine::hold_mail(&db, &letter.mail, HOLD).await.unwrap());
    }

    async fn three_refusals_in_a_row_suppress_an_address_and_a_success_between_them_does_not(db: Db) {
        let who = owner(&db).await;
        for outcome in [refused(), refused(), sent(), refused(), refused(), refused()] {
            assert_eq!(mailbox_or(&db, who.id).await, None);
            ended(&db, &who).await;
            let letter = look(&db, SMTP).await.remove(0);
            settle(&db, &letter, outcome).await;
            clock(&db).advance(MINUTE);
        }
        assert!(mailbox(&db, who.id).await.suppressed_at.is_some());
        let job = ended(&db, &who).await;
        assert!(look(&db, SMTP).await.is_empty());
        assert_eq!(notice(&db, &job).await.state, "suppressed");
        db.write(who.id, |tx, &id| Box::pin(mailboxes::forget(tx, id))).await.unwrap();
        ended(&db, &who).await;
        assert_eq!(look(&db, SMTP).await.len(), 1);
    }

    async fn what_is_wrong_with_the_server_counts_against_no_address(db: Db) {
        let who = owner(&db).await;
        for _ in 0..4 {
            ended(&db, &who).await;
            let letter = look(&db, SMTP).await.remove(0);
            let text = "550 you may not send".into();
            let refused = Outcome::Refused { of_address: false, text };
            assert_eq!(settle(&db, &letter, refused).await, Settled::GivenUp);
            clock(&db).advance(MINUTE);
        }
        assert_eq!(mailbox(&db, who.id).await.refusals, 0);
    }

    async fn an_unverified_account_gets_its_verification_and_nothing_else(db: Db) {
        let who = unverified(&db).await;
        let ask = || db.write(who.id, |tx, &id| Box::pin(engine::ask_to_verify(tx, id)));
        assert!(ask().await.unwrap());
        assert!(!ask().await.unwrap());
        let job = ended(&db, &who).await;
        let letters = look(&db, SMTP).await;
        assert_eq!((letters.len(), letters[0].mail.kind), (1, MailKind::Verification));
        assert_eq!(notice(&db, &job).await.state, "unverified");
        clock(&db).advance(Duration::from_hours(1));
        assert!(ask().await.unwrap());
    }

    async fn where_nothing_needs_to_be_verified_no_such_mail_is_written(db: Db) {
        let who = unverified(&db).await;
        db.write(who.id, |tx, &id| Box::pin(engine::ask_to_verify(tx, id))).await.unwrap();
        assert!(look(&db, FOLDER).await.is_empty());
        assert_eq!(mailbox(&db, who.id).await.verifications, 0);
    }

    async fn who_unsubscribed_gets_no_mails_about_jobs_also_not_one_that_waits(db: Db) {
        let who = owner(&db).await;
        let job = ended(&db, &who).await;
        let letter = look(&db, SMTP).await.remove(0);
        let again = settle(&db, &letter, Outcome::Later("no".into())).await;
        let Settled::Again(wait) = again else { panic!("{again:?}") };
        db.write(who.id, |tx, &id| Box::pin(async move {
            let now = tx.now();
            mailboxes::unsubscribe(tx, id, now).await
        })).await.unwrap();
        clock(&db).advance(wait.max(MINUTE));
        assert!(look(&db, SMTP).await.is_empty());
        assert_eq!(notice(&db, &job).await.state, "unsubscribed");
        let job = ended(&db, &who).await;
        assert!(look(&db, SMTP).await.is_empty());
        assert_eq!(notice(&db, &job).await.state, "unsubscribed");
    }

    async fn who_wants_mails_again_gets_them_and_one_more_refusal_suppresses_the_address_again(db: Db) {
        let who = owner(&db).await;
        let allow = || db.write(who.id, |tx, &id| Box::pin(engine::allow_mails(tx, id)));
        for _ in 0..3 {
            ended(&db, &who).await;
            let letter = look(&db, SMTP).await.remove(0);
            settle(&db, &letter, refused()).await;
            clock(&db).advance(MINUTE);
        }
        assert!(allow().await.is_err());
        assert!(mailbox(&db, who.id).await.suppressed_at.is_some());
        for (outcome, is_suppressed) in [(refused(), true), (sent(), false)] {
            clock(&db).advance(MINUTE * 60);
            allow().await.unwrap();
            assert_eq!(mailbox_or(&db, who.id).await, None);
            ended(&db, &who).await;
            let letter = look(&db, SMTP).await.remove(0);
            settle(&db, &letter, outcome).await;
            assert_eq!(mailbox_or(&db, who.id).await.is_some(), is_suppressed);
        }
        assert_eq!(mailbox(&db, who.id).await.refusals, 0);
    }

    async fn a_mail_whose_jobs_are_deleted_is_not_sent(db: Db) {
        let who = owner(&db).await;
        let job = ended(&db, &who).await;
        engine::gather_notices(&db, SMTP, 16).await.unwrap();
        db.write((who.owner_id, job.id), |tx, &(owner, id)| {
            Box::pin(engine::bury(tx, owner, id, "deleted"))
        }).await.unwrap();
        assert!(look(&db, SMTP).await.is_empty());
    }

    async fn the_first_message_of_a_mail_counts_and_its_token_too(db: Db) {
        let who = unverified(&db).await;
        db.write(who.id, |tx, &id| Box::pin(engine::ask_to_verify(tx, id))).await.unwrap();
        let mail = look(&db, SMTP).await.remove(0).mail;
        let message = |bytes: &[u8]| Message {
            id: "<a@b>".into(),
            bytes: bytes.into(),
            token: Some(Verification {
                token_hash: format!("{bytes:?}"),
                account_id: who.id,
                expires_at: clock(&db).now(),
                used_at: None,
            }),
        };
        for _ in 0..2 {
            let first = engine::store_message(&db, &mail, message(b"1")).await.unwrap().unwrap();
            assert_eq!(first.body.as_deref(), Some(b"1".as_slice()));
        }
    }
}

/// Since when nothing goes there.
async fn mailbox_or(db: &Db, id: AccountId) -> Option<chrono::DateTime<chrono::Utc>> {
    let mut read = db.read_any().await.unwrap();
    let found = mailboxes::find(&mut read, id).await.unwrap();
    found.and_then(|mailbox| mailbox.suppressed_at)
}

/// A database that a test can reach into.
async fn opened() -> (TestDatabase<'static>, Db) {
    let database = Postgres::shared().create_database_from("schema", |url| {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(Db::migrate_postgres(url)).unwrap();
    });
    let clock = filittle_common::clock::Clock::manual(start());
    let db = Db::postgres(database.url(), 5, clock).await.unwrap();
    (database, db)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_whose_jobs_cannot_be_read_waits_for_who_can_and_is_given_up_in_the_end() {
    let (database, db) = opened().await;
    let who = owner(&db).await;
    let job = ended(&db, &who).await;
    let (damage, mend) = (
        "create table kept as select spec from jobs; update jobs set spec = '{}'",
        "update jobs set spec = kept.spec from kept",
    );
    database.query(damage);
    assert!(look(&db, SMTP).await.is_empty());
    let state = || database.query("select state, outcome from mails");
    assert_eq!(state(), "waiting|none of its jobs can be read");
    database.query(mend);
    clock(&db).advance(MINUTE);
    let letter = look(&db, SMTP).await.remove(0);
    database.query("update jobs set spec = '{}'");
    clock(&db).advance(Duration::from_hours(72));
    // Nobody settled it, so it is taken again.
    assert!(look(&db, SMTP).await.is_empty());
    assert_eq!(state(), "failed|none of its jobs can be read");
    assert_eq!(notice(&db, &job).await.state, "failed");
    assert_eq!(settle(&db, &letter, sent()).await, Settled::Overtaken);
    db.close().await;
}

/// Two notifiers look at the same moment, many times.
#[tokio::test(flavor = "multi_thread")]
async fn two_who_gather_at_the_same_time_make_one_mail() {
    let (_database, db) = opened().await;
    for _ in 0..20 {
        let who = owner(&db).await;
        for _ in 0..3 {
            ended(&db, &who).await;
        }
        let (one, other) = tokio::join!(look(&db, SMTP), look(&db, SMTP));
        assert_eq!(one.len() + other.len(), 1);
        assert_eq!(one.iter().chain(&other).map(count).sum::<i64>(), 3);
    }
    db.close().await;
}

/// What the notifier of the release before does with a notice.
const OLDER_TAKES: &str =
    "update notices set next_at = next_at + 120000000, attempts = attempts + 1
    where id in (select id from notices where state = 'waiting' and next_at <= EXTRACT_NOW
    order by next_at, id limit 16 for update skip locked) returning id";

#[tokio::test(flavor = "multi_thread")]
async fn a_notifier_of_the_release_before_and_one_of_this_share_the_notices() {
    let (database, db) = opened().await;
    let older = OLDER_TAKES.replace("EXTRACT_NOW", &clock_micros(&db));
    let who = owner(&db).await;
    // What the older one has in hand is left to it.
    let job = ended(&db, &who).await;
    assert_ne!(database.query(&older), "");
    assert!(look(&db, SMTP).await.is_empty());
    // It rendered the message and vanished: the message is sent as it is.
    database.query("update notices set message_id = '<older@x>', body = 'older'");
    db.clock().advance(HOLD);
    let mail = look(&db, SMTP).await.remove(0).mail;
    assert_eq!(mail.body.as_deref(), Some(b"older".as_slice()));
    assert_eq!(mail.message_id.as_deref(), Some("<older@x>"));
    assert_eq!(mail.id.0, notice(&db, &job).await.id.0);
    // What is in a mail the older one lets be.
    let older = OLDER_TAKES.replace("EXTRACT_NOW", &clock_micros(&db));
    assert_eq!(database.query(&older), "");
    db.close().await;
}

fn clock_micros(db: &Db) -> String {
    db.clock().micros().to_string()
}

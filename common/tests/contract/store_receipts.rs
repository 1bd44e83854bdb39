//! What requests with a key of their own have made.

use std::sync::Arc;
use std::time::Duration;

use filittle_common::ids::OwnerId;
use filittle_common::store::Db;
use filittle_common::store::receipts::{self, Claim, Receipt};
use filittle_common::{Error, random};
use tokio::sync::Semaphore;
use uuid::Uuid;

use crate::both::{on_both, on_postgres};
use crate::fixture::clock;

const HOUR: i64 = 3_600_000_000;

fn receipt(key: &str, fingerprint: &str) -> Receipt {
    Receipt {
        owner: OwnerId(Uuid::from_u128(7)),
        key: key.into(),
        token: random::uuid_v4(),
        fingerprint: fingerprint.into(),
        has_begun: false,
    }
}

/// Claims and, when it is the first, makes this.
async fn make(db: &Db, receipt: &Receipt, made: Uuid) -> Result<Claim, Error> {
    let until = clock(db).micros() + HOUR;
    db.write(
        (receipt.clone(), made, until),
        |tx, (receipt, made, until)| {
            Box::pin(async move {
                let claim = receipts::claim(tx, receipt, *until).await?;
                if claim == Claim::First {
                    receipts::fill(tx, receipt, &[*made]).await?;
                }
                Ok(claim)
            })
        },
    )
    .await
}

async fn begin(db: &Db, receipt: &Receipt) -> Result<bool, Error> {
    let until = clock(db).micros() + HOUR;
    db.write((receipt.clone(), until), |tx, (receipt, until)| {
        Box::pin(receipts::begin(tx, receipt, *until))
    })
    .await
}

async fn renew(db: &Db, receipt: &Receipt) -> bool {
    let until = clock(db).micros() + HOUR;
    db.write((receipt.clone(), until), |tx, (receipt, until)| {
        Box::pin(receipts::renew(tx, receipt, *until))
    })
    .await
    .unwrap()
}

async fn release(db: &Db, receipt: &Receipt) {
    db.write(receipt.clone(), |tx, receipt| {
        Box::pin(receipts::release(tx, receipt))
    })
    .await
    .unwrap();
}

fn code<T: std::fmt::Debug>(outcome: Result<T, Error>) -> &'static str {
    outcome.unwrap_err().problem().kind.code()
}

on_both! {
    async fn who_comes_again_finds_the_token_of_the_first_and_after_a_day_another(db: Db) {
        let token = async |receipt: &Receipt| {
            let mut read = db.read_any().await.unwrap();
            receipts::token(&mut read, receipt).await.unwrap()
        };
        let (first, again) = (receipt("a", "one"), receipt("a", "one"));
        make(&db, &first, Uuid::from_u128(1)).await.unwrap();
        make(&db, &again, Uuid::from_u128(2)).await.unwrap();
        assert_ne!(first.token, again.token);
        assert_eq!(token(&again).await, first.token);
    }

    async fn the_same_request_gets_what_the_first_has_made(db: Db) {
        let [first, second] = [1, 2].map(Uuid::from_u128);
        let key = receipt("k", "f");
        assert_eq!(make(&db, &key, first).await.unwrap(), Claim::First);
        assert_eq!(make(&db, &key, second).await.unwrap(), Claim::Again(vec![first]));
        assert_eq!(code(make(&db, &receipt("k", "other"), second).await), "invalid");
        let others = Receipt { owner: OwnerId(Uuid::from_u128(8)), ..receipt("k", "f") };
        assert_eq!(make(&db, &others, second).await.unwrap(), Claim::First);
    }

    async fn a_look_for_what_was_made_claims_nothing_and_ends_with_the_receipt(db: Db) {
        let key = receipt("k", "f");
        let look = async |receipt: &Receipt| {
            let mut read = db.read_any().await.unwrap();
            receipts::made(&mut read, receipt).await
        };
        assert_eq!(look(&key).await.unwrap(), None);
        let made = Uuid::from_u128(1);
        assert_eq!(make(&db, &key, made).await.unwrap(), Claim::First);
        assert_eq!(look(&key).await.unwrap(), Some(vec![made]));
        assert_eq!(code(look(&receipt("k", "other")).await), "invalid");
        begin(&db, &receipt("slow", "")).await.unwrap();
        assert_eq!(look(&receipt("slow", "f")).await.unwrap(), None);
        clock(&db).advance(Duration::from_hours(2));
        assert_eq!(look(&key).await.unwrap(), None);
    }

    async fn a_request_that_is_under_way_has_its_key_alone_until_it_ends_or_is_lost(db: Db) {
        let made = Uuid::from_u128(1);
        let first = receipt("k", "");
        assert!(begin(&db, &first).await.unwrap());
        assert_eq!(code(begin(&db, &receipt("k", "")).await), "conflict");
        assert_eq!(code(make(&db, &receipt("k", "f"), made).await), "conflict");
        clock(&db).advance(Duration::from_mins(50));
        assert!(renew(&db, &first).await);
        clock(&db).advance(Duration::from_mins(50));
        assert_eq!(code(begin(&db, &receipt("k", "")).await), "conflict");
        clock(&db).advance(Duration::from_mins(11));
        let second = receipt("k", "");
        assert!(begin(&db, &second).await.unwrap());
        assert!(!renew(&db, &first).await);
        let done = |receipt: &Receipt| Receipt {
            fingerprint: "f".into(),
            has_begun: true,
            ..receipt.clone()
        };
        assert_eq!(code(make(&db, &done(&first), made).await), "conflict");
        assert_eq!(make(&db, &done(&second), made).await.unwrap(), Claim::First);
        assert!(!begin(&db, &receipt("k", "")).await.unwrap());
        assert_eq!(make(&db, &receipt("k", "f"), made).await.unwrap(), Claim::Again(vec![made]));
    }

    async fn only_a_request_that_made_nothing_gives_its_key_back(db: Db) {
        let made = Uuid::from_u128(1);
        let first = receipt("k", "");
        begin(&db, &first).await.unwrap();
        release(&db, &receipt("k", "")).await;
        assert_eq!(code(begin(&db, &receipt("k", "")).await), "conflict");
        release(&db, &first).await;
        let second = receipt("k", "f");
        assert_eq!(make(&db, &second, made).await.unwrap(), Claim::First);
        release(&db, &second).await;
        assert_eq!(make(&db, &second, made).await.unwrap(), Claim::Again(vec![made]));
    }

    async fn what_is_over_is_forgotten(db: Db) {
        let made = Uuid::from_u128(1);
        for key in ["a", "b", "c"] {
            make(&db, &receipt(key, "f"), made).await.unwrap();
        }
        clock(&db).advance(Duration::from_mins(59));
        make(&db, &receipt("d", "f"), made).await.unwrap();
        clock(&db).advance(Duration::from_mins(2));
        let sweep = async || {
            let now = clock(&db).micros();
            db.write(now, |tx, &now| Box::pin(receipts::sweep(tx, now, 2))).await.unwrap()
        };
        assert_eq!((sweep().await, sweep().await, sweep().await), (2, 1, 0));
        assert_eq!(make(&db, &receipt("d", "f"), made).await.unwrap(), Claim::Again(vec![made]));
        assert_eq!(make(&db, &receipt("a", "other"), made).await.unwrap(), Claim::First);
    }
}

#[test]
fn who_comes_while_the_first_writes_waits_for_its_end() {
    on_postgres(|db| async move {
        let (writes, may) = (Arc::new(Semaphore::new(0)), Arc::new(Semaphore::new(0)));
        let made = Uuid::from_u128(1);
        let first = tokio::spawn({
            let input = (receipt("k", "f"), writes.clone(), may.clone());
            let (db, until) = (db.clone(), clock(&db).micros() + HOUR);
            async move {
                db.write((input, until), |tx, ((receipt, writes, may), until)| {
                    Box::pin(async move {
                        receipts::claim(tx, receipt, *until).await?;
                        receipts::fill(tx, receipt, &[Uuid::from_u128(1)]).await?;
                        writes.add_permits(1);
                        drop(may.acquire().await);
                        Ok(())
                    })
                })
                .await
            }
        });
        drop(writes.acquire().await);
        let second = tokio::spawn({
            let db = db.clone();
            async move { make(&db, &receipt("k", "f"), Uuid::from_u128(2)).await }
        });
        tokio::task::yield_now().await;
        assert!(!second.is_finished());
        may.add_permits(1);
        first.await.unwrap().unwrap();
        assert_eq!(second.await.unwrap().unwrap(), Claim::Again(vec![made]));
    });
}

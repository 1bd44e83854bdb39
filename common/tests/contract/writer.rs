//! What `write` promises.

use filittle_common::Error;
use filittle_common::store::{Db, accounts};

use crate::both::on_both;
use crate::fixture::account;

async fn count(db: &Db) -> i64 {
    accounts::count(&mut db.read_any().await.unwrap())
        .await
        .unwrap()
}

on_both! {
    async fn a_failed_command_leaves_nothing(db: Db) {
        let it = account(&db);
        let outcome: Result<(), Error> = db.write(it, |tx, it| Box::pin(async move {
            accounts::insert(tx, it).await?;
            Err(Error::Internal("no".into()))
        })).await;
        assert!(outcome.is_err());
        assert_eq!(count(&db).await, 0);
    }

    async fn many_commands_at_once_are_kept_apart(db: Db) {
        let writes = (0..200).map(|number| {
            let (db, it) = (db.clone(), account(&db));
            tokio::spawn(async move {
                db.write((it, number), |tx, (it, number)| Box::pin(async move {
                    accounts::insert(tx, it).await?;
                    if number % 3 == 0 { Err(Error::Internal("no".into())) } else { Ok(*number) }
                })).await
            })
        });
        let mut good = 0;
        for write in writes.collect::<Vec<_>>() {
            good += i64::from(write.await.unwrap().is_ok());
        }
        assert_eq!((good, count(&db).await), (133, 133));
    }

    async fn a_panic_in_a_command_is_the_error_of_its_caller_only(db: Db) {
        let work = db.clone();
        let panicked = tokio::spawn(async move {
            work.write((), |_, ()| -> futures_util::future::BoxFuture<'_, Result<(), Error>> {
                Box::pin(async { panic!("on purpose") })
            }).await
        });
        assert!(panicked.await.map_or(true, |outcome| outcome.is_err()));
        let it = account(&db);
        db.write(it, |tx, it| Box::pin(accounts::insert(tx, it))).await.unwrap();
        assert_eq!(count(&db).await, 1);
    }

    async fn a_caller_that_goes_away_changes_nothing_for_others(db: Db) {
        let callers: Vec<_> = (0..20).map(|_| {
            let (db, it) = (db.clone(), account(&db));
            tokio::spawn(async move {
                db.write(it, |tx, it| Box::pin(accounts::insert(tx, it))).await
            })
        }).collect();
        tokio::task::yield_now().await;
        let mut ended = 0;
        for caller in callers {
            caller.abort();
            ended += i64::from(matches!(caller.await, Ok(Ok(()))));
        }
        let it = account(&db);
        db.write(it, |tx, it| Box::pin(accounts::insert(tx, it))).await.unwrap();
        // Each of the others is there whole or not at all.
        assert!((ended + 1..=21).contains(&count(&db).await));
    }

    async fn what_was_written_is_read_at_once(db: Db) {
        for written in 1..=20 {
            let it = account(&db);
            db.write(it, |tx, it| Box::pin(accounts::insert(tx, it))).await.unwrap();
            assert_eq!(count(&db).await, written);
        }
    }
}

#[tokio::test]
async fn sqlite_says_so_when_it_is_closed() {
    let folder = tempfile::tempdir().unwrap();
    let db = Db::sqlite(
        &folder.path().join("db"),
        filittle_common::clock::Clock::System,
    )
    .await
    .unwrap();
    db.close().await;
    let outcome = db.write((), |tx, ()| Box::pin(accounts::count(tx))).await;
    assert!(outcome.unwrap_err().is_passing());
}

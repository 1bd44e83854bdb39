//! Submits that are written together are what they would be alone.

use std::collections::HashSet;

use chrono::TimeDelta;
use filittle_common::blobs::Blobs;
use filittle_common::domain::{Job, JobEvent, Priority, Submitted};
use filittle_common::engine::{self, New, Submits};
use filittle_common::ids::{BlobId, JobId};
use filittle_common::queue::Lane;
use filittle_common::random;
use filittle_common::store::events::Cause;
use filittle_common::store::receipts::Receipt;
use filittle_common::store::{Db, blobs, events, jobs, work};
use futures_util::future::join_all;
use uuid::Uuid;

use crate::both::on_both;
use crate::fixture::{blob, owner, submitted};

fn new(submitted: Submitted, lane: Lane) -> New {
    let cause = Cause {
        actor: "account:test".into(),
        trace: Some("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01".into()),
    };
    New {
        submitted,
        uploads: Vec::new(),
        receipt: None,
        lane,
        cause,
    }
}

async fn together(db: &Db, all: Vec<New>) -> Vec<Job> {
    db.write(all, |tx, all| Box::pin(engine::submit_all(tx, all)))
        .await
        .unwrap()
}

on_both! {
    async fn jobs_that_come_together_have_the_places_they_would_have_one_by_one(db: Db) {
        let (ada, bob, content) = (owner(&db).await, owner(&db).await, blob(&db).await);
        let orders = || {
            let of = |account, priority| {
                let mut order = submitted(&db, account, content);
                order.priority = priority;
                order
            };
            [
                of(&ada, Priority::Normal),
                of(&ada, Priority::Normal),
                of(&bob, Priority::Low),
                of(&ada, Priority::High),
                of(&ada, Priority::Normal),
                of(&bob, Priority::Low),
            ]
        };
        // In an empty lane the first one would tell where the others begin.
        let before = submitted(&db, &owner(&db).await, content);
        together(&db, vec![new(before, Lane::Bulk)]).await;
        let before = submitted(&db, &owner(&db).await, content);
        together(&db, vec![new(before, Lane::Fetch)]).await;
        let at_once = together(&db, orders().map(|order| new(order, Lane::Bulk)).into()).await;
        let mut one_by_one = Vec::new();
        for order in orders() {
            one_by_one.extend(together(&db, vec![new(order, Lane::Fetch)]).await);
        }
        let mut read = db.read_any().await.unwrap();
        for (one, other) in at_once.iter().zip(&one_by_one) {
            let one = work::find(&mut read, one.id).await.unwrap().unwrap();
            let other = work::find(&mut read, other.id).await.unwrap().unwrap();
            assert_eq!(one.tag, other.tag);
            assert_eq!((one.phase, one.class, &one.trace), (other.phase, other.class, &other.trace));
        }
    }

    async fn what_came_together_is_there_as_it_was_answered(db: Db) {
        let (ada, content) = (owner(&db).await, blob(&db).await);
        let mut later = submitted(&db, &ada, content);
        later.not_before = Some(db.clock().now() + TimeDelta::hours(1));
        let mut bare = submitted(&db, &ada, content);
        bare.name = None;
        bare.spec.inputs.clear();
        for all in [
            vec![submitted(&db, &ada, content), bare],
            vec![submitted(&db, &ada, content), later],
        ] {
            let all: Vec<_> = all.into_iter().map(|order| new(order, Lane::Bulk)).collect();
            for (made, order) in together(&db, all.clone()).await.iter().zip(&all) {
                let mut read = db.read(ada.owner_id).await.unwrap();
                let found = jobs::find(&mut read, ada.owner_id, made.id).await.unwrap();
                assert_eq!(found.as_ref(), Some(made));
                let told = events::read::<JobEvent>(&mut read, made.id.0).await.unwrap();
                assert_eq!(Job::replay(told).as_ref(), Some(made));
                assert_eq!(made.id, order.submitted.id);
            }
        }
    }

    async fn one_that_cannot_be_written_spoils_no_other(db: Db) {
        let (ada, content) = (owner(&db).await, blob(&db).await);
        let submits = Submits::new(db.clone());
        let orders = (0..40).map(|number| {
            // The content of every seventh was collected meanwhile.
            let content = if number % 7 == 0 { BlobId(Uuid::nil()) } else { content };
            new(submitted(&db, &ada, content), Lane::Bulk)
        });
        let told = join_all(orders.map(|order| submits.submit(order))).await;
        let mut read = db.read(ada.owner_id).await.unwrap();
        let mut tags = HashSet::new();
        for (number, told) in told.into_iter().enumerate() {
            if number % 7 == 0 {
                assert!(told.unwrap_err().to_string().contains("there is no such file"));
                continue;
            }
            let row = work::find(&mut read, told.unwrap().job.id).await.unwrap();
            assert!(tags.insert(row.unwrap().tag), "two jobs of one flow have one place");
        }
        assert_eq!(tags.len(), 34);
    }

    async fn those_of_two_processes_have_places_of_their_own(db: Db) {
        let (ada, content) = (owner(&db).await, blob(&db).await);
        let doors = [Submits::new(db.clone()), Submits::new(db.clone())];
        let made = join_all((0..100).map(|number| {
            doors[number % 2].submit(new(submitted(&db, &ada, content), Lane::Bulk))
        }))
        .await;
        let mut read = db.read(ada.owner_id).await.unwrap();
        let mut tags = HashSet::new();
        for job in made {
            let row = work::find(&mut read, job.unwrap().job.id).await.unwrap();
            tags.insert(row.unwrap().tag);
        }
        assert_eq!(tags.len(), 100);
    }

    async fn a_job_holds_what_came_with_it_and_lets_go_of_it_with_its_end(db: Db) {
        let folder = tempfile::tempdir().unwrap();
        let contents = Blobs::local(folder.path(), db.clone()).unwrap();
        let ada = owner(&db).await;
        let mut order = submitted(&db, &ada, BlobId(Uuid::nil()));
        let input = order.spec.inputs[0].clone();
        order.spec.inputs = vec![input.clone(), input];
        let mut uploads = Vec::new();
        for text in ["one", "two"] {
            let mut writer = contents.writer(9);
            writer.write(text.into()).await.unwrap();
            uploads.push(writer.finish().await.unwrap());
        }
        let hashes: Vec<_> = uploads.iter().map(|stored| stored.sha256.clone()).collect();
        let new = New { uploads, ..new(order, Lane::Bulk) };
        let job = Submits::new(db.clone()).submit(new).await.unwrap().job;
        let mut read = db.read(ada.owner_id).await.unwrap();
        let told = Job::replay(events::read(&mut read, job.id.0).await.unwrap()).unwrap();
        assert_eq!(told, job);
        let mut held = Vec::new();
        for input in &job.spec.inputs {
            held.push(blobs::find(&mut read, input.blob).await.unwrap().unwrap().sha256);
        }
        assert_eq!(held, hashes);
        drop(read);
        let of_job = (ada.owner_id, job.id);
        let unheld = async || {
            let mut read = db.read_any().await.unwrap();
            let now = db.clock().now();
            blobs::unheld(&mut read, now, BlobId(Uuid::nil()), 9).await.unwrap().len()
        };
        assert_eq!(unheld().await, 0);
        db.write(of_job, |tx, &(owner, id)| Box::pin(async move {
            engine::cancel(tx, owner, id, &Cause::system()).await?;
            engine::bury(tx, owner, id, "deleted").await
        })).await.unwrap();
        assert_eq!(unheld().await, 2);
    }

    async fn a_request_that_comes_again_enters_no_other_job(db: Db) {
        let (ada, content) = (owner(&db).await, blob(&db).await);
        let submits = Submits::new(db.clone());
        let submit = async |fingerprint: &str| {
            let receipt = Receipt {
                owner: ada.owner_id,
                key: "k".into(),
                token: random::uuid_v4(),
                fingerprint: fingerprint.into(),
                has_begun: false,
            };
            let order = submitted(&db, &ada, content);
            submits.submit(New { receipt: Some(receipt), ..new(order, Lane::Bulk) }).await
        };
        let first = submit("f").await.unwrap();
        let again = join_all((0..4).map(|_| submit("f"))).await;
        for again in again.into_iter().map(Result::unwrap) {
            assert_eq!((again.job, again.is_new), (first.job.clone(), false));
        }
        assert!(first.is_new);
        assert!(submit("other").await.is_err());
        let mut read = db.read(ada.owner_id).await.unwrap();
        let newest = JobId(Uuid::max());
        let all = jobs::list(&mut read, ada.owner_id, None, newest, 9).await.unwrap();
        assert_eq!(all, [first.job]);
    }
}

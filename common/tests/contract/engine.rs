//! The hot transitions, one by one. What they leave is checked against the events each time.

use std::time::Duration;

use filittle_common::domain::{Item, ItemState, Job, JobEvent, Released, State};
use filittle_common::engine::{self, Cancelled, End, Finished, New, Renewal, Taken};
use filittle_common::ids::WorkerId;
use filittle_common::problem::{Kind, Problem};
use filittle_common::queue::Lane;
use filittle_common::store::accounts::Account;
use filittle_common::store::events::{self, Cause};
use filittle_common::store::{Db, jobs, notices, work};
use filittle_common::{Error, Result};

use crate::both::on_both;
use crate::fixture::{blob, clock, job, owner, submit, submitted, try_submit};

const LEASE: Duration = Duration::from_secs(9);

pub(crate) async fn worker(db: &Db) -> WorkerId {
    let id = WorkerId::new(clock(db).now());
    engine::register(db, id, "test", LEASE).await.unwrap();
    id
}

pub(crate) async fn take(db: &Db, worker: WorkerId) -> Vec<Taken> {
    engine::take(db, worker, Lane::Bulk, 32).await.unwrap()
}

async fn take_one(db: &Db) -> Taken {
    let worker = worker(db).await;
    take(db, worker).await.pop().expect("a job")
}

/// The row, after showing that its events tell the same.
pub(crate) async fn row(db: &Db, job: &Job) -> Job {
    let mut read = db.read(job.owner_id).await.unwrap();
    let row = jobs::find(&mut read, job.owner_id, job.id)
        .await
        .unwrap()
        .expect("the row");
    let events = events::read::<JobEvent>(&mut read, job.id.0).await.unwrap();
    assert!(
        events
            .iter()
            .zip(1..)
            .all(|(event, place)| event.position == place),
        "a gap"
    );
    assert_eq!(
        Job::replay(events).as_ref(),
        Some(&row),
        "replay differs from the row"
    );
    row
}

pub(crate) fn done(job: &Job) -> End {
    let items = job.items.iter().map(|item| Item {
        state: ItemState::Succeeded,
        ..item.clone()
    });
    End::Done {
        items: items.collect(),
        made: Vec::new(),
    }
}

pub(crate) fn retry(db: &Db) -> End {
    let error = Problem::new(Kind::Internal, "broken");
    End::Retry {
        error,
        not_before: clock(db).now() + Duration::from_secs(5),
    }
}

pub(crate) async fn cancel(db: &Db, owner: &Account, job: &Job) -> Result<Cancelled> {
    db.write((owner.owner_id, job.id), |tx, &(owner, id)| {
        Box::pin(async move { engine::cancel(tx, owner, id, &Cause::system()).await })
    })
    .await
}

async fn has_work(db: &Db, job: &Job) -> bool {
    work::find(&mut db.read_any().await.unwrap(), job.id)
        .await
        .unwrap()
        .is_some()
}

async fn notices_of(db: &Db, job: &Job) -> Vec<State> {
    let mut read = db.read_any().await.unwrap();
    let notices = notices::of_job(&mut read, job.owner_id, job.id)
        .await
        .unwrap();
    notices.into_iter().map(|notice| notice.job_state).collect()
}

fn is_conflict<T: std::fmt::Debug>(outcome: Result<T>) -> bool {
    matches!(outcome, Err(Error::Problem(problem)) if problem.kind == Kind::Conflict)
}

on_both! {
    async fn a_finished_job_ends_once_with_one_notice(db: Db) {
        let (_, it) = job(&db).await;
        let taken = take_one(&db).await;
        let end = done(&taken.job);
        let Finished::Yes(ended) = engine::finish(&db, &taken, end.clone()).await.unwrap() else {
            panic!("not finished")
        };
        assert_eq!(ended.state, State::Succeeded);
        assert_eq!(*ended, row(&db, &it).await);
        assert!(matches!(engine::finish(&db, &taken, end).await.unwrap(), Finished::LeaseLost));
        assert_eq!(row(&db, &it).await, *ended);
        assert_eq!(notices_of(&db, &it).await, [State::Succeeded]);
        assert!(!has_work(&db, &it).await);
    }

    async fn an_attempt_is_in_the_trace_of_the_submit(db: Db) {
        let owner = owner(&db).await;
        let new = New {
            submitted: submitted(&db, &owner, blob(&db).await),
 uploads: Vec::new(), receipt: None,
            lane: Lane::Bulk,
            cause: Cause { actor: "account:x".into(), trace: Some("00-abc-def-01".into()) },
        };
        db.write([new], |tx, all| Box::pin(engine::submit_all(tx, all))).await.unwrap();
        let taken = take_one(&db).await;
        assert_eq!(taken.cause.trace.as_deref(), Some("00-abc-def-01"));
        assert!(taken.cause.actor.starts_with("worker:"));
    }

    async fn one_bad_input_makes_the_only_item_fail_the_job_with_its_problem(db: Db) {
        let (_, it) = job(&db).await;
        let taken = take_one(&db).await;
        let error = Problem::new(Kind::TruncatedPicture, "it ends in the middle");
        let items = vec![Item { state: ItemState::Failed, error: Some(error.clone()), ..taken.job.items[0].clone() }];
        engine::finish(&db, &taken, End::Done { items, made: Vec::new() }).await.unwrap();
        let row = row(&db, &it).await;
        assert_eq!((row.state, row.error), (State::Failed, Some(error)));
    }

    async fn failures_are_counted_and_the_last_one_ends_the_job(db: Db) {
        let (_, it) = job(&db).await;
        let worker = worker(&db).await;
        for failure in 1..=3 {
            let taken = take(&db, worker).await.pop().expect("a job");
            assert_eq!(taken.job.attempt, failure);
            engine::finish(&db, &taken, retry(&db)).await.unwrap();
            assert!(take(&db, worker).await.is_empty(), "it waits for its time");
            clock(&db).advance(Duration::from_secs(5));
            engine::renew(&db, worker, LEASE).await.unwrap();
            engine::ready_due(&db).await.unwrap();
        }
        let row = row(&db, &it).await;
        assert_eq!(row.state, State::Failed);
        assert_eq!(row.error.unwrap().kind, Kind::TooManyAttempts);
        assert_eq!(notices_of(&db, &it).await, [State::Failed]);
        assert!(!has_work(&db, &it).await);
    }

    async fn a_given_back_job_counts_nothing_and_comes_at_once_or_at_its_time(db: Db) {
        let (_, it) = job(&db).await;
        let worker = worker(&db).await;
        let taken = take(&db, worker).await.pop().unwrap();
        let back = End::GiveBack { reason: Released::Shutdown, not_before: None };
        engine::finish(&db, &taken, back).await.unwrap();
        let taken = take(&db, worker).await.pop().unwrap();
        let later = clock(&db).now() + Duration::from_secs(3);
        let back = End::GiveBack { reason: Released::Environment, not_before: Some(later) };
        engine::finish(&db, &taken, back).await.unwrap();
        assert!(take(&db, worker).await.is_empty());
        clock(&db).advance(Duration::from_secs(3));
        assert_eq!(engine::ready_due(&db).await.unwrap(), [Lane::Bulk]);
        assert_eq!(take(&db, worker).await.len(), 1);
        let row = row(&db, &it).await;
        assert_eq!((row.attempt, row.failures), (3, 0));
    }

    async fn a_waiting_job_is_cancelled_at_once(db: Db) {
        let (owner, it) = job(&db).await;
        assert!(matches!(cancel(&db, &owner, &it).await.unwrap(), Cancelled::AtOnce(_)));
        assert_eq!(row(&db, &it).await.state, State::Cancelled);
        assert_eq!(notices_of(&db, &it).await, [State::Cancelled]);
        assert!(is_conflict(cancel(&db, &owner, &it).await));
        assert!(!has_work(&db, &it).await);
    }

    async fn a_running_job_is_asked_and_its_worker_told(db: Db) {
        let (owner, it) = job(&db).await;
        let worker = worker(&db).await;
        let taken = take(&db, worker).await.pop().unwrap();
        assert!(!engine::is_cancel_asked(&db, &taken).await.unwrap());
        assert!(matches!(cancel(&db, &owner, &it).await.unwrap(), Cancelled::Asked(_)));
        assert!(engine::is_cancel_asked(&db, &taken).await.unwrap());
        let Renewal::Held(held) = engine::renew(&db, worker, LEASE).await.unwrap() else {
            panic!("lapsed")
        };
        assert!(held[0].cancel_asked && held[0].token == taken.token);
        engine::finish(&db, &taken, End::Cancelled).await.unwrap();
        assert_eq!(row(&db, &it).await.state, State::Cancelled);
    }

    async fn an_asked_cancel_outlives_a_failure_of_the_attempt(db: Db) {
        let (owner, it) = job(&db).await;
        let taken = take_one(&db).await;
        cancel(&db, &owner, &it).await.unwrap();
        engine::finish(&db, &taken, retry(&db)).await.unwrap();
        assert_eq!(row(&db, &it).await.state, State::Cancelled);
        assert!(!has_work(&db, &it).await);
    }

    async fn a_lease_that_nobody_took_goes_on(db: Db) {
        let (_, it) = job(&db).await;
        let worker = worker(&db).await;
        let taken = take(&db, worker).await.pop().unwrap();
        clock(&db).advance(LEASE * 2);
        let Renewal::Held(held) = engine::renew(&db, worker, LEASE).await.unwrap() else {
            panic!("lapsed")
        };
        assert_eq!(held.len(), 1);
        assert!(engine::release_lapsed(&db, 3).await.unwrap().is_empty());
        engine::finish(&db, &taken, done(&taken.job)).await.unwrap();
        assert_eq!(row(&db, &it).await.state, State::Succeeded);
    }

    async fn nobody_else_can_cancel_a_job(db: Db) {
        let (_, it) = job(&db).await;
        let other = owner(&db).await;
        let Err(Error::Problem(problem)) = cancel(&db, &other, &it).await else { panic!("no") };
        assert_eq!(problem.kind, Kind::NotFound);
        assert_eq!(row(&db, &it).await.state, State::Queued);
    }

    async fn a_lapsed_lease_puts_the_job_back_and_fences_the_old_worker(db: Db) {
        let (_, it) = job(&db).await;
        let old = worker(&db).await;
        let taken = take(&db, old).await.pop().unwrap();
        clock(&db).advance(LEASE);
        let moved = engine::release_lapsed(&db, 3).await.unwrap();
        assert_eq!(moved.len(), 1);
        assert_eq!(engine::renew(&db, old, LEASE).await.unwrap(), Renewal::Lapsed);
        let finished = engine::finish(&db, &taken, done(&taken.job)).await.unwrap();
        assert!(matches!(finished, Finished::LeaseLost));
        let new = worker(&db).await;
        let again = take(&db, new).await.pop().unwrap();
        let finished = engine::finish(&db, &taken, done(&taken.job)).await.unwrap();
        assert!(matches!(finished, Finished::LeaseLost));
        engine::finish(&db, &again, done(&again.job)).await.unwrap();
        let row = row(&db, &it).await;
        assert_eq!((row.state, row.attempt, row.failures), (State::Succeeded, 2, 0));
    }

    async fn the_third_crash_ends_the_job(db: Db) {
        let (_, it) = job(&db).await;
        for _ in 0..3 {
            let worker = worker(&db).await;
            assert_eq!(take(&db, worker).await.len(), 1);
            clock(&db).advance(LEASE);
            engine::release_lapsed(&db, 3).await.unwrap();
        }
        let row = row(&db, &it).await;
        assert_eq!(row.state, State::Failed);
        assert_eq!(row.error.unwrap().kind, Kind::WorkerCrashed);
        assert_eq!(notices_of(&db, &it).await, [State::Failed]);
    }

    async fn a_job_whose_worker_died_before_it_saw_the_cancel_is_cancelled(db: Db) {
        let (owner, it) = job(&db).await;
        take_one(&db).await;
        cancel(&db, &owner, &it).await.unwrap();
        clock(&db).advance(LEASE);
        engine::release_lapsed(&db, 3).await.unwrap();
        assert_eq!(row(&db, &it).await.state, State::Cancelled);
    }

    async fn who_resigns_gives_everything_back_uncounted(db: Db) {
        let (_, it) = job(&db).await;
        let old = worker(&db).await;
        let taken = take(&db, old).await.pop().unwrap();
        engine::resign(&db, old).await.unwrap();
        let finished = engine::finish(&db, &taken, done(&taken.job)).await.unwrap();
        assert!(matches!(finished, Finished::LeaseLost));
        let work = work::find(&mut db.read_any().await.unwrap(), it.id).await.unwrap().unwrap();
        assert_eq!(work.crashes, 0);
        assert_eq!(row(&db, &it).await.state, State::Queued);
    }

    async fn a_forgotten_job_goes_back_when_it_is_disowned(db: Db) {
        let (_, it) = job(&db).await;
        let worker = worker(&db).await;
        take(&db, worker).await;
        let Renewal::Held(held) = engine::renew(&db, worker, LEASE).await.unwrap() else {
            panic!("lapsed")
        };
        engine::disown(&db, worker, held).await.unwrap();
        assert_eq!(row(&db, &it).await.state, State::Queued);
        assert_eq!(take(&db, worker).await.len(), 1);
    }

    async fn voided_leases_are_all_released(db: Db) {
        job(&db).await;
        take_one(&db).await;
        assert_eq!(engine::void_all(&db).await.unwrap(), 1);
        assert_eq!(engine::release_lapsed(&db, 3).await.unwrap().len(), 1);
    }

    async fn a_job_with_a_later_time_waits_for_it(db: Db) {
        let owner = owner(&db).await;
        let mut new = submitted(&db, &owner, blob(&db).await);
        new.not_before = Some(clock(&db).now() + Duration::from_mins(1));
        let it = submit(&db, new).await;
        let worker = worker(&db).await;
        engine::ready_due(&db).await.unwrap();
        assert!(take(&db, worker).await.is_empty());
        clock(&db).advance(Duration::from_mins(1));
        engine::ready_due(&db).await.unwrap();
        assert_eq!(take(&db, worker).await[0].job.id, it.id);
        assert_eq!(row(&db, &it).await.not_before, None);
    }

    async fn a_submit_whose_content_is_gone_leaves_nothing(db: Db) {
        let owner = owner(&db).await;
        let new = submitted(&db, &owner, filittle_common::ids::BlobId(uuid::Uuid::nil()));
        let id = new.id;
        assert!(try_submit(&db, new, Lane::Bulk).await.is_err());
        let mut read = db.read(owner.owner_id).await.unwrap();
        assert_eq!(jobs::find(&mut read, owner.owner_id, id).await.unwrap(), None);
        assert!(events::read::<JobEvent>(&mut read, id.0).await.unwrap().is_empty());
    }

    async fn only_an_ended_job_is_buried_and_lets_go_of_its_contents(db: Db) {
        let (owner, it) = job(&db).await;
        let bury = || db.write((owner.owner_id, it.id), |tx, &(owner, id)| {
            Box::pin(engine::bury(tx, owner, id, "deleted"))
        });
        assert!(!bury().await.unwrap());
        cancel(&db, &owner, &it).await.unwrap();
        assert!(bury().await.unwrap());
        let later = clock(&db).now() + Duration::from_secs(1);
        let mut read = db.read(owner.owner_id).await.unwrap();
        assert!(events::is_buried(&mut read, owner.owner_id, filittle_common::domain::Kind::Job, it.id.0).await.unwrap());
        let unheld = filittle_common::store::blobs::unheld(&mut read, later, filittle_common::ids::BlobId(uuid::Uuid::nil()), 9).await.unwrap();
        assert_eq!(unheld, [it.spec.inputs[0].blob]);
    }

    async fn urgent_jobs_of_a_busy_owner_start_near_the_front(db: Db) {
        let owner = owner(&db).await;
        let blob = blob(&db).await;
        for _ in 0..40 {
            submit(&db, submitted(&db, &owner, blob)).await;
        }
        let mut urgent = submitted(&db, &owner, blob);
        urgent.priority = filittle_common::domain::Priority::High;
        let it = submit(&db, urgent).await;
        let worker = worker(&db).await;
        let first = engine::take(&db, worker, Lane::Bulk, 2).await.unwrap();
        assert!(first.iter().any(|taken| taken.job.id == it.id));
    }
}

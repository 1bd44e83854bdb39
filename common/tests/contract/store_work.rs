use filittle_common::ids::{JobId, LeaseToken, OwnerId, WorkerId};
use filittle_common::random;
use filittle_common::store::flows::{self, Flow};
use filittle_common::store::work::{self, DELAYED, READY, Work};
use filittle_common::store::{Db, figures, workers};

use crate::both::on_both;
use crate::fixture::{clock, job, owner, submit, submitted};

const BULK: i16 = 1;

fn flow(owner: OwnerId) -> Flow {
    Flow {
        lane: BULK,
        owner,
        class: 1,
        stride: 1000,
    }
}

async fn worker(db: &Db) -> WorkerId {
    let id = WorkerId::new(clock(db).now());
    db.write((id, clock(db).micros()), |tx, &(id, now)| {
        Box::pin(workers::insert(tx, id, "w", now + 1000))
    })
    .await
    .unwrap();
    id
}

fn token(db: &Db) -> LeaseToken {
    LeaseToken::new(clock(db).now())
}

async fn take(db: &Db, worker: WorkerId, token: LeaseToken, limit: i64) -> Vec<Work> {
    db.write((worker, token, limit), |tx, &(worker, token, limit)| {
        Box::pin(work::take(tx, BULK, limit, token, worker))
    })
    .await
    .unwrap()
}

async fn find(db: &Db, id: JobId) -> Option<Work> {
    work::find(&mut db.read_any().await.unwrap(), id)
        .await
        .unwrap()
}

on_both! {
    async fn a_take_brings_each_job_once_in_the_order_of_tags(db: Db) {
        let ada = owner(&db).await;
        let blob = crate::fixture::blob(&db).await;
        let mut ids = Vec::new();
        for _ in 0..3 {
            ids.push(submit(&db, submitted(&db, &ada, blob)).await.id);
        }
        let worker = worker(&db).await;
        let first = take(&db, worker, token(&db), 2).await;
        let second = take(&db, worker, token(&db), 2).await;
        let taken: Vec<_> = first.iter().chain(&second).map(|work| work.job_id).collect();
        assert_eq!(taken, ids);
        assert!(take(&db, worker, token(&db), 2).await.is_empty());
        assert_eq!(figures::running(&mut db.read_any().await.unwrap(), BULK).await.unwrap(), 3);
        assert_eq!(work::held(&mut db.read_any().await.unwrap(), worker).await.unwrap().len(), 3);
    }

    async fn a_new_owner_waits_behind_one_job_of_each_other(db: Db) {
        let blob = crate::fixture::blob(&db).await;
        let (ada, bob) = (owner(&db).await, owner(&db).await);
        for _ in 0..20 {
            submit(&db, submitted(&db, &ada, blob)).await;
        }
        let worker = worker(&db).await;
        take(&db, worker, token(&db), 5).await;
        let late = submit(&db, submitted(&db, &bob, blob)).await;
        let next = take(&db, worker, token(&db), 2).await;
        assert!(next.iter().any(|work| work.job_id == late.id), "{next:?}");
    }

    async fn a_paused_lane_gives_nothing(db: Db) {
        job(&db).await;
        let worker = worker(&db).await;
        db.write((), |tx, ()| Box::pin(work::pause(tx, BULK, true))).await.unwrap();
        assert!(take(&db, worker, token(&db), 1).await.is_empty());
        db.write((), |tx, ()| Box::pin(work::pause(tx, BULK, false))).await.unwrap();
        assert_eq!(take(&db, worker, token(&db), 1).await.len(), 1);
    }

    async fn only_the_token_of_the_take_moves_a_leased_job(db: Db) {
        let (_, it) = job(&db).await;
        let (worker, right, wrong) = (worker(&db).await, token(&db), token(&db));
        take(&db, worker, right, 1).await;
        for (token, counts) in [(wrong, false), (right, true)] {
            let moved = db.write((it.id, token), |tx, &(id, token)| {
                Box::pin(work::release(tx, id, token, 1))
            }).await.unwrap();
            assert_eq!(moved.is_some(), counts);
        }
        assert_eq!(find(&db, it.id).await.unwrap().crashes, 1);
        take(&db, worker, right, 1).await;
        for (token, counts) in [(wrong, false), (right, true)] {
            let moved = db.write((it.id, token), |tx, &(id, token)| {
                Box::pin(work::delay(tx, id, token, 5))
            }).await.unwrap();
            assert_eq!(moved.is_some(), counts);
        }
        db.write((it.id, flow(it.owner_id)), |tx, &(id, flow)| {
            Box::pin(flows::ready(tx, id, flow))
        }).await.unwrap();
        take(&db, worker, right, 1).await;
        for (token, counts) in [(wrong, false), (right, true)] {
            let moved = db.write((it.id, token), |tx, &(id, token)| {
                Box::pin(work::delete_leased(tx, id, token))
            }).await.unwrap();
            assert_eq!(moved.is_some(), counts);
        }
    }

    async fn a_released_job_is_first_again(db: Db) {
        let ada = owner(&db).await;
        let blob = crate::fixture::blob(&db).await;
        let first = submit(&db, submitted(&db, &ada, blob)).await;
        submit(&db, submitted(&db, &ada, blob)).await;
        let (worker, token) = (worker(&db).await, token(&db));
        take(&db, worker, token, 1).await;
        db.write((first.id, token), |tx, &(id, token)| {
            Box::pin(work::release(tx, id, token, 0))
        }).await.unwrap();
        assert_eq!(take(&db, worker, token, 1).await[0].job_id, first.id);
    }

    async fn delayed_jobs_become_due_longest_overdue_first(db: Db) {
        let (_, now) = (job(&db).await, clock(&db).micros());
        let (owner, late) = job(&db).await;
        let soon = job(&db).await.1;
        db.write((late.id, soon.id, owner.owner_id), move |tx, &(late, soon, owner)| Box::pin(async move {
            work::delete_any(tx, late).await?;
            work::delete_any(tx, soon).await?;
            work::insert_delayed(tx, late, flow(owner), None, now + 10).await?;
            work::insert_delayed(tx, soon, flow(owner), Some("00-a-b-01"), now + 5).await
        })).await.unwrap();
        let due = |at| db.write(at, |tx, &at| Box::pin(work::due(tx, at, 9)));
        assert!(due(now + 4).await.unwrap().is_empty());
        let both: Vec<_> = due(now + 10).await.unwrap().iter().map(|work| work.job_id).collect();
        assert_eq!(both, [soon.id, late.id]);
        assert_eq!(find(&db, soon.id).await.unwrap().phase, DELAYED);
        db.write((soon.id, flow(owner.owner_id)), |tx, &(id, flow)| {
            Box::pin(flows::ready(tx, id, flow))
        }).await.unwrap();
        let ready = find(&db, soon.id).await.unwrap();
        assert_eq!((ready.phase, ready.tag.is_some()), (READY, true));
        assert_eq!(ready.trace.as_deref(), Some("00-a-b-01"));
    }

    async fn a_waiting_job_can_be_removed_and_a_leased_one_asked(db: Db) {
        let (_, it) = job(&db).await;
        let worker = worker(&db).await;
        let remove = || db.write(it.id, |tx, &id| Box::pin(work::delete_waiting(tx, id)));
        let ask = || db.write(it.id, |tx, &id| Box::pin(work::ask_cancel(tx, id)));
        assert!(!ask().await.unwrap());
        take(&db, worker, token(&db), 1).await;
        assert!(remove().await.unwrap().is_none());
        assert!(ask().await.unwrap());
        assert!(find(&db, it.id).await.unwrap().cancel_asked);
    }

    async fn virtual_time_never_goes_back(db: Db) {
        let (_, it) = job(&db).await;
        let advance = || db.write((), |tx, ()| Box::pin(flows::advance_lane(tx, BULK)));
        advance().await.unwrap();
        let first = find(&db, it.id).await.unwrap().tag.unwrap();
        db.write(it.id, |tx, &id| Box::pin(work::delete_any(tx, id))).await.unwrap();
        advance().await.unwrap();
        db.write((it.id, flow(it.owner_id)), |tx, &(id, flow)| {
            Box::pin(async move { flows::insert_ready(tx, &[(id, flow, None)]).await })
        }).await.unwrap();
        assert!(find(&db, it.id).await.unwrap().tag.unwrap() > first);
    }

    async fn a_lease_is_renewed_until_it_is_taken_away(db: Db) {
        let it = worker(&db).await;
        let now = clock(&db).micros();
        let renew = |until: i64| db.write((it, until), |tx, &(it, until)| {
            Box::pin(workers::renew(tx, it, until))
        });
        let lapsed = |at| db.write(at, |tx, &at| Box::pin(workers::lapsed(tx, at)));
        assert!(renew(now + 1000).await.unwrap());
        assert!(lapsed(now + 999).await.unwrap().is_empty());
        assert_eq!(lapsed(now + 1000).await.unwrap(), [it]);
        // Nobody took its jobs, so they are still its own.
        assert!(renew(now + 2000).await.unwrap());
        assert!(lapsed(now + 1000).await.unwrap().is_empty());
        db.write(it, |tx, &it| Box::pin(workers::delete(tx, it))).await.unwrap();
        assert!(!renew(now + 3000).await.unwrap());
    }

    async fn a_worker_that_holds_a_job_cannot_vanish_from_the_table(db: Db) {
        job(&db).await;
        let it = worker(&db).await;
        take(&db, it, token(&db), 1).await;
        assert!(db.write(it, |tx, &it| Box::pin(workers::delete(tx, it))).await.is_err());
        let voided = db.write((), |tx, ()| Box::pin(workers::void_all(tx))).await.unwrap();
        assert_eq!(voided, 1);
    }

    async fn a_take_by_a_worker_that_is_gone_is_refused(db: Db) {
        job(&db).await;
        let gone = WorkerId::new(clock(&db).now());
        let token = token(&db);
        let taken = db.write((gone, token), |tx, &(gone, token)| {
            Box::pin(work::take(tx, BULK, 1, token, gone))
        }).await;
        assert!(taken.is_err());
        assert_eq!(figures::waiting(&mut db.read_any().await.unwrap(), BULK).await.unwrap(), 1);
    }

    async fn a_duty_is_held_by_one_at_a_time(db: Db) {
        let (one, two) = (random::uuid_v4(), random::uuid_v4());
        let claim = |who, now: i64| db.write((who, now), |tx, &(who, now)| {
            Box::pin(workers::claim(tx, "sweep", who, now, now + 10))
        });
        assert!(claim(one, 0).await.unwrap());
        assert!(!claim(two, 9).await.unwrap());
        assert!(claim(one, 9).await.unwrap());
        assert!(claim(two, 19).await.unwrap());
        assert!(!claim(one, 20).await.unwrap());
        db.write((), |tx, ()| Box::pin(workers::end_duties(tx))).await.unwrap();
        assert!(claim(one, 20).await.unwrap());
    }
}

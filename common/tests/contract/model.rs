//! Random interleavings of commands, takes, lost leases and finishes, against a model that is
//! simple enough to be seen to be right. After every action each row equals its model, and its
//! replay equals the row: so each guard in SQL accepts exactly what the model accepts.

use std::collections::BTreeMap;
use std::time::Duration;

use filittle_common::domain::{Job, Released, State};
use filittle_common::engine::{self, Cancelled, End, Finished, Taken};
use filittle_common::ids::{BlobId, JobId, LeaseToken, WorkerId};
use filittle_common::queue::Lane;
use filittle_common::store::Db;
use filittle_common::store::accounts::Account;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use crate::both::{on_postgres, on_sqlite};
use crate::engine::{cancel, done, retry, row, worker};
use crate::fixture::{blob, clock, owner, submit, submitted};

const LEASE: Duration = Duration::from_secs(9);
const WORKERS: usize = 3;
const MAX_ATTEMPTS: i32 = 3;
const MAX_CRASHES: i16 = 3;

#[derive(Clone, Copy, Debug)]
enum Action {
    Submit { owner: usize, delay_seconds: u64 },
    Take { worker: usize, limit: usize },
    Done { taken: usize },
    Retry { taken: usize },
    GiveBack { taken: usize, delayed: bool },
    StopCancelled { taken: usize },
    Cancel { job: usize },
    Crash { worker: usize },
    Resign { worker: usize },
    Wait { seconds: u64 },
}

fn action() -> impl Strategy<Value = Action> {
    let taken = 0..20_usize;
    prop_oneof![
        4 => (0..2_usize, prop_oneof![Just(0), 1..8_u64])
            .prop_map(|(owner, delay_seconds)| Action::Submit { owner, delay_seconds }),
        5 => (0..WORKERS, 1..4_usize).prop_map(|(worker, limit)| Action::Take { worker, limit }),
        3 => taken.clone().prop_map(|taken| Action::Done { taken }),
        3 => taken.clone().prop_map(|taken| Action::Retry { taken }),
        2 => (taken.clone(), any::<bool>())
            .prop_map(|(taken, delayed)| Action::GiveBack { taken, delayed }),
        2 => taken.prop_map(|taken| Action::StopCancelled { taken }),
        2 => (0..12_usize).prop_map(|job| Action::Cancel { job }),
        2 => (0..WORKERS).prop_map(|worker| Action::Crash { worker }),
        1 => (0..WORKERS).prop_map(|worker| Action::Resign { worker }),
        2 => (1..6_u64).prop_map(|seconds| Action::Wait { seconds }),
    ]
}

/// What a job must be.
#[derive(Clone, Debug)]
struct Expected {
    job: Job,
    state: State,
    attempt: i32,
    failures: i32,
    crashes: i16,
    /// Not to be taken before, in microseconds.
    due: Option<i64>,
    lease: Option<(WorkerId, LeaseToken)>,
    cancel_asked: bool,
}

impl Expected {
    fn end(&mut self, state: State) {
        self.state = state;
        self.lease = None;
    }

    fn wait(&mut self, due: Option<i64>) {
        self.state = State::Queued;
        self.lease = None;
        self.due = due;
    }
}

struct World {
    db: Db,
    owners: Vec<Account>,
    blob: BlobId,
    workers: Vec<WorkerId>,
    /// Everything that was ever taken, also what is stale.
    taken: Vec<Taken>,
    jobs: BTreeMap<JobId, Expected>,
}

impl World {
    async fn new(db: Db) -> Self {
        let owners = vec![owner(&db).await, owner(&db).await];
        let blob = blob(&db).await;
        let mut workers = Vec::new();
        for _ in 0..WORKERS {
            workers.push(worker(&db).await);
        }
        Self {
            db,
            owners,
            blob,
            workers,
            taken: Vec::new(),
            jobs: BTreeMap::new(),
        }
    }

    async fn act(&mut self, action: Action) {
        match action {
            Action::Submit {
                owner,
                delay_seconds,
            } => self.submit(owner, delay_seconds).await,
            Action::Take { worker, limit } => self.take(worker, limit).await,
            Action::Done { taken } => self.finish(taken, |_, taken| done(&taken.job)).await,
            Action::Retry { taken } => self.finish(taken, |db, _| retry(db)).await,
            Action::GiveBack { taken, delayed } => {
                self.finish(taken, move |db, _| End::GiveBack {
                    reason: Released::Environment,
                    not_before: delayed.then(|| clock(db).now() + Duration::from_secs(2)),
                })
                .await;
            }
            Action::StopCancelled { taken } => self.finish(taken, |_, _| End::Cancelled).await,
            Action::Cancel { job } => self.cancel(job).await,
            Action::Crash { worker } => self.crash(worker).await,
            Action::Resign { worker } => self.resign(worker).await,
            Action::Wait { seconds } => self.wait(Duration::from_secs(seconds)).await,
        }
        self.check().await;
    }

    async fn submit(&mut self, owner: usize, delay_seconds: u64) {
        let mut new = submitted(&self.db, &self.owners[owner], self.blob);
        new.max_attempts = MAX_ATTEMPTS;
        let now = clock(&self.db).now();
        new.not_before = (delay_seconds > 0).then(|| now + Duration::from_secs(delay_seconds));
        let due = new.not_before.map(|time| time.timestamp_micros());
        let job = submit(&self.db, new).await;
        let expected = Expected {
            state: State::Queued,
            attempt: 0,
            failures: 0,
            crashes: 0,
            due,
            lease: None,
            cancel_asked: false,
            job: job.clone(),
        };
        self.jobs.insert(job.id, expected);
    }

    fn ready(&self) -> usize {
        self.jobs
            .values()
            .filter(|it| it.state == State::Queued && it.due.is_none())
            .count()
    }

    async fn take(&mut self, worker: usize, limit: usize) {
        let worker = self.workers[worker];
        let ready = self.ready();
        let taken = engine::take(&self.db, worker, Lane::Bulk, limit)
            .await
            .unwrap();
        assert_eq!(taken.len(), ready.min(limit), "a take brings what is ready");
        for it in taken {
            let expected = self.jobs.get_mut(&it.job.id).expect("a job of ours");
            assert!(expected.state == State::Queued && expected.due.is_none());
            assert_eq!(it.cancel_asked, expected.cancel_asked);
            expected.state = State::Running;
            expected.attempt += 1;
            expected.lease = Some((worker, it.token));
            self.taken.push(it);
        }
    }

    async fn finish(&mut self, taken: usize, end: impl Fn(&Db, &Taken) -> End) {
        let Some(taken) = self.taken.get(taken % self.taken.len().max(1)).cloned() else {
            return;
        };
        let end = end(&self.db, &taken);
        let finished = engine::finish(&self.db, &taken, end.clone()).await.unwrap();
        let expected = self.jobs.get_mut(&taken.job.id).expect("a job of ours");
        let holds = expected
            .lease
            .is_some_and(|(_, token)| token == taken.token);
        assert_eq!(
            matches!(finished, Finished::Yes(_)),
            holds,
            "{end:?} of {expected:?}"
        );
        if !holds {
            return;
        }
        match end {
            End::Done { .. } => expected.end(State::Succeeded),
            End::Cancelled => expected.end(State::Cancelled),
            End::GiveBack { .. } if expected.cancel_asked => expected.end(State::Cancelled),
            End::GiveBack { not_before, .. } => {
                expected.wait(not_before.map(|time| time.timestamp_micros()));
            }
            End::Retry { .. } if expected.failures + 1 >= MAX_ATTEMPTS => {
                expected.end(State::Failed);
            }
            End::Retry { .. } if expected.cancel_asked => expected.end(State::Cancelled),
            End::Retry { not_before, .. } => {
                expected.failures += 1;
                expected.wait(Some(not_before.timestamp_micros()));
            }
        }
    }

    async fn cancel(&mut self, job: usize) {
        let Some(id) = self.jobs.keys().nth(job % self.jobs.len().max(1)).copied() else {
            return;
        };
        let expected = self.jobs.get_mut(&id).expect("a job of ours");
        let owner = self
            .owners
            .iter()
            .find(|it| it.owner_id == expected.job.owner_id)
            .expect("one");
        let cancelled = cancel(&self.db, owner, &expected.job).await;
        match expected.state {
            State::Queued => {
                assert!(matches!(cancelled, Ok(Cancelled::AtOnce(_))));
                expected.end(State::Cancelled);
            }
            State::Running => {
                assert!(matches!(cancelled, Ok(Cancelled::Asked(_))));
                expected.cancel_asked = true;
            }
            _ => assert!(cancelled.is_err()),
        }
    }

    /// The lease of one worker runs out; the others renew theirs.
    async fn crash(&mut self, worker: usize) {
        let half = Duration::from_secs(5);
        self.wait(half).await;
        let lost = self.workers[worker];
        for &other in self.workers.iter().filter(|&&it| it != lost) {
            engine::renew(&self.db, other, LEASE).await.unwrap();
        }
        self.wait_without_renewal(half).await;
        engine::release_lapsed(&self.db, MAX_CRASHES).await.unwrap();
        self.leave(worker, true).await;
    }

    async fn resign(&mut self, worker: usize) {
        engine::resign(&self.db, self.workers[worker])
            .await
            .unwrap();
        self.leave(worker, false).await;
    }

    async fn leave(&mut self, index: usize, crash: bool) {
        let left = std::mem::replace(&mut self.workers[index], worker(&self.db).await);
        for it in self.jobs.values_mut() {
            if it.lease.is_none_or(|(worker, _)| worker != left) {
                continue;
            }
            if crash && it.crashes + 1 >= MAX_CRASHES {
                it.end(State::Failed);
            } else if it.cancel_asked {
                it.end(State::Cancelled);
            } else {
                it.crashes += i16::from(crash);
                it.wait(None);
            }
        }
    }

    async fn wait(&mut self, time: Duration) {
        for &worker in &self.workers {
            engine::renew(&self.db, worker, LEASE).await.unwrap();
        }
        self.wait_without_renewal(time).await;
    }

    async fn wait_without_renewal(&mut self, time: Duration) {
        clock(&self.db).advance(time);
        engine::ready_due(&self.db).await.unwrap();
        let now = clock(&self.db).micros();
        for it in self.jobs.values_mut() {
            it.due = it.due.filter(|&due| due > now);
        }
    }

    async fn check(&self) {
        for expected in self.jobs.values() {
            let row = row(&self.db, &expected.job).await;
            assert_eq!(
                (row.state, row.attempt, row.failures),
                (expected.state, expected.attempt, expected.failures),
                "{expected:?}"
            );
            assert_eq!(
                row.decide_start().is_some(),
                expected.state == State::Queued
            );
            assert_eq!(
                row.decide_cancel(row.created_at).is_some(),
                expected.state == State::Queued
            );
        }
    }
}

fn cases(count: u32, run: impl Fn(Vec<Action>)) {
    let mut runner = TestRunner::new(Config {
        cases: count,
        failure_persistence: None,
        ..Config::default()
    });
    let outcome = runner.run(&prop::collection::vec(action(), 1..40), |actions| {
        run(actions);
        Ok(())
    });
    if let Err(error) = outcome {
        panic!("{error}");
    }
}

async fn play(db: Db, actions: Vec<Action>) {
    let mut world = World::new(db).await;
    for action in actions {
        world.act(action).await;
    }
}

#[test]
fn every_interleaving_ends_as_the_model_says_on_sqlite() {
    cases(48, |actions| on_sqlite(|db| play(db, actions)));
}

#[test]
fn every_interleaving_ends_as_the_model_says_on_postgres() {
    cases(16, |actions| on_postgres(|db| play(db, actions)));
}

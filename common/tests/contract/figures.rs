//! What Prometheus is told of the queue: each figure moves when its thing happens.

use std::time::Duration;

use filittle_common::accounts::Accounts;
use filittle_common::blobs::Blobs;
use filittle_common::config::Config;
use filittle_common::domain::{Released, Submitted};
use filittle_common::engine::{self, End, Outcome};
use filittle_common::health::Health;
use filittle_common::live::Live;
use filittle_common::queue::{Lane, Queue};
use filittle_common::store::{Db, figures};
use filittle_common::trace::Traces;
use filittle_common::wake::Wake;
use filittle_common::{App, Parts};
use filittle_testkit::Exposition;

use crate::both::on_both;
use crate::engine::{cancel, done, retry, take, worker};
use crate::fixture::{blob, clock, owner, submit, submitted};
use crate::mails::{FOLDER, ended, look, sent, settle};

const LANE: i16 = 1;

fn health(db: &Db) -> Health {
    Health::of_api(App::new(Parts {
        blobs: Blobs::memory(db.clone()),
        queue: Queue::channel(),
        wake: Wake::default(),
        live: Live::default(),
        accounts: Accounts::ephemeral(),
        traces: Traces::default(),
        config: Config::default(),
        db: db.clone(),
    }))
}

/// As it is told for the first time, so that no figure is an old one.
pub(crate) async fn told(db: &Db) -> Exposition {
    Exposition::read(&health(db).metrics().await)
}

#[track_caller]
fn is(told: &Exposition, series: &str, expected: f64) {
    let value = told.value(series);
    assert!(
        (value - expected).abs() < 1e-6,
        "{series} is {value}, not {expected}"
    );
}

async fn submit_one(db: &Db) {
    let (owner, blob) = (owner(db).await, blob(db).await);
    submit(db, submitted(db, &owner, blob)).await;
}

on_both! {
    async fn waiting_running_and_ended_jobs_are_told(db: Db) {
        submit_one(&db).await;
        clock(&db).advance(Duration::from_secs(90));
        let before = told(&db).await;
        is(&before, "filittle_jobs_waiting{lane=\"bulk\"}", 1.0);
        is(&before, "filittle_jobs_waiting{lane=\"interactive\"}", 0.0);
        is(&before, "filittle_jobs_running{lane=\"bulk\"}", 0.0);
        is(&before, "filittle_queue_figures_up", 1.0);
        is(&before, "filittle_ready", 1.0);
        let age = before.value("filittle_oldest_waiting_job_seconds{lane=\"bulk\"}");
        assert!(age >= 89.0, "{age}");

        let me = worker(&db).await;
        let taken = take(&db, me).await.remove(0);
        let running = told(&db).await;
        is(&running, "filittle_jobs_waiting{lane=\"bulk\"}", 0.0);
        is(&running, "filittle_jobs_running{lane=\"bulk\"}", 1.0);
        is(&running, "filittle_oldest_waiting_job_seconds{lane=\"bulk\"}", 0.0);
        is(&running, "filittle_jobs_taken_total{lane=\"bulk\"}", 1.0);
        is(&running, "filittle_job_wait_seconds_count{lane=\"bulk\"}", 1.0);
        is(&running, "filittle_job_wait_seconds_sum{lane=\"bulk\"}", 90.0);
        assert!(running.value("filittle_job_take_duration_seconds_count") >= 1.0);

        engine::finish(&db, &taken, done(&taken.job)).await.unwrap();
        let ended = told(&db).await;
        is(&ended, "filittle_jobs_running{lane=\"bulk\"}", 0.0);
        is(&ended, "filittle_jobs_ended_total{state=\"succeeded\"}", 1.0);
        is(&ended, "filittle_job_finish_duration_seconds_count", 1.0);
        engine::finish(&db, &taken, done(&taken.job)).await.unwrap();
        is(&told(&db).await, "filittle_leases_lost_total{holder=\"attempt\"}", 1.0);
        is(&told(&db).await, "filittle_jobs_ended_total{state=\"succeeded\"}", 1.0);
    }

    async fn what_waits_for_its_time_is_not_late(db: Db) {
        let (owner, blob) = (owner(&db).await, blob(&db).await);
        let later = Submitted {
            not_before: Some(clock(&db).now() + Duration::from_hours(1)),
            ..submitted(&db, &owner, blob)
        };
        submit(&db, later).await;
        clock(&db).advance(Duration::from_mins(1));
        let early = told(&db).await;
        is(&early, "filittle_jobs_delayed", 1.0);
        is(&early, "filittle_jobs_waiting{lane=\"bulk\"}", 0.0);
        is(&early, "filittle_oldest_waiting_job_seconds{lane=\"bulk\"}", 0.0);
        // Its time has come an hour ago, whoever has moved it.
        clock(&db).advance(Duration::from_mins(119));
        let overdue = told(&db).await;
        is(&overdue, "filittle_oldest_waiting_job_seconds{lane=\"bulk\"}", 3600.0);
        engine::ready_due(&db).await.unwrap();
        let due = told(&db).await;
        is(&due, "filittle_jobs_delayed", 0.0);
        is(&due, "filittle_jobs_waiting{lane=\"bulk\"}", 1.0);
        is(&due, "filittle_oldest_waiting_job_seconds{lane=\"bulk\"}", 3600.0);
    }

    async fn retries_crashes_and_what_is_given_up_are_counted(db: Db) {
        submit_one(&db).await;
        let me = worker(&db).await;
        let taken = take(&db, me).await.remove(0);
        engine::finish(&db, &taken, retry(&db)).await.unwrap();
        is(&told(&db).await, "filittle_job_retries_total{reason=\"failure\"}", 1.0);
        for crash in 1..=3_u8 {
            clock(&db).advance(Duration::from_mins(1));
            engine::ready_due(&db).await.unwrap();
            let me = worker(&db).await;
            take(&db, me).await.remove(0);
            clock(&db).advance(Duration::from_mins(1));
            engine::release_lapsed(&db, 3).await.unwrap();
            let back = f64::from(crash.min(2));
            is(&told(&db).await, "filittle_job_retries_total{reason=\"crash\"}", back);
        }
        let dead = told(&db).await;
        is(&dead, "filittle_jobs_ended_total{state=\"failed\"}", 1.0);
        is(&dead, "filittle_dead_letters_total{code=\"worker-crashed\"}", 1.0);

        submit_one(&db).await;
        let me = worker(&db).await;
        for _ in 0..3 {
            let taken = take(&db, me).await.remove(0);
            engine::finish(&db, &taken, retry(&db)).await.unwrap();
            clock(&db).advance(Duration::from_mins(1));
            engine::ready_due(&db).await.unwrap();
        }
        let dead = told(&db).await;
        is(&dead, "filittle_dead_letters_total{code=\"too-many-attempts\"}", 1.0);
        is(&dead, "filittle_job_retries_total{reason=\"failure\"}", 3.0);
    }

    async fn jobs_that_are_given_back_are_counted_by_the_reason(db: Db) {
        submit_one(&db).await;
        let me = worker(&db).await;
        let taken = take(&db, me).await.remove(0);
        let end = End::GiveBack { reason: Released::Environment, not_before: None };
        engine::finish(&db, &taken, end).await.unwrap();
        take(&db, me).await.remove(0);
        engine::resign(&db, me).await.unwrap();
        let told = told(&db).await;
        is(&told, "filittle_job_retries_total{reason=\"environment\"}", 1.0);
        is(&told, "filittle_job_retries_total{reason=\"shutdown\"}", 1.0);
        is(&told, "filittle_jobs_ended_total{state=\"cancelled\"}", 0.0);
    }

    async fn a_job_that_is_asked_to_end_while_it_runs_counts_as_cancelled(db: Db) {
        let (owner, blob) = (owner(&db).await, blob(&db).await);
        let job = submit(&db, submitted(&db, &owner, blob)).await;
        let me = worker(&db).await;
        let taken = take(&db, me).await.remove(0);
        cancel(&db, &owner, &job).await.unwrap();
        engine::finish(&db, &taken, retry(&db)).await.unwrap();
        let told = told(&db).await;
        is(&told, "filittle_jobs_ended_total{state=\"cancelled\"}", 1.0);
        is(&told, "filittle_job_retries_total{reason=\"failure\"}", 0.0);
    }

    async fn mails_are_counted_by_what_they_came_to(db: Db) {
        let owner = owner(&db).await;
        ended(&db, &owner).await;
        let letter = look(&db, FOLDER).await.remove(0);
        is(&told(&db).await, "filittle_mails_waiting", 1.0);
        settle(&db, &letter, Outcome::Later("busy".into())).await;
        is(&told(&db).await, "filittle_mails_total{outcome=\"postponed\"}", 1.0);
        clock(&db).advance(Duration::from_mins(1));
        let letter = look(&db, FOLDER).await.remove(0);
        settle(&db, &letter, sent()).await;
        let told_then = told(&db).await;
        is(&told_then, "filittle_mails_total{outcome=\"sent\"}", 1.0);
        is(&told_then, "filittle_mails_waiting", 0.0);
        settle(&db, &letter, sent()).await;
        is(&told(&db).await, "filittle_mails_total{outcome=\"overtaken\"}", 1.0);
    }

    async fn ten_who_ask_at_once_cost_one_look(db: Db) {
        let health = health(&db);
        let asking = (0..10).map(|_| health.metrics());
        let all = futures_util::future::join_all(asking).await;
        let looks = "filittle_operations_total{operation=\"queue_figures\",outcome=\"ok\"}";
        is(&Exposition::read(all.last().unwrap()), looks, 1.0);
        is(&Exposition::read(&health.metrics().await), looks, 1.0);
    }

    async fn without_a_database_the_process_still_tells_its_own_figures(db: Db) {
        is(&told(&db).await, "filittle_part_up{part=\"database\"}", 1.0);
        db.close().await;
        let told = told(&db).await;
        is(&told, "filittle_queue_figures_up", 0.0);
        is(&told, "filittle_part_up{part=\"database\"}", 0.0);
        is(&told, "filittle_ready", 0.0);
        assert!(!told.has("filittle_jobs_waiting{lane=\"bulk\"}"), "an old figure is told");
        assert!(!told.has("filittle_mails_waiting"), "an old figure is told");
        assert!(told.has("filittle_jobs_taken_total{lane=\"bulk\"}"));
    }

    async fn each_count_is_of_its_rows(db: Db) {
        let (owner, blob) = (owner(&db).await, blob(&db).await);
        let first = submit(&db, submitted(&db, &owner, blob)).await;
        clock(&db).advance(Duration::from_secs(1));
        let second = submit(&db, submitted(&db, &owner, blob)).await;
        let later = clock(&db).now() + Duration::from_hours(1);
        let delayed = Submitted { not_before: Some(later), ..submitted(&db, &owner, blob) };
        submit(&db, delayed).await;
        let mut read = db.read_any().await.unwrap();
        let micros = later.timestamp_micros();
        assert_eq!(figures::waiting(&mut read, LANE).await.unwrap(), 2);
        assert_eq!(figures::waiting(&mut read, Lane::Fetch.number()).await.unwrap(), 0);
        assert_eq!(figures::running(&mut read, LANE).await.unwrap(), 0);
        assert_eq!(figures::delayed(&mut read).await.unwrap(), 1);
        assert_eq!(figures::first_delayed(&mut read).await.unwrap(), Some((LANE, micros)));
        assert_eq!(figures::first_waiting(&mut read, LANE).await.unwrap(), Some(first.id));
        let oldest = figures::oldest_waiting(&mut read, LANE, 9).await.unwrap();
        assert_eq!(oldest, [(first.id, 0), (second.id, 0)]);
        assert_eq!(figures::mails(&mut read).await.unwrap(), 0);
    }
}

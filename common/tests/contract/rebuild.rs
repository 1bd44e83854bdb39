//! Rows from events.

use filittle_common::domain::{Job, State};
use filittle_common::ids::JobId;
use filittle_common::rebuild::{Rebuilt, rebuild};
use filittle_common::store::{Db, jobs, work};

use crate::both::on_both;
use crate::engine::{row, take, worker};
use crate::fixture::{clock, job};

async fn again(db: &Db) -> Rebuilt {
    rebuild(db).await.unwrap()
}

on_both! {
    async fn a_good_database_is_left_alone(db: Db) {
        job(&db).await;
        assert_eq!(again(&db).await, Rebuilt { jobs: 1, ..Rebuilt::default() });
    }

    async fn a_changed_row_is_counted_and_mended(db: Db) {
        let (_, it) = job(&db).await;
        let wrong = Job { name: Some("wrong".into()), ..it.clone() };
        db.write(wrong, |tx, it| Box::pin(jobs::replace(tx, it))).await.unwrap();
        assert_eq!(again(&db).await.jobs_differed, 1);
        assert_eq!(row(&db, &it).await, it);
        assert_eq!(again(&db).await.jobs_differed, 0);
    }

    async fn a_lost_row_comes_back_and_its_job_can_be_taken(db: Db) {
        let (_, it) = job(&db).await;
        db.write(it.id, |tx, &id| Box::pin(async move {
            work::delete_any(tx, id).await?;
            jobs::discard(tx, id).await
        })).await.unwrap();
        let rebuilt = again(&db).await;
        assert_eq!((rebuilt.jobs_differed, rebuilt.work_mended), (1, 1));
        let worker = worker(&db).await;
        assert_eq!(take(&db, worker).await[0].job.id, it.id);
    }

    async fn a_row_that_no_event_tells_of_goes(db: Db) {
        let (_, it) = job(&db).await;
        let stray = Job { id: JobId::new(clock(&db).now()), ..it };
        db.write(stray, |tx, it| Box::pin(jobs::insert(tx, it))).await.unwrap();
        assert_eq!(again(&db).await.jobs_differed, 1);
        assert_eq!(again(&db).await.jobs_differed, 0);
    }

    async fn a_running_job_without_a_work_row_waits_again(db: Db) {
        let (_, it) = job(&db).await;
        let worker = worker(&db).await;
        take(&db, worker).await;
        db.write(it.id, |tx, &id| Box::pin(work::delete_any(tx, id))).await.unwrap();
        assert_eq!(again(&db).await.work_mended, 1);
        assert_eq!(row(&db, &it).await.state, State::Queued);
        assert_eq!(take(&db, worker).await.len(), 1);
    }
}

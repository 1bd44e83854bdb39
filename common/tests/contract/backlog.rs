//! How many jobs have not ended.

use filittle_common::backlog::{Backlog, Room};
use filittle_common::config::Limits;
use filittle_common::problem::Kind;
use filittle_common::store::{figures, jobs};

use crate::both::on_both;
use crate::engine::{cancel, done, take, worker};
use crate::fixture::{blob, job, owner, submit, submitted};

fn limits(backlog: u64, backlog_of_owner: u64) -> Limits {
    Limits {
        backlog,
        backlog_of_owner,
        ..Limits::default()
    }
}

on_both! {
    async fn what_waits_and_what_runs_counts_and_what_has_ended_does_not(db: Db) {
        let (owner, first) = job(&db).await;
        let blob = blob(&db).await;
        for _ in 0..4 {
            submit(&db, submitted(&db, &owner, blob)).await;
        }
        job(&db).await;
        let count = async |most| {
            let mut read = db.read(owner.owner_id).await.unwrap();
            let own = jobs::count_open(&mut read, owner.owner_id, most).await.unwrap();
            (own, figures::count_all(&mut read, most).await.unwrap())
        };
        assert_eq!(count(100).await, (5, 6));
        assert_eq!(count(3).await, (3, 3), "more is not counted");
        cancel(&db, &owner, &first).await.unwrap();
        assert_eq!(count(100).await, (4, 5));
        let worker = worker(&db).await;
        let taken = take(&db, worker).await;
        assert_eq!(count(100).await, (4, 5));
        for taken in &taken {
            let end = done(&taken.job);
            filittle_common::engine::finish(&db, taken, end).await.unwrap();
        }
        assert_eq!(count(100).await, (0, 0));
    }

    async fn room_is_what_is_left_of_the_account_and_of_all(db: Db) {
        let (ada, _) = job(&db).await;
        let eve = owner(&db).await;
        let room = async |limits: Limits, owner| {
            let backlog = Backlog::new(db.clone(), &limits);
            let room = backlog.room(owner).await;
            room.map_err(|error| error.problem().kind)
        };
        assert_eq!(room(limits(9, 3), ada.owner_id).await, Ok(Room { most: 3, left: 2 }));
        assert_eq!(room(limits(9, 3), eve.owner_id).await, Ok(Room { most: 3, left: 3 }));
        assert_eq!(room(limits(9, 1), ada.owner_id).await, Err(Kind::TooManyJobs));
        assert_eq!(room(limits(1, 1), eve.owner_id).await, Err(Kind::BacklogFull));
    }
}

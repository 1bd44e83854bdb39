use filittle_common::domain::file::{Description, FileEvent};
use filittle_common::domain::{JobEvent, Kind, Recorded};
use filittle_common::ids::OwnerId;
use filittle_common::problem;
use filittle_common::store::events::{self, Cause};
use filittle_common::{Error, random};
use uuid::Uuid;

use crate::both::on_both;
use crate::fixture::{clock, job, owner};

fn nobody() -> OwnerId {
    OwnerId(Uuid::nil())
}

fn described(position: i64, name: &str, db: &filittle_common::store::Db) -> Recorded<FileEvent> {
    let description = Description {
        name: Some(name.into()),
        ..Description::default()
    };
    Recorded {
        position,
        at: clock(db).now(),
        event: FileEvent::Described(description),
    }
}

on_both! {
    async fn events_come_back_in_order_as_they_were(db: Db) {
        let stream = random::uuid_v4();
        let written = [described(1, "ä\u{202e}", &db), described(2, "b", &db)];
        db.write((stream, written.clone()), |tx, (stream, written)| Box::pin(async move {
            for event in written {
                events::append(tx, nobody(), *stream, event, &Cause::system()).await?;
            }
            Ok(())
        })).await.unwrap();
        let mut read = db.read_any().await.unwrap();
        assert_eq!(events::read::<FileEvent>(&mut read, stream).await.unwrap(), written);
        let later = events::read_after::<FileEvent>(&mut read, stream, 1).await.unwrap();
        assert_eq!(later, written[1..]);
    }

    async fn an_event_tells_in_which_trace_it_was(db: Db) {
        let stream = random::uuid_v4();
        let trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        let cause = Cause { actor: "system".into(), trace: Some(trace.into()) };
        let written = [(described(1, "a", &db), Cause::system()), (described(2, "b", &db), cause)];
        db.write((stream, written), |tx, (stream, written)| Box::pin(async move {
            for (event, cause) in written {
                events::append(tx, nobody(), *stream, event, cause).await?;
            }
            Ok(())
        })).await.unwrap();
        let mut read = db.read_any().await.unwrap();
        assert_eq!(events::trace_at(&mut read, stream, 1).await.unwrap(), None);
        assert_eq!(events::trace_at(&mut read, stream, 2).await.unwrap().as_deref(), Some(trace));
        assert_eq!(events::trace_at(&mut read, stream, 3).await.unwrap(), None);
    }

    async fn two_events_at_one_position_are_a_conflict(db: Db) {
        let stream = random::uuid_v4();
        let event = described(1, "a", &db);
        let append = || db.write((stream, event.clone()), |tx, (stream, event)| {
            Box::pin(async move { events::append(tx, nobody(), *stream, event, &Cause::system()).await })
        });
        append().await.unwrap();
        let Err(Error::Problem(problem)) = append().await else { panic!("not refused") };
        assert_eq!(problem.kind, problem::Kind::Conflict);
    }

    async fn streams_are_listed_by_kind(db: Db) {
        let (_, job) = job(&db).await;
        let mut read = db.read_any().await.unwrap();
        let all = events::streams(&mut read, Kind::Job, Uuid::nil(), 10).await.unwrap();
        assert_eq!(all, [job.id.0]);
        assert!(events::streams(&mut read, Kind::Job, job.id.0, 10).await.unwrap().is_empty());
        assert!(events::streams(&mut read, Kind::File, Uuid::nil(), 10).await.unwrap().is_empty());
    }

    async fn a_buried_stream_leaves_its_owner_a_tombstone(db: Db) {
        let (owner, job) = job(&db).await;
        let other = crate::fixture::owner(&db).await;
        db.write((owner.owner_id, job.id.0), |tx, &(owner, id)| {
            Box::pin(events::bury(tx, owner, Kind::Job, id, "deleted"))
        }).await.unwrap();
        let mut read = db.read_any().await.unwrap();
        assert!(events::read::<JobEvent>(&mut read, job.id.0).await.unwrap().is_empty());
        assert!(events::is_buried(&mut read, owner.owner_id, Kind::Job, job.id.0).await.unwrap());
        assert!(!events::is_buried(&mut read, owner.owner_id, Kind::File, job.id.0).await.unwrap());
        assert!(!events::is_buried(&mut read, other.owner_id, Kind::Job, job.id.0).await.unwrap());
    }

    async fn a_stream_is_not_buried_before(db: Db) {
        let owner = owner(&db).await;
        let mut read = db.read_any().await.unwrap();
        assert!(!events::is_buried(&mut read, owner.owner_id, Kind::Job, random::uuid_v4()).await.unwrap());
    }
}

//! How many jobs wait and run, in the whole service.

use std::time::Duration;

use validator::Validate;

use crate::actor::{Access, Actor};
use crate::app::{App, Query};
use crate::error::Result;
use crate::ids::JobId;
use crate::metrics::{Figures, LaneFigures};
use crate::queue::Lane;
use crate::store::{Read, figures};

/// So many of the oldest are looked at: those that were put back must wait for their time again, so
/// the one with the oldest id need not be the one that waits for longest.
const OLDEST: i64 = 100;

/// Reads all of a lane's index: not for each request.
#[derive(Debug, Validate)]
pub struct QueueFigures {}

impl Query for QueueFigures {
    type Output = Figures;
    const NAME: &'static str = "queue_figures";
    const ACCESS: Access = Access::Anyone;

    async fn run(self, app: &App, _: &Actor) -> Result<Figures> {
        let mut read = app.db.read_any().await?;
        let now = read.db_micros().await?;
        let mut told = Figures {
            delayed: figures::delayed(&mut read).await?,
            mails: figures::mails(&mut read).await?,
            ..Figures::default()
        };
        let delayed = figures::first_delayed(&mut read).await?;
        for lane in Lane::ALL {
            // Due, but nobody has moved it yet.
            let overdue = delayed.filter(|(of, at)| *of == lane.number() && *at <= now);
            let overdue = overdue.map(|(_, at)| at);
            let since = oldest(&mut read, lane, overdue).await?;
            told.lanes[lane.index()] = LaneFigures {
                waiting: figures::waiting(&mut read, lane.number()).await?,
                running: figures::running(&mut read, lane.number()).await?,
                oldest: since.map_or(Duration::ZERO, |since| micros(now - since)),
            };
        }
        Ok(told)
    }
}

/// Since when the oldest job of a lane may be taken.
async fn oldest(read: &mut Read, lane: Lane, overdue: Option<i64>) -> Result<Option<i64>> {
    let lane = lane.number();
    let first = figures::first_waiting(read, lane).await?;
    let put_back = figures::oldest_waiting(read, lane, OLDEST).await?;
    let times = (put_back.into_iter())
        .chain(first.map(|job| (job, 0)))
        .filter_map(|(job, not_before)| Some(made_at(job)?.max(not_before)))
        .chain(overdue);
    Ok(times.min())
}

/// An id tells when it was made.
fn made_at(job: JobId) -> Option<i64> {
    let (seconds, nanos) = job.0.get_timestamp()?.to_unix();
    let seconds = i64::try_from(seconds).ok()?;
    Some(seconds * 1_000_000 + i64::from(nanos / 1000))
}

fn micros(micros: i64) -> Duration {
    Duration::from_micros(u64::try_from(micros).unwrap_or(0))
}

//! What happened to the jobs of an owner, in an order that never changes: nothing is ever put
//! before what was read.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Utc};
use serde_json::Value;
use sqlx::types::Json;
use uuid::Uuid;

use super::Tx;
use super::macros::{row, rows};
use crate::domain::{JobEvent, Recorded};
use crate::error::Result;
use crate::ids::{JobId, OwnerId};

/// Where an event stands in the feed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// Of its transaction on PostgreSQL, its own on SQLite.
    number: i64,
    stream: Uuid,
    position: i64,
}

/// An event of a job.
#[derive(Clone, Debug)]
pub struct Happened {
    /// Where it stands.
    pub place: Place,
    /// The job.
    pub job: JobId,
    /// What happened, without inputs, items and outputs: of a long job they are many.
    pub recorded: Recorded<JobEvent>,
}

/// A part of the feed.
#[derive(Clone, Debug)]
pub struct Part {
    /// In their order.
    pub events: Vec<Happened>,
    /// The last place that was looked at.
    pub end: Place,
    /// What comes next.
    pub next: Next,
}

/// What is known to come after a part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// There may be more at once.
    More,
    /// There is more as soon as a transaction has ended that is under way.
    Soon,
    /// That was all.
    Nothing,
}

impl Place {
    /// Before everything.
    pub const START: Self = Self {
        number: i64::MIN,
        stream: Uuid::nil(),
        position: 0,
    };

    fn behind(number: i64) -> Self {
        Self {
            number,
            stream: Uuid::max(),
            position: i64::MAX,
        }
    }
}

/// As clients keep it; they need not know what it means.
impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.number, self.stream, self.position)
    }
}

impl FromStr for Place {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let mut parts = text.splitn(3, '.');
        let mut part = || parts.next().ok_or(());
        Ok(Self {
            number: part()?.parse().map_err(drop)?,
            stream: part()?.parse().map_err(drop)?,
            position: part()?.parse().map_err(drop)?,
        })
    }
}

#[derive(sqlx_macros::FromRow)]
struct Row {
    stream_id: Uuid,
    position: i64,
    number: i64,
    recorded_at: DateTime<Utc>,
    data: Json<Value>,
    settled: bool,
}

/// What comes after `place`, at most `limit` events of it.
pub async fn after(tx: &mut Tx, owner: OwnerId, place: Place, limit: i64) -> Result<Part> {
    let found = rows!(
        tx,
        Row,
        {
            sqlite: "select stream_id, position, number, recorded_at, true as settled,
                     json_replace(data, '$.spec.inputs', json('[]'), '$.items', json('[]'),
                         '$.outputs', json('[]')) as data
                 from events
                 where owner_id = $1 and stream = 'job' and number is not null
                   and (number, stream_id, position) > ($2, $3, $4)
                 order by number, stream_id, position limit $5",
            // What this statement sees of older transactions is all that they ever did.
            postgres: "select stream_id, position, number, recorded_at,
                     number < (select feed_horizon()) as settled,
                     jsonb_set(jsonb_set(jsonb_set(data, '{spec,inputs}', '[]', false),
                         '{items}', '[]', false), '{outputs}', '[]', false) as data
                 from events
                 where owner_id = $1 and stream = 'job' and number is not null
                   and (number, stream_id, position) > ($2, $3, $4)
                 order by number, stream_id, position limit $5",
        },
        owner,
        place.number,
        place.stream,
        place.position,
        limit,
    )?;
    let is_full = i64::try_from(found.len()).is_ok_and(|count| count == limit);
    let settled = found.iter().take_while(|row| row.settled).count();
    let next = if settled < found.len() {
        Next::Soon
    } else if is_full {
        Next::More
    } else {
        Next::Nothing
    };
    let mut end = place;
    let mut events = Vec::with_capacity(settled);
    for row in found.into_iter().take(settled) {
        end = Place {
            number: row.number,
            stream: row.stream_id,
            position: row.position,
        };
        events.extend(happened(end, row));
    }
    Ok(Part { events, end, next })
}

/// What a newer version wrote, and this one does not understand, is left out.
fn happened(place: Place, row: Row) -> Option<Happened> {
    let event = serde_json::from_value(row.data.0)
        .inspect_err(|error| tracing::warn!(%error, "an event that cannot be read is left out"))
        .ok()?;
    Some(Happened {
        place,
        job: JobId(row.stream_id),
        recorded: Recorded {
            position: row.position,
            at: row.recorded_at,
            event,
        },
    })
}

/// Where the feed ends now: what happens from now on comes after it.
pub async fn end(tx: &mut Tx) -> Result<Place> {
    let end = row!(tx, (i64,), {
        sqlite: "select base from feed where id = 1",
        postgres: "select feed_horizon() - 1",
    })?;
    Ok(end.map_or(Place::START, |(number,)| Place::behind(number)))
}

/// Lets the numbers go on where they were, should this database have been restored on a server that
/// counts transactions anew. As part of a migration, on PostgreSQL.
pub(super) const GO_ON: [&str; 2] = [
    "update feed set base = greatest(seen, (select coalesce(max(number), 0) from events))
         + (1::bigint << 40)
     where base + pg_snapshot_xmax(pg_current_snapshot())::text::bigint
         < greatest(seen, (select coalesce(max(number), 0) from events))",
    "update feed set seen = base + pg_snapshot_xmax(pg_current_snapshot())::text::bigint",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_read_as_it_was_written() {
        let place = Place {
            number: -7,
            stream: Uuid::from_u128(8),
            position: 9,
        };
        assert_eq!(place.to_string().parse(), Ok(place));
        for nonsense in [
            "",
            "7",
            "7.8.9",
            "7.00000000-0000-0000-0000-000000000008",
            "a.b.c.d",
        ] {
            assert_eq!(nonsense.parse::<Place>(), Err(()), "{nonsense}");
        }
    }
}

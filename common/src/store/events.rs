//! Streams of events, append only, and the tombstones that stand where a stream was.

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::json;
use sqlx::types::Json;
use uuid::Uuid;

use super::Tx;
use super::macros::{exec, row, rows};
use super::postgres::Witness;
use crate::domain::file::FileEvent;
use crate::domain::{JobEvent, Kind, Recorded};
use crate::error::{Error, Result};
use crate::ids::OwnerId;
use crate::problem;

/// The form of the data in `events`; readers know all older ones.
const SCHEMA: i16 = 1;

/// What is kept as events.
pub trait Event: Serialize + DeserializeOwned + Send + Sync + Unpin + 'static {
    /// What its streams are about.
    const STREAM: Kind;
    /// The name it is stored under.
    fn kind(&self) -> &'static str;
}

impl Event for JobEvent {
    const STREAM: Kind = Kind::Job;
    fn kind(&self) -> &'static str {
        JobEvent::kind(self)
    }
}

impl Event for FileEvent {
    const STREAM: Kind = Kind::File;
    fn kind(&self) -> &'static str {
        FileEvent::kind(self)
    }
}

/// Who caused an event, and in which trace.
#[derive(Clone, Debug, Default)]
pub struct Cause {
    /// `account:<id>`, `worker:<id>`, `anonymous` or `system`.
    pub actor: String,
    /// The `traceparent` of W3C Trace Context.
    pub trace: Option<String>,
}

impl Cause {
    /// The service itself.
    pub fn system() -> Self {
        Self {
            actor: "system".into(),
            trace: None,
        }
    }
}

/// Appends one event; somebody else's event at this position is a conflict.
pub async fn append<E: Event>(
    tx: &mut Tx,
    owner: OwnerId,
    stream_id: Uuid,
    recorded: &Recorded<E>,
    cause: &Cause,
) -> Result<()> {
    let outcome = exec!(
        tx,
        "insert into events
            (stream_id, position, stream, kind, schema, data, actor, trace, recorded_at, owner_id)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        stream_id,
        recorded.position,
        E::STREAM,
        recorded.event.kind(),
        SCHEMA,
        Json(&recorded.event),
        &cause.actor,
        &cause.trace,
        recorded.at,
        owner,
    );
    match outcome {
        Err(error) if error.is_unique_violation() => Err(Error::of(
            problem::Kind::Conflict,
            "it was changed at the same time; try again",
        )),
        outcome => {
            outcome?;
            tx.appended(|| witness(stream_id, recorded, cause));
            Ok(())
        }
    }
}

fn witness<E: Event>(stream_id: Uuid, recorded: &Recorded<E>, cause: &Cause) -> Witness {
    Witness {
        stream_id,
        position: recorded.position,
        kind: recorded.event.kind(),
        actor: cause.actor.clone(),
        at: recorded.at,
    }
}

/// The `traceparent` of one event, if it has one.
pub async fn trace_at(tx: &mut Tx, stream_id: Uuid, position: i64) -> Result<Option<String>> {
    let found = row!(
        tx,
        (Option<String>,),
        "select trace from events where stream_id = $1 and position = $2",
        stream_id,
        position,
    )?;
    Ok(found.and_then(|(trace,)| trace))
}

/// Begins streams of these owners with these events, each with its cause; on PostgreSQL in one
/// statement.
pub(crate) async fn begin_all<E: Event>(
    tx: &mut Tx,
    begun: &[(OwnerId, Uuid, Recorded<E>, &Cause)],
) -> Result<()> {
    if tx.is_sqlite() {
        for (owner, stream_id, recorded, cause) in begun {
            append(tx, *owner, *stream_id, recorded, cause).await?;
        }
        return Ok(());
    }
    let rows: Vec<_> = (begun.iter())
        .map(|(owner, stream_id, recorded, cause)| {
            json!({
                "owner_id": owner,
                "stream_id": stream_id,
                "position": recorded.position,
                "kind": recorded.event.kind(),
                "data": recorded.event,
                "actor": cause.actor,
                "trace": cause.trace,
                "recorded_at": recorded.at,
            })
        })
        .collect();
    exec!(
        tx,
        "insert into events
            (stream_id, position, stream, kind, schema, data, actor, trace, recorded_at, owner_id)
         select stream_id, position, $2, kind, $3, data, actor, trace, recorded_at, owner_id
         from jsonb_to_recordset($1) as new (stream_id uuid, position bigint, kind text,
             data jsonb, actor text, trace text, recorded_at timestamptz, owner_id uuid)",
        Json(rows),
        E::STREAM,
        SCHEMA,
    )?;
    if let Some((_, stream_id, recorded, cause)) = begun.first() {
        tx.appended(|| witness(*stream_id, recorded, cause));
    }
    Ok(())
}

/// The events of a stream, in order.
pub async fn read<E: Event>(tx: &mut Tx, stream_id: Uuid) -> Result<Vec<Recorded<E>>> {
    read_after(tx, stream_id, 0).await
}

/// Those behind a position.
pub async fn read_after<E: Event>(
    tx: &mut Tx,
    stream_id: Uuid,
    position: i64,
) -> Result<Vec<Recorded<E>>> {
    let rows = rows!(
        tx,
        (i64, DateTime<Utc>, Json<E>),
        "select position, recorded_at, data from events
         where stream_id = $1 and position > $2 order by position",
        stream_id,
        position,
    )?;
    Ok(rows
        .into_iter()
        .map(|(position, at, Json(event))| Recorded {
            position,
            at,
            event,
        })
        .collect())
}

/// Ids of streams about `kind` after `after`, in order.
pub async fn streams(tx: &mut Tx, kind: Kind, after: Uuid, limit: i64) -> Result<Vec<Uuid>> {
    let rows = rows!(
        tx,
        (Uuid,),
        "select stream_id from events
         where position = 1 and stream = $1 and stream_id > $2
         order by stream_id limit $3",
        kind,
        after,
        limit,
    )?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// Takes a whole stream away and leaves a tombstone.
pub async fn bury(
    tx: &mut Tx,
    owner: OwnerId,
    kind: Kind,
    stream_id: Uuid,
    reason: &str,
) -> Result<()> {
    exec!(tx, "delete from events where stream_id = $1", stream_id)?;
    let now = tx.now();
    exec!(
        tx,
        "insert into tombstones (stream_id, owner_id, stream, reason, deleted_at)
         values ($1, $2, $3, $4, $5) on conflict (stream_id) do nothing",
        stream_id,
        owner,
        kind,
        reason,
        now,
    )?;
    Ok(())
}

/// Whether something of this kind and this owner was here and is gone.
pub async fn is_buried(tx: &mut Tx, owner: OwnerId, kind: Kind, stream_id: Uuid) -> Result<bool> {
    let found = row!(
        tx,
        (String,),
        "select reason from tombstones where owner_id = $1 and stream_id = $2 and stream = $3",
        owner,
        stream_id,
        kind,
    )?;
    Ok(found.is_some())
}

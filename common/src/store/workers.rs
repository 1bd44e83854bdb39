//! Leases: one row for each living worker process, and one for each duty that one of them has.

use uuid::Uuid;

use super::Tx;
use super::macros::{exec, row, rows};
use crate::error::Result;
use crate::ids::WorkerId;

/// Adds a worker.
pub async fn insert(tx: &mut Tx, id: WorkerId, name: &str, lease_until: i64) -> Result<()> {
    exec!(
        tx,
        "insert into workers (id, name, lease_until) values ($1, $2, $3)",
        id,
        name,
        lease_until,
    )?;
    Ok(())
}

/// Renews a worker's lease, also one that ran out while nobody took its jobs away: the row itself
/// is what tells, for it goes with them. False when it is gone.
pub async fn renew(tx: &mut Tx, id: WorkerId, lease_until: i64) -> Result<bool> {
    let changed = exec!(
        tx,
        "update workers set lease_until = $2 where id = $1",
        id,
        lease_until,
    )?;
    Ok(changed == 1)
}

/// Workers whose lease has run out.
pub async fn lapsed(tx: &mut Tx, now: i64) -> Result<Vec<WorkerId>> {
    let rows = rows!(
        tx,
        (WorkerId,),
        {
            sqlite: "select id from workers where lease_until <= $1 order by id",
            postgres: "select id from workers where lease_until <= $1 order by id
                 for update skip locked",
        },
        now,
    )?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// Makes every lease run out at once: at the start of the only process of a database.
pub async fn void_all(tx: &mut Tx) -> Result<u64> {
    exec!(tx, "update workers set lease_until = 0")
}

/// Ends every duty: at the start of the only process of a database.
pub async fn end_duties(tx: &mut Tx) -> Result<()> {
    exec!(tx, "delete from duties")?;
    Ok(())
}

/// Removes a worker that holds nothing.
pub async fn delete(tx: &mut Tx, id: WorkerId) -> Result<()> {
    exec!(tx, "delete from workers where id = $1", id)?;
    Ok(())
}

/// Takes or keeps a duty until `until`; false while somebody else has it.
pub async fn claim(tx: &mut Tx, duty: &str, holder: Uuid, now: i64, until: i64) -> Result<bool> {
    let claimed = row!(
        tx,
        (String,),
        "insert into duties (name, holder, until) values ($1, $2, $4)
         on conflict (name) do update set holder = excluded.holder, until = excluded.until
         where duties.holder = excluded.holder or duties.until <= $3
         returning name",
        duty,
        holder,
        now,
        until,
    )?;
    Ok(claimed.is_some())
}

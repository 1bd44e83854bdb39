//! A job is written, and those who wait for it are told.

use super::lane;
use crate::actor::Actor;
use crate::app::App;
use crate::blobs::Stored;
use crate::domain::Submitted;
use crate::engine::{Entered, New, entered_before};
use crate::error::{Error, Result};
use crate::store::receipts;
use crate::wake::Topic;

/// The job that the same request has made, if it was sent before. Whether it would be accepted now,
/// with its files, rules and room of now, does not matter then.
pub(in crate::commands) async fn accepted_before(
    app: &App,
    actor: &Actor,
) -> Result<Option<Entered>> {
    let Some(receipt) = actor.receipt() else {
        return Ok(None);
    };
    let mut read = app.db.read(receipt.owner).await?;
    match receipts::made(&mut read, receipt).await? {
        Some(made) => entered_before(&mut read, &made).await.map(Some),
        None => Ok(None),
    }
}

/// Writes a new job, then rings; or finds the one that the same request has made.
pub(in crate::commands) async fn accept(
    app: &App,
    actor: &Actor,
    new: Submitted,
    uploads: Vec<Stored>,
    waits: bool,
) -> Result<Entered> {
    let new = New {
        lane: lane(&new.spec, waits),
        submitted: new,
        uploads,
        receipt: actor.receipt().cloned(),
        cause: actor.cause(),
    };
    // A client that goes away ends its own waiting and nothing else: what is written is counted,
    // and its workers are rung for.
    let entering = tokio::spawn(enter(app.clone(), new));
    entering
        .await
        .unwrap_or_else(|panic| Err(Error::Internal(format!("a submit: {panic}"))))
}

async fn enter(app: App, new: New) -> Result<Entered> {
    let lane = new.lane;
    let place = app.backlog().place(new.submitted.owner_id).await?;
    let entered = app.submits().submit(new).await?;
    if entered.is_new {
        place.keep();
        app.metrics().jobs.submitted(lane);
        app.queue.ring(lane);
        app.wake.publish(Topic::Owner(entered.job.owner_id));
        tracing::info!(job = %entered.job.id, ?lane, "accepted");
    }
    Ok(entered)
}

//! Takes away contents that nothing refers to any more. Apart from the sweeper, because it reads
//! every row of the blocks and may take minutes. One process does it at a time.

use std::time::Duration;

use uuid::Uuid;

use super::sweeper::claim;
use crate::app::App;
use crate::error::Result;
use crate::random;

const DUTY: &str = "collect";
/// How long after the start the first time is: soon, for a process that never lives for an hour,
/// but not while it has to get going.
const FIRST: Duration = Duration::from_mins(2);
const EVERY: Duration = Duration::from_hours(1);
/// Longer than most collections take, so that no other process begins one beside it. Two at once
/// would do the same work twice and no harm.
const HOLD: Duration = Duration::from_mins(50);

/// Collects every hour, for ever; the first time soon after the start.
pub async fn collect_forever(app: App) {
    let holder = random::uuid_v4();
    tokio::time::sleep(FIRST).await;
    loop {
        if let Err(error) = collect(&app, holder).await {
            tracing::warn!(%error, "contents could not be collected; tried again in an hour");
        }
        tokio::time::sleep(EVERY).await;
    }
}

async fn collect(app: &App, holder: Uuid) -> Result<()> {
    if claim(&app.db, DUTY, holder, HOLD).await? {
        let collected = app.blobs.collect(app.config.grace).await?;
        let objects = &app.metrics().objects;
        objects.collected(collected.blocks, collected.bytes);
        tracing::info!(?collected, "contents that nothing refers to are gone");
    }
    Ok(())
}

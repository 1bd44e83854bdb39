//! Wakes that were lost on their way between processes.

use std::time::Duration;

use tokio::time::{MissedTickBehavior, interval};

use crate::app::App;
use crate::error::Result;
use crate::store::jobs;
use crate::wake::Topic;

/// What a lost wake costs at most, and a little more.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// Looks twice a second whether jobs that somebody waits for here have ended, and wakes those who
/// wait. Never returns.
pub async fn look_for_ends(app: App) -> ! {
    let mut looks = interval(LOOK_EVERY);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        looks.tick().await;
        if let Err(error) = look(&app).await {
            tracing::debug!(%error, "could not look for ends");
        }
    }
}

async fn look(app: &App) -> Result<()> {
    let waited = app.wake.waited_jobs();
    if waited.is_empty() {
        return Ok(());
    }
    let mut read = app.db.read_any().await?;
    for ids in waited.chunks(jobs::ENDED_AT_ONCE) {
        for id in jobs::ended(&mut read, ids).await? {
            app.wake.publish_here(Topic::Job(id));
        }
    }
    Ok(())
}

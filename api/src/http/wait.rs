//! Holding a request until its job ends.

use std::time::Duration;

use filittle_common::Actor;
use filittle_common::ids::JobId;
use filittle_common::queries::get_job::{GetJob, JobView};
use filittle_common::wake::Topic;
use tokio::time::{Instant, timeout};

use super::Api;
use super::problem::Result;

/// The job when it has ended, or as it stands when the time is over or the service is to end. A
/// wake that was lost is made up for by [`look_for_ends`](filittle_common::lookout::look_for_ends).
pub(super) async fn until_ended(
    api: &Api,
    actor: &Actor,
    id: JobId,
    time: Duration,
) -> Result<JobView> {
    let end = Instant::now() + time;
    // Before the row is read: what happens in between is not missed.
    let mut waiter = api.wake.subscribe(Topic::Job(id));
    loop {
        let view = api.ask(GetJob { id }, actor).await?;
        let left = end.saturating_duration_since(Instant::now());
        if view.job.state.has_ended() || left.is_zero() || api.settings.draining.is_cancelled() {
            return Ok(view);
        }
        tokio::select! {
            // Whether it was woken or not, the row tells.
            _ = timeout(left, waiter.woken()) => {}
            () = api.settings.draining.cancelled() => {}
        }
    }
}

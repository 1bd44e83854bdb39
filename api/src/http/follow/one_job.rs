//! One job, until its end.

use axum::http::{HeaderMap, StatusCode};
use axum::response::sse::Event;
use axum::response::{IntoResponse, Response};
use filittle_common::Actor;
use filittle_common::domain::JobEvent;
use filittle_common::ids::JobId;
use filittle_common::queries::get_job::GetJob;
use filittle_common::queries::job_events::JobEvents;
use filittle_common::wake::{Topic, Waiter};
use filittle_transform::Progress;

use super::{Api, Reason, Rhythm, Source, answer, happened, last_event, moved};
use crate::http::problem::Result;
use crate::http::seats::Seat;

struct OneJob {
    api: Api,
    actor: Actor,
    id: JobId,
    /// The position of the last event that was told.
    seen: i64,
    has_ended: bool,
    told: Option<Progress>,
    waiter: Waiter,
    rhythm: Rhythm,
    _seat: Seat,
}

/// A client that has seen the end is told not to come again (204).
pub(in crate::http) async fn get(
    api: Api,
    actor: Actor,
    id: JobId,
    headers: &HeaderMap,
) -> Result<Response> {
    let seen = last_event(headers, |text| text.parse().ok().filter(|seen| *seen >= 0))?;
    let waiter = api.wake.subscribe(Topic::Job(id));
    let job = api.ask(GetJob { id }, &actor).await?.job;
    // What is not there yet nobody has seen: a backup was restored, and all is told anew.
    let seen: i64 = seen.filter(|&seen| seen <= job.position).unwrap_or(0);
    if job.state.has_ended() && seen == job.position {
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    Ok(answer(OneJob {
        _seat: api.streams.seat(job.owner_id)?,
        rhythm: Rhythm::new(api.settings.draining.clone()),
        api,
        actor,
        id,
        seen,
        has_ended: false,
        told: None,
        waiter,
    }))
}

impl Source for OneJob {
    async fn next(&mut self) -> Option<Vec<Event>> {
        let mut looks = true;
        loop {
            if self.has_ended {
                return None;
            }
            let events = if looks {
                self.look().await?
            } else {
                self.tell()
            };
            if !events.is_empty() {
                return Some(events);
            }
            looks = match self.rhythm.wait(self.waiter.woken()).await {
                Reason::Look => true,
                Reason::Tell => false,
                Reason::End => return None,
            };
        }
    }
}

impl OneJob {
    /// What has happened since; nothing more once it cannot be found out. The client comes again
    /// then, and is answered why.
    async fn look(&mut self) -> Option<Vec<Event>> {
        let query = JobEvents {
            id: self.id,
            after: self.seen,
        };
        let events = self.api.ask(query, &self.actor).await.ok()?;
        if let Some(last) = events.last() {
            self.seen = last.position;
            self.has_ended = matches!(last.event, JobEvent::Ended { .. });
        }
        let told = events.into_iter();
        Some(
            told.filter_map(|event| happened(&event.position.to_string(), self.id, event))
                .collect(),
        )
    }

    fn tell(&mut self) -> Vec<Event> {
        let progress = self.api.live.progress(self.id);
        if progress == self.told {
            return Vec::new();
        }
        self.told = progress;
        progress
            .and_then(|progress| moved(self.id, progress))
            .into_iter()
            .collect()
    }
}

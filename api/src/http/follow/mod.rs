//! Events as they come: `text/event-stream` of one job, and of all jobs of an account. First what
//! has happened, then what happens. Any replica answers: events are read from the database, and a
//! wake only says when.

mod all_jobs;
mod one_job;

use std::convert::Infallible;
use std::time::Duration;

use axum::http::header::CACHE_CONTROL;
use axum::http::{HeaderMap, HeaderName};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use filittle_common::domain::{JobEvent, Recorded};
use filittle_common::ids::JobId;
use filittle_common::problem::Kind;
use filittle_transform::Progress;
use futures_util::{StreamExt, stream};
use serde::Serialize;
use tokio::time::{Instant, sleep, sleep_until};
use tokio_util::sync::CancellationToken;

use super::Api;
use super::accept::is_preferred;
use super::history::EventBody;
use super::problem::{Refusal, Result};
use super::views::ProgressBody;

pub(super) use all_jobs::get as all_jobs;
pub(super) use one_job::get as one_job;

/// A line that means nothing, so that nobody on the way takes the connection for dead.
const HEARTBEAT: Duration = Duration::from_secs(15);
/// When a client that was cut off comes again.
const COME_AGAIN: Duration = Duration::from_secs(2);
/// How often progress is told.
const TELL_EVERY: Duration = Duration::from_millis(500);
/// What a lost wake costs.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// Then the client comes again, and shows its credentials anew.
pub(super) const LONGEST: Duration = Duration::from_hours(1);

/// What a stream is fed from.
trait Source: Send + 'static {
    /// What comes next, in its time; nothing when it has ended.
    fn next(&mut self) -> impl Future<Output = Option<Vec<Event>>> + Send;
}

/// Whether the caller asks for a stream.
pub(super) fn is_wanted(headers: &HeaderMap) -> bool {
    is_preferred(headers, "text/event-stream")
}

/// Where the caller was when it was cut off.
fn last_event<T>(headers: &HeaderMap, read: impl Fn(&str) -> Option<T>) -> Result<Option<T>> {
    let Some(value) = headers.get("last-event-id") else {
        return Ok(None);
    };
    match value.to_str().ok().map(str::trim) {
        Some("") => Ok(None),
        text => text.and_then(read).map(Some).ok_or_else(|| {
            Refusal::of(
                Kind::BadRequest,
                "Last-Event-ID is none that was sent from here",
            )
        }),
    }
}

fn answer(source: impl Source) -> Response {
    let first = Event::default().retry(COME_AGAIN);
    let rest = stream::unfold(source, |mut source| async move {
        let events = source.next().await?;
        Some((stream::iter(events), source))
    });
    let events = stream::iter([first]).chain(rest.flatten());
    let sse =
        Sse::new(events.map(Ok::<_, Infallible>)).keep_alive(KeepAlive::new().interval(HEARTBEAT));
    let on_the_way = [
        (CACHE_CONTROL, "no-cache, no-transform"),
        // nginx would keep it until there is enough of it.
        (HeaderName::from_static("x-accel-buffering"), "no"),
    ];
    (on_the_way, sse).into_response()
}

#[derive(Serialize)]
struct Body<T> {
    job: JobId,
    #[serde(flatten)]
    what: T,
}

/// An event of a job's history.
fn happened(id: &str, job: JobId, recorded: Recorded<JobEvent>) -> Option<Event> {
    let what = EventBody::from(recorded);
    let event = Event::default().id(id).event(what.kind());
    of_json(event, &Body { job, what })
}

/// How far a job is. It has no id: who comes again is told where the job is then.
fn moved(job: JobId, progress: Progress) -> Option<Event> {
    let what = ProgressBody::from(progress);
    of_json(Event::default().event("progress"), &Body { job, what })
}

fn of_json(event: Event, body: &impl Serialize) -> Option<Event> {
    event
        .json_data(body)
        .inspect_err(|error| tracing::error!(%error, "an event cannot be told"))
        .ok()
}

/// Why a stream looks again.
enum Reason {
    /// Something may have happened.
    Look,
    /// It is time to tell progress.
    Tell,
    /// The service ends, or the stream has lasted long enough.
    End,
}

/// When to look again.
struct Rhythm {
    draining: CancellationToken,
    end: Instant,
    look: Instant,
}

impl Rhythm {
    fn new(draining: CancellationToken) -> Self {
        let now = Instant::now();
        Self {
            draining,
            end: now + LONGEST,
            look: now + LOOK_EVERY,
        }
    }

    /// Until there is a reason; `woken` is one.
    async fn wait(&mut self, woken: impl Future<Output = ()>) -> Reason {
        let reason = tokio::select! {
            biased;
            () = self.draining.cancelled() => Reason::End,
            () = sleep_until(self.end) => Reason::End,
            () = woken => Reason::Look,
            () = sleep_until(self.look) => Reason::Look,
            () = sleep(TELL_EVERY) => Reason::Tell,
        };
        if matches!(reason, Reason::Look) {
            self.look = Instant::now() + LOOK_EVERY;
        }
        reason
    }
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt;

    use super::*;

    struct Silent;

    impl Source for Silent {
        async fn next(&mut self) -> Option<Vec<Event>> {
            std::future::pending().await
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_stream_in_which_nothing_happens_has_a_heartbeat() {
        let mut body = answer(Silent).into_body();
        let mut next = async || body.frame().await.unwrap().unwrap().into_data().unwrap();
        assert_eq!(next().await, "retry: 2000\n\n");
        let began = Instant::now();
        assert_eq!(next().await, ":\n\n");
        assert_eq!(began.elapsed(), HEARTBEAT);
    }
}

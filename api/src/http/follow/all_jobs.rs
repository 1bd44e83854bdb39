//! `GET /v1/events`: all jobs of an account, without an end.

use std::collections::HashMap;
use std::time::Duration;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use axum::response::sse::Event;
use filittle_common::Actor;
use filittle_common::domain::JobEvent;
use filittle_common::ids::JobId;
use filittle_common::queries::job_feed::{FeedEnd, JobFeed, Next, Part, Place};
use filittle_common::queries::running_jobs::RunningJobs;
use filittle_common::wake::{Topic, Waiter};
use filittle_transform::Progress;

use super::{Api, LOOK_EVERY, Reason, Rhythm, Source, answer, happened, last_event, moved};
use crate::http::auth::SignedIn;
use crate::http::params::Params;
use crate::http::problem::Result;
use crate::http::seats::Seat;

/// Of so many running jobs progress is told.
const MOST_RUNNING: u16 = 100;
/// When to look first for what is being committed.
const SOON: Duration = Duration::from_millis(20);

struct AllJobs {
    api: Api,
    actor: Actor,
    after: Place,
    next: Next,
    /// How long to stay away when something is being committed, longer each time.
    soon: Duration,
    /// Those that run, with what was told of them.
    running: HashMap<JobId, Option<Progress>>,
    waiter: Waiter,
    rhythm: Rhythm,
    _seat: Seat,
}

pub(in crate::http) async fn get(
    State(api): State<Api>,
    SignedIn(actor): SignedIn,
    mut params: Params,
    headers: HeaderMap,
) -> Result<Response> {
    let with_history: Option<bool> = params.parsed("history", "true or false");
    params.finish()?;
    let last = last_event(&headers, |text| text.parse().ok())?;
    let owner = actor.signed_in()?.owner;
    let seat = api.streams.seat(owner)?;
    let waiter = api.wake.subscribe(Topic::Owner(owner));
    let after = match (last, with_history) {
        (None, None | Some(true)) => Place::START,
        (None, Some(false)) => api.ask(FeedEnd {}, &actor).await?,
        // What is not there yet nobody has seen: a backup was restored, and all is told anew.
        (Some(place), _) if place > api.ask(FeedEnd {}, &actor).await? => Place::START,
        (Some(place), _) => place,
    };
    Ok(answer(AllJobs {
        running: running(&api, &actor).await?,
        rhythm: Rhythm::new(api.settings.draining.clone()),
        _seat: seat,
        api,
        actor,
        after,
        next: Next::More,
        soon: SOON,
        waiter,
    }))
}

/// Jobs that began before the stream did.
async fn running(api: &Api, actor: &Actor) -> Result<HashMap<JobId, Option<Progress>>> {
    let limit = MOST_RUNNING;
    let running = api.ask(RunningJobs { limit }, actor).await?;
    Ok(running.into_iter().map(|job| (job, None)).collect())
}

impl Source for AllJobs {
    async fn next(&mut self) -> Option<Vec<Event>> {
        loop {
            let events = if self.next == Next::Nothing {
                self.tell()
            } else {
                self.look().await?
            };
            if !events.is_empty() {
                return Some(events);
            }
            self.wait().await?;
        }
    }
}

impl AllJobs {
    async fn wait(&mut self) -> Option<()> {
        let woken = self.waiter.woken();
        let reason = match self.next {
            Next::More => return Some(()),
            Next::Soon => {
                let soon = self.soon;
                self.soon = (soon * 2).min(LOOK_EVERY);
                self.rhythm
                    .wait(async {
                        drop(tokio::time::timeout(soon, woken).await);
                    })
                    .await
            }
            Next::Nothing => self.rhythm.wait(woken).await,
        };
        match reason {
            Reason::Look => self.next = Next::More,
            Reason::Tell => {}
            Reason::End => return None,
        }
        Some(())
    }

    async fn look(&mut self) -> Option<Vec<Event>> {
        let query = JobFeed { after: self.after };
        let Part { events, end, next } = self.api.ask(query, &self.actor).await.ok()?;
        self.after = end;
        self.next = next;
        if self.next != Next::Soon {
            self.soon = SOON;
        }
        let told = events.into_iter();
        Some(
            told.filter_map(|it| {
                self.note(it.job, &it.recorded.event);
                happened(&it.place.to_string(), it.job, it.recorded)
            })
            .collect(),
        )
    }

    fn note(&mut self, job: JobId, event: &JobEvent) {
        match event {
            JobEvent::Started { .. } if self.running.len() < MOST_RUNNING.into() => {
                self.running.entry(job).or_default();
            }
            JobEvent::Started { .. } => {}
            _ => drop(self.running.remove(&job)),
        }
    }

    fn tell(&mut self) -> Vec<Event> {
        let live = &self.api.live;
        let news = self.running.iter_mut().filter_map(|(&job, told)| {
            let progress = live.progress(job);
            if progress == *told {
                return None;
            }
            *told = progress;
            moved(job, progress?)
        });
        news.collect()
    }
}

//! A job: what its events say and nothing else.
//!
//! ```text
//!             submit              take                    finish
//!  (none) ──────────▶ queued ──────────▶ running ──────────────────▶ succeeded | partial | failed
//!                       ▲  │ cancel         │  │ cancel, seen at the next row or block
//!                       │  └──────▶ cancelled ◀┘
//!                       └──────────────────┘ retry, give back, lease ran out
//! ```

use chrono::{DateTime, TimeDelta, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::Recorded;
use super::job_event::{JobEvent, Released, Submitted};
use super::spec::Spec;
use super::text::as_text;
use crate::ids::{AccountId, BlobId, JobId, OwnerId};
use crate::problem::{Kind, Problem};

/// Where a job is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "JobState")]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Waiting for a worker or for its time.
    Queued,
    /// In the hands of a worker.
    Running,
    /// Every input was worked on.
    Succeeded,
    /// Some inputs failed, some did not.
    Partial,
    /// Nothing came of it.
    Failed,
    /// Somebody asked for its end.
    Cancelled,
}

as_text!(State {
    Queued = "queued",
    Running = "running",
    Succeeded = "succeeded",
    Partial = "partial",
    Failed = "failed",
    Cancelled = "cancelled",
});

impl State {
    /// Whether nothing can happen to the job any more.
    pub fn has_ended(self) -> bool {
        !matches!(self, Self::Queued | Self::Running)
    }

    /// As it is written.
    pub fn name(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Succeeded => "succeeded",
            Self::Partial => "partial",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }
}

/// How urgent a job is among its owner's.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Priority {
    /// A sixteenth of what `high` gets.
    Low,
    /// A fourth of what `high` gets.
    #[default]
    Normal,
    /// First.
    High,
}

as_text!(Priority { Low = "low", Normal = "normal", High = "high" });

/// Where one input of a job is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ItemState {
    /// Not yet worked on.
    Queued,
    /// The job is running.
    Running,
    /// Done.
    Succeeded,
    /// It could not be worked on.
    Failed,
    /// The job ended before.
    Cancelled,
}

/// One input's way through the job.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// Which input, from 0.
    pub input: usize,
    /// Its name.
    pub name: String,
    /// Where it is.
    pub state: ItemState,
    /// Why it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<Problem>,
    /// What its user may not expect, in sentences.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

/// One thing a job made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Output {
    /// For people; unique in the job.
    pub name: String,
    /// What it is.
    pub media_type: String,
    /// Bytes.
    pub size: u64,
    /// Of the content, lower-case hexadecimal.
    pub sha256: String,
    /// Of the content, as zip wants it; none of what a version made that did not keep it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub crc32: Option<u32>,
    /// The content.
    pub blob: BlobId,
    /// The input it was made of; none where all were gathered.
    pub item: Option<usize>,
    /// The step that made it, from 0.
    pub step: usize,
}

/// A job, equal to its row in `jobs`.
#[derive(Clone, Debug, PartialEq, sqlx_macros::FromRow)]
pub struct Job {
    /// The job.
    pub id: JobId,
    /// Whose it is.
    pub owner_id: OwnerId,
    /// Who submitted it.
    pub created_by: AccountId,
    /// For people.
    pub name: Option<String>,
    /// For programs.
    #[sqlx(json)]
    pub metadata: Map<String, Value>,
    /// How urgent.
    pub priority: Priority,
    /// What to do.
    #[sqlx(json)]
    pub spec: Spec,
    /// The version of the step table it was normalised by.
    pub spec_version: i16,
    /// Where it is.
    pub state: State,
    /// Counts takes.
    pub attempt: i32,
    /// Counts what the job did wrong.
    pub failures: i32,
    /// How many failures end it.
    pub max_attempts: i32,
    /// Each input's way.
    #[sqlx(json)]
    pub items: Vec<Item>,
    /// What it made.
    #[sqlx(json)]
    pub outputs: Vec<Output>,
    /// Why it failed, or why it is tried again.
    #[sqlx(json(nullable))]
    pub error: Option<Problem>,
    /// Not before then.
    pub not_before: Option<DateTime<Utc>>,
    /// The job this one tries again.
    pub retry_of: Option<JobId>,
    /// When it was accepted.
    pub created_at: DateTime<Utc>,
    /// When it was taken first.
    pub started_at: Option<DateTime<Utc>>,
    /// When it ended.
    pub finished_at: Option<DateTime<Utc>>,
    /// When it and its outputs go.
    pub expires_at: Option<DateTime<Utc>>,
    /// Of its last event.
    pub position: i64,
}

/// What came of an attempt.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// Every input met its end, good or bad.
    Done {
        /// Each input's end.
        items: Vec<Item>,
        /// What was made.
        outputs: Vec<Output>,
    },
    /// Something went wrong that another attempt may not meet; counted.
    Retry {
        /// What went wrong.
        error: Problem,
        /// Not before then.
        not_before: DateTime<Utc>,
    },
    /// The job has nothing to do with it; not counted.
    GiveBack {
        /// Why.
        reason: Released,
        /// Not before then.
        not_before: Option<DateTime<Utc>>,
    },
    /// The attempt stopped because somebody had asked for it.
    Cancelled,
    /// The worker vanished for the last time.
    Crashed,
}

impl Job {
    /// When it may be taken for the first time.
    pub fn due_at(&self) -> DateTime<Utc> {
        self.not_before
            .map_or(self.created_at, |time| time.max(self.created_at))
    }

    /// The job after its first event.
    pub fn submitted(submitted: Submitted, at: DateTime<Utc>) -> Self {
        let items = (submitted.spec.inputs.iter().enumerate())
            .map(|(input, it)| Item {
                input,
                name: it.name.clone(),
                state: ItemState::Queued,
                error: None,
                notes: Vec::new(),
            })
            .collect();
        Self {
            id: submitted.id,
            owner_id: submitted.owner_id,
            created_by: submitted.created_by,
            name: submitted.name,
            metadata: submitted.metadata,
            priority: submitted.priority,
            spec: submitted.spec,
            spec_version: submitted.spec_version,
            state: State::Queued,
            attempt: 0,
            failures: 0,
            max_attempts: submitted.max_attempts,
            items,
            outputs: Vec::new(),
            error: None,
            not_before: submitted.not_before,
            retry_of: submitted.retry_of,
            created_at: at,
            started_at: None,
            finished_at: None,
            expires_at: None,
            position: 1,
        }
    }

    /// The job that these events tell of; none when they do not begin with a submit.
    pub fn replay(events: impl IntoIterator<Item = Recorded<JobEvent>>) -> Option<Self> {
        let mut events = events.into_iter();
        let first = events.next()?;
        let JobEvent::Submitted(submitted) = first.event else {
            return None;
        };
        let mut job = Self::submitted(*submitted, first.at);
        for recorded in events {
            job.apply(recorded.event, recorded.at);
        }
        Some(job)
    }

    /// Moves the job by one event.
    pub fn apply(&mut self, event: JobEvent, at: DateTime<Utc>) {
        self.position += 1;
        match event {
            JobEvent::Submitted(_) => {}
            JobEvent::Started { attempt } => {
                self.state = State::Running;
                self.attempt = attempt;
                self.started_at = self.started_at.or(Some(at));
                self.not_before = None;
            }
            JobEvent::Retrying {
                failures,
                error,
                not_before,
            } => {
                self.state = State::Queued;
                self.failures = failures;
                self.error = Some(error);
                self.not_before = Some(not_before);
            }
            JobEvent::Released {
                reason: _,
                not_before,
            } => {
                self.state = State::Queued;
                self.not_before = not_before;
            }
            JobEvent::Ended {
                state,
                items,
                outputs,
                error,
                expires_at,
            } => {
                self.state = state;
                self.items = items;
                self.outputs = outputs;
                self.error = error;
                self.finished_at = Some(at);
                self.expires_at = Some(expires_at);
                self.not_before = None;
            }
        }
    }

    /// Whether a worker may take it.
    pub fn decide_start(&self) -> Option<JobEvent> {
        (self.state == State::Queued).then_some(JobEvent::Started {
            attempt: self.attempt + 1,
        })
    }

    /// What an outcome of the running attempt makes of the job; nothing when it is not running.
    pub fn decide_finish(&self, outcome: Outcome, now: DateTime<Utc>) -> Option<JobEvent> {
        if self.state != State::Running {
            return None;
        }
        Some(match outcome {
            Outcome::Done { items, outputs } => self.done(items, outputs, now),
            Outcome::Retry { error, not_before } => {
                let failures = self.failures + 1;
                if failures < self.max_attempts {
                    JobEvent::Retrying {
                        failures,
                        error,
                        not_before,
                    }
                } else {
                    let detail = format!("attempt {failures} of {failures}: {}", error.detail);
                    self.failed(Problem::new(Kind::TooManyAttempts, detail), now)
                }
            }
            Outcome::GiveBack { reason, not_before } => JobEvent::Released { reason, not_before },
            Outcome::Cancelled => self.cancelled(now),
            Outcome::Crashed => self.failed(
                Problem::new(Kind::WorkerCrashed, "its worker died or froze too often"),
                now,
            ),
        })
    }

    /// What a cancel makes of a waiting job; a running one has to be asked.
    pub fn decide_cancel(&self, now: DateTime<Utc>) -> Option<JobEvent> {
        (self.state == State::Queued).then(|| self.cancelled(now))
    }

    fn done(&self, items: Vec<Item>, outputs: Vec<Output>, now: DateTime<Utc>) -> JobEvent {
        let failed = items
            .iter()
            .filter(|item| item.state == ItemState::Failed)
            .count();
        let (state, error) = match failed {
            0 => (State::Succeeded, None),
            all if all == items.len() => (State::Failed, Some(why_all_failed(&items))),
            _ => (State::Partial, None),
        };
        JobEvent::Ended {
            state,
            items,
            outputs,
            error,
            expires_at: self.expiry(now),
        }
    }

    fn cancelled(&self, now: DateTime<Utc>) -> JobEvent {
        JobEvent::Ended {
            state: State::Cancelled,
            items: self.items_all(ItemState::Cancelled),
            outputs: Vec::new(),
            error: None,
            expires_at: self.expiry(now),
        }
    }

    fn failed(&self, error: Problem, now: DateTime<Utc>) -> JobEvent {
        JobEvent::Ended {
            state: State::Failed,
            items: self.items_all(ItemState::Failed),
            outputs: Vec::new(),
            error: Some(error),
            expires_at: self.expiry(now),
        }
    }

    fn items_all(&self, state: ItemState) -> Vec<Item> {
        self.items
            .iter()
            .map(|item| Item {
                state,
                ..item.clone()
            })
            .collect()
    }

    fn expiry(&self, now: DateTime<Utc>) -> DateTime<Utc> {
        TimeDelta::try_seconds(self.spec.keep_seconds)
            .and_then(|keep| now.checked_add_signed(keep))
            .unwrap_or(DateTime::<Utc>::MAX_UTC)
    }
}

/// One failed input speaks for itself; of several, each item tells its own story.
fn why_all_failed(items: &[Item]) -> Problem {
    match items {
        [
            Item {
                error: Some(error), ..
            },
        ] => error.clone(),
        _ => Problem::new(Kind::AllInputsFailed, "each item tells why"),
    }
}

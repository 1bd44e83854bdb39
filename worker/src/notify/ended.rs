//! What a mail says of the end of a job. A job may have thousands of files, and names of any length:
//! a mail tells the first of them, in part, and counts the rest. The link leads to all.

use chrono::{DateTime, Utc};
use filittle_common::App;
use filittle_common::domain::{Item, Job, State};
use filittle_common::engine::Notice;

use super::plain::short;

/// More outputs than these, and more failed files, a mail only counts.
const MOST_LISTED: usize = 20;

/// The end of one job. All texts are plain and short.
pub(super) struct End {
    pub(super) title: &'static str,
    pub(super) name: Option<String>,
    pub(super) outputs: First<(String, u64)>,
    pub(super) failed: First<String>,
    pub(super) error: Option<String>,
    pub(super) link: String,
    pub(super) until: String,
}

/// The first of many.
pub(super) struct First<T> {
    pub(super) told: Vec<T>,
    /// How many there are behind them.
    pub(super) more: usize,
}

impl<T> First<T> {
    fn of<A>(mut all: impl Iterator<Item = A>, tell: impl FnMut(A) -> T) -> Self {
        let told = all.by_ref().take(MOST_LISTED).map(tell).collect();
        Self {
            told,
            more: all.count(),
        }
    }
}

impl End {
    pub(super) fn of(app: &App, notice: &Notice, job: &Job) -> Self {
        let expires_at = job.expires_at.unwrap_or(notice.created_at);
        let links = app.accounts.links();
        let token = links.sign_job(job.owner_id, job.id, expires_at);
        let failed = job.items.iter().filter(|item| item.error.is_some());
        Self {
            title: title(job.state),
            name: job.name.as_deref().map(short),
            outputs: First::of(job.outputs.iter(), |it| (short(&it.name), it.size)),
            failed: First::of(failed, why),
            error: job.error.as_ref().map(|problem| short(&problem.detail)),
            link: format!("{}/v1/links/{token}", app.config.public_url),
            until: shown(expires_at),
        }
    }
}

fn why(item: &Item) -> String {
    let error = item.error.as_ref().map_or("", |error| &error.detail);
    format!("{}: {}", short(&item.name), short(error))
}

fn title(state: State) -> &'static str {
    match state {
        State::Succeeded => "Your job is done",
        State::Partial => "Your job is done, but some files failed",
        State::Cancelled => "Your job was cancelled",
        _ => "Your job failed",
    }
}

pub(super) fn shown(time: DateTime<Utc>) -> String {
    time.format("%Y-%m-%d %H:%M UTC").to_string()
}

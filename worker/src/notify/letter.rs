//! A notice becomes a mail. Nothing of a user stands in a header; names of files stand in the
//! body only, escaped.

use askama::Template;
use filittle_common::domain::{Job, State};
use filittle_common::engine::Letter;
use filittle_common::{App, Error, Result};
use lettre::message::{Mailbox, Message, MultiPart};

/// A mail, byte for byte.
pub(super) struct Rendered {
    pub(super) id: String,
    pub(super) bytes: Vec<u8>,
}

#[derive(Template)]
#[template(path = "job_ended.txt")]
struct Text<'l>(Body<'l>);

#[derive(Template)]
#[template(path = "job_ended.html")]
struct Html<'l>(Body<'l>);

#[derive(Clone, Copy)]
struct Body<'l> {
    title: &'static str,
    job: &'l Job,
    failed: &'l [String],
    link: &'l str,
    until: &'l str,
}

pub(super) fn render(app: &App, from: &Mailbox, letter: &Letter) -> Result<Rendered> {
    let (job, notice) = (&letter.job, &letter.notice);
    let expires_at = job.expires_at.unwrap_or(notice.created_at);
    let token = app
        .accounts
        .links()
        .sign_job(job.owner_id, job.id, expires_at);
    let link = format!("{}/v1/links/{token}", app.config.public_url);
    let failed: Vec<String> = (job.items.iter())
        .filter_map(|item| Some(format!("{}: {}", item.name, item.error.as_ref()?.detail)))
        .collect();
    let body = Body {
        title: title(job.state),
        job,
        failed: &failed,
        link: &link,
        until: &expires_at.format("%Y-%m-%d %H:%M UTC").to_string(),
    };
    let id = format!("<{}@{}>", notice.id, host(&app.config.public_url));
    let message = Message::builder()
        .from(from.clone())
        .to(mailbox(&letter.account.email)?)
        .subject(title(job.state))
        .message_id(Some(id.clone()))
        .date(notice.created_at.into())
        .multipart(MultiPart::alternative_plain_html(
            Text(body).render().map_err(broken)?,
            Html(body).render().map_err(broken)?,
        ))
        .map_err(broken)?;
    Ok(Rendered {
        id,
        bytes: message.formatted(),
    })
}

fn title(state: State) -> &'static str {
    match state {
        State::Succeeded => "Your job is done",
        State::Partial => "Your job is done, but some files failed",
        State::Cancelled => "Your job was cancelled",
        _ => "Your job failed",
    }
}

fn mailbox(text: &str) -> Result<Mailbox> {
    text.parse()
        .map_err(|_| Error::Internal("the address is not one that mail can be sent to".into()))
}

/// The host of a URL, for the right side of a Message-ID.
fn host(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let host = rest.split(['/', ':']).next().unwrap_or_default();
    if host.is_empty() || host.starts_with('[') {
        "localhost"
    } else {
        host
    }
}

fn broken(error: impl std::fmt::Display) -> Error {
    Error::Internal(format!("a mail cannot be written: {error}"))
}

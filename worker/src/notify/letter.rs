//! A mail is rendered. Nothing of a user stands in a header but the address; names stand in the
//! body only, escaped.

use askama::Template;
use chrono::{DateTime, Utc};
use filittle_common::accounts::{Links, VerificationToken};
use filittle_common::domain::{Item, Job, State};
use filittle_common::engine::{About, Letter, Message, Notice, Verification};
use filittle_common::{App, Error, Result};
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, MessageBuilder, MultiPart};

use super::plain::plain;

#[derive(Template)]
#[template(path = "job_ended.txt")]
struct EndText<'l>(&'l End);

#[derive(Template)]
#[template(path = "job_ended.html")]
struct EndHtml<'l>(&'l End);

#[derive(Template)]
#[template(path = "digest.txt")]
struct DigestText<'l>(&'l Digest);

#[derive(Template)]
#[template(path = "digest.html")]
struct DigestHtml<'l>(&'l Digest);

#[derive(Template)]
#[template(path = "verification.txt")]
struct VerificationText<'l>(&'l Proof);

#[derive(Template)]
#[template(path = "verification.html")]
struct VerificationHtml<'l>(&'l Proof);

/// What is told of one job. All texts are plain.
struct End {
    title: &'static str,
    name: Option<String>,
    outputs: Vec<(String, u64)>,
    failed: Vec<String>,
    error: Option<String>,
    link: String,
    until: String,
}

struct Digest {
    title: String,
    ends: Vec<End>,
    rest: i64,
}

struct Proof {
    service: String,
    token: String,
    until: String,
}

/// What stands in a mail, but for its head.
struct Content {
    subject: String,
    text: String,
    html: String,
    token: Option<Verification>,
}

pub(super) fn render(app: &App, from: &Mailbox, letter: &Letter) -> Result<Message> {
    let content = match &letter.about {
        About::Verification => verification(app, letter)?,
        About::Ends { told, count: 1 } if told.len() == 1 => end(app, &told[0])?,
        About::Ends { told, count } => digest(app, told, *count)?,
    };
    let id = format!("<{}@{}>", letter.mail.id, host(&app.config.public_url));
    let mut head = lettre::Message::builder()
        .from(from.clone())
        .to(mailbox(&letter.account.email)?)
        .subject(content.subject)
        .message_id(Some(id.clone()))
        .date(letter.mail.created_at.into());
    if content.token.is_none() {
        head = unsubscribing(app, letter, head);
    }
    let message = head
        .multipart(MultiPart::alternative_plain_html(
            content.text,
            content.html,
        ))
        .map_err(broken)?;
    Ok(Message {
        id,
        bytes: message.formatted(),
        token: content.token,
    })
}

fn end(app: &App, (notice, job): &(Notice, Job)) -> Result<Content> {
    let end = End::of(app, notice, job);
    Ok(Content {
        subject: end.title.into(),
        text: EndText(&end).render().map_err(broken)?,
        html: EndHtml(&end).render().map_err(broken)?,
        token: None,
    })
}

fn digest(app: &App, told: &[(Notice, Job)], count: i64) -> Result<Content> {
    let ends: Vec<End> = (told.iter())
        .map(|(notice, job)| End::of(app, notice, job))
        .collect();
    let rest = count - i64::try_from(ends.len()).unwrap_or(count);
    let title = format!("{count} jobs have ended");
    let digest = Digest { title, ends, rest };
    Ok(Content {
        text: DigestText(&digest).render().map_err(broken)?,
        html: DigestHtml(&digest).render().map_err(broken)?,
        subject: digest.title,
        token: None,
    })
}

fn verification(app: &App, letter: &Letter) -> Result<Content> {
    let token = VerificationToken::random();
    let expires_at = app.db.clock().now() + VerificationToken::LIFE;
    let proof = Proof {
        service: app.config.public_url.clone(),
        token: token.text().to_owned(),
        until: shown(expires_at),
    };
    Ok(Content {
        subject: "Verify your address".into(),
        text: VerificationText(&proof).render().map_err(broken)?,
        html: VerificationHtml(&proof).render().map_err(broken)?,
        token: Some(Verification {
            token_hash: token.hash(),
            account_id: letter.account.id,
            expires_at,
            used_at: None,
        }),
    })
}

/// RFC 2369, and by one click RFC 8058, which wants HTTPS.
fn unsubscribing(app: &App, letter: &Letter, head: MessageBuilder) -> MessageBuilder {
    let links = app.accounts.links();
    let until = letter.mail.created_at + Links::UNSUBSCRIBE_LIFE;
    let token = links.sign_unsubscribe(letter.account.owner_id, letter.account.id, until);
    let url = format!("{}/v1/unsubscribe/{token}", app.config.public_url);
    let head = head.raw_header(header("List-Unsubscribe", format!("<{url}>")));
    if url.starts_with("https://") {
        let one_click = "List-Unsubscribe=One-Click".to_owned();
        return head.raw_header(header("List-Unsubscribe-Post", one_click));
    }
    head
}

fn header(name: &'static str, value: String) -> HeaderValue {
    // A URL of base64url letters: there is nothing to encode or fold.
    HeaderValue::dangerous_new_pre_encoded(
        HeaderName::new_from_ascii_str(name),
        value.clone(),
        value,
    )
}

impl End {
    fn of(app: &App, notice: &Notice, job: &Job) -> Self {
        let expires_at = job.expires_at.unwrap_or(notice.created_at);
        let links = app.accounts.links();
        let token = links.sign_job(job.owner_id, job.id, expires_at);
        let failed = |item: &Item| {
            let error = item.error.as_ref()?;
            Some(plain(&format!("{}: {}", item.name, error.detail)))
        };
        let outputs = job.outputs.iter();
        Self {
            title: title(job.state),
            name: job.name.as_deref().map(plain),
            outputs: outputs.map(|it| (plain(&it.name), it.size)).collect(),
            failed: job.items.iter().filter_map(failed).collect(),
            error: job.error.as_ref().map(|problem| plain(&problem.detail)),
            link: format!("{}/v1/links/{token}", app.config.public_url),
            until: shown(expires_at),
        }
    }
}

fn title(state: State) -> &'static str {
    match state {
        State::Succeeded => "Your job is done",
        State::Partial => "Your job is done, but some files failed",
        State::Cancelled => "Your job was cancelled",
        _ => "Your job failed",
    }
}

fn shown(time: DateTime<Utc>) -> String {
    time.format("%Y-%m-%d %H:%M UTC").to_string()
}

fn mailbox(text: &str) -> Result<Mailbox> {
    text.parse()
        .map_err(|_| Error::Internal("the address is not one that mail can be sent to".into()))
}

/// The host of a URL, for the right side of a Message-ID.
pub(super) fn host(url: &str) -> &str {
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

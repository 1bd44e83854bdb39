//! A mail is rendered. Nothing of a user stands in a header but the address; names stand in the
//! body only, escaped.

use askama::Template;
use filittle_common::accounts::{Links, VerificationToken};
use filittle_common::domain::Job;
use filittle_common::engine::{About, Letter, Message, Notice, Verification};
use filittle_common::{App, Error, Result};
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, MessageBuilder, MultiPart};

use super::ended::{End, shown};

#[derive(Template)]
#[template(path = "job_ended.txt")]
struct EndText<'l>(&'l Single);

#[derive(Template)]
#[template(path = "job_ended.html")]
struct EndHtml<'l>(&'l Single);

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

/// What a mail says of one job, and how such mails are stopped.
struct Single {
    end: End,
    stop: String,
}

struct Digest {
    title: String,
    ends: Vec<End>,
    rest: i64,
    service: String,
    stop: String,
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
        About::Ends { told, count: 1 } if told.len() == 1 => end(app, letter, &told[0])?,
        About::Ends { told, count } => digest(app, letter, told, *count)?,
    };
    let id = format!("<{}@{}>", letter.mail.id, host(&app.config.public_url));
    let mut head = lettre::Message::builder()
        .from(from.clone())
        .to(mailbox(&letter.account.email)?)
        .subject(content.subject)
        .message_id(Some(id.clone()))
        .date(letter.mail.created_at.into());
    if content.token.is_none() {
        head = unsubscribing(&stop(app, letter), head);
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

fn end(app: &App, letter: &Letter, (notice, job): &(Notice, Job)) -> Result<Content> {
    let single = Single {
        end: End::of(app, notice, job),
        stop: stop(app, letter),
    };
    Ok(Content {
        subject: single.end.title.into(),
        text: EndText(&single).render().map_err(broken)?,
        html: EndHtml(&single).render().map_err(broken)?,
        token: None,
    })
}

fn digest(app: &App, letter: &Letter, told: &[(Notice, Job)], count: i64) -> Result<Content> {
    let ends: Vec<End> = (told.iter())
        .map(|(notice, job)| End::of(app, notice, job))
        .collect();
    let digest = Digest {
        title: format!("{count} jobs have ended"),
        rest: count - i64::try_from(ends.len()).unwrap_or(count),
        ends,
        service: app.config.public_url.clone(),
        stop: stop(app, letter),
    };
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

/// Where mails about jobs are stopped, without signing in.
fn stop(app: &App, letter: &Letter) -> String {
    let links = app.accounts.links();
    let until = letter.mail.created_at + Links::UNSUBSCRIBE_LIFE;
    let token = links.sign_unsubscribe(letter.account.owner_id, letter.account.id, until);
    format!("{}/v1/unsubscribe/{token}", app.config.public_url)
}

/// RFC 2369, and by one click RFC 8058, which wants HTTPS.
fn unsubscribing(url: &str, head: MessageBuilder) -> MessageBuilder {
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

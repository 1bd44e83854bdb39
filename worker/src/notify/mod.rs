//! Tells people of the end of their jobs. A message is rendered once and stored; every attempt
//! sends the same bytes.

mod channel;
mod destination;
mod ended;
mod folder;
mod letter;
mod plain;
mod smtp;

use std::sync::Arc;
use std::time::{Duration, Instant};

use filittle_common::engine::{self, Letter, Mail, MailRules, Outcome, Settled};
use filittle_common::trace::{Span, SpanKind};
use filittle_common::wake::Topic;
use filittle_common::{App, Error, Result, random};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::{interval, sleep, timeout};

pub use channel::Channel;
pub use destination::{Destination, Server, TlsMode};
pub use folder::Folder;
pub use lettre::message::Mailbox;
pub use smtp::{Smtp, Times};

/// How many mails are sent at a time.
const SLOTS: usize = 8;
/// For how many accounts notices become mails at a time.
const ACCOUNTS: i64 = 16;
/// Nobody else tries a mail for this long. It is held on to while it is being sent.
const HOLD: Duration = Duration::from_mins(2);
const HOLD_EVERY: Duration = Duration::from_secs(30);
/// Between two tries to write down what an attempt came to.
const PAUSE: Duration = Duration::from_secs(1);

/// The mailbox that a text such as `filittle <filittle@example.org>` means.
///
/// # Errors
/// What it must be; the text is not repeated.
pub fn mailbox(text: &str) -> std::result::Result<Mailbox, String> {
    text.parse()
        .map_err(|_| "must be an address, such as filittle <filittle@example.org>".into())
}

/// Hands messages over, some at a time.
pub struct Notifier {
    sender: Arc<Sender>,
    /// A conversation has a place until what came of it is written down.
    slots: Arc<Semaphore>,
}

struct Sender {
    app: App,
    /// The `From` of every mail; nothing of a user stands in it.
    from: Mailbox,
    channel: Channel,
}

impl Notifier {
    /// A notifier that writes mails into a folder, or hands them to a server. `from` is a mailbox
    /// such as `filittle <filittle@localhost>`.
    pub fn new(app: App, from: Mailbox, channel: impl Into<Channel>) -> Self {
        let channel = channel.into();
        Self {
            sender: Arc::new(Sender { app, from, channel }),
            slots: Arc::new(Semaphore::new(SLOTS)),
        }
    }

    /// Sends what waits, then waits to be woken, for ever. A mail that takes long keeps one slot.
    pub async fn run(&self) {
        let app = &self.sender.app;
        let mut rung = app.wake.subscribe(Topic::Notices);
        let mut under_way = JoinSet::new();
        loop {
            match self.begin(&mut under_way).await {
                Ok(true) => continue,
                Ok(false) => {}
                Err(error) => tracing::warn!(%error, "mails could not be taken; tried again"),
            }
            tokio::select! {
                // A lost wake costs a look.
                _ = timeout(app.config.look_every, rung.woken()) => {}
                Some(_) = under_way.join_next() => {}
            }
        }
    }

    /// Begins with nothing more, and waits for what is under way: a conversation that is cut off may
    /// be held again, and come twice.
    pub async fn drain(&self, limit: Duration) {
        let all = u32::try_from(SLOTS).unwrap_or(u32::MAX);
        let drained = timeout(limit, self.slots.acquire_many(all)).await;
        if let Ok(Ok(slots)) = drained {
            slots.forget();
        } else {
            tracing::warn!("mails are under way; what becomes of them nobody knows");
        }
    }

    /// Sends a batch of what waits; answers how many were tried.
    pub async fn send_waiting(&self) -> Result<usize> {
        let mut under_way = JoinSet::new();
        self.begin(&mut under_way).await?;
        let count = under_way.len();
        under_way.join_all().await;
        Ok(count)
    }

    /// Begins with what waits, as far as there are free slots; whether there may be more.
    async fn begin(&self, under_way: &mut JoinSet<()>) -> Result<bool> {
        while under_way.try_join_next().is_some() {}
        let free: Vec<_> = (0..SLOTS)
            .map_while(|_| self.slots.clone().try_acquire_owned().ok())
            .collect();
        if free.is_empty() {
            return Ok(false);
        }
        let (db, rules) = (&self.sender.app.db, self.sender.rules());
        let gathered = engine::gather_notices(db, rules, ACCOUNTS).await?;
        let limit = i64::try_from(free.len()).unwrap_or(0);
        let letters = engine::take_mails(db, rules, limit, HOLD).await?;
        for (letter, slot) in letters.into_iter().zip(free) {
            let sender = self.sender.clone();
            under_way.spawn(async move {
                sender.attempt(letter).await;
                drop(slot);
            });
        }
        Ok(gathered > 0)
    }
}

impl Sender {
    fn rules(&self) -> MailRules {
        let is_smtp = matches!(self.channel, Channel::Smtp(_));
        MailRules {
            gather: is_smtp.then_some(self.app.config.gather_mails),
            verified_only: is_smtp,
        }
    }

    /// One attempt, from the rendering to what came of it.
    async fn attempt(&self, letter: Letter) {
        let mail = letter.mail.clone();
        let trace = letter.trace.as_deref();
        let mut span = (self.app.traces).within(SpanKind::Producer, "send mail", trace);
        span.tell("filittle.mail.id", mail.id.0);
        span.tell("filittle.mail.attempt", i64::from(mail.attempts));
        match self.stored(&letter).await {
            Ok(Some(stored)) => {
                tokio::select! {
                    outcome = self.channel.send(&letter.account.email, &stored) => {
                        self.settle(&stored, outcome, &mut span).await;
                    }
                    () = self.hold(&stored) => {
                        tracing::warn!(mail = %mail.id, "a mail was taken over by another notifier");
                    }
                }
            }
            // It is gone, with its account.
            Ok(None) => {}
            // The same the next time.
            Err(Error::Internal(why)) => {
                tracing::error!(mail = %mail.id, why, "a mail cannot be written");
                let outcome = Outcome::Unwritable(why);
                self.settle(&mail, outcome, &mut span).await;
            }
            Err(error) => {
                tracing::warn!(mail = %mail.id, %error, "a mail could not be stored");
                let outcome = Outcome::Later(error.to_string());
                self.settle(&mail, outcome, &mut span).await;
            }
        }
    }

    /// The mail with the message that counts.
    async fn stored(&self, letter: &Letter) -> Result<Option<Mail>> {
        if letter.mail.body.is_some() {
            return Ok(Some(letter.mail.clone()));
        }
        let message = letter::render(&self.app, &self.from, letter)?;
        let stored = engine::store_message(&self.app.db, &letter.mail, message).await?;
        // The number of the attempt is this one's, whoever else has begun one.
        Ok(stored.map(|stored| Mail {
            attempts: letter.mail.attempts,
            ..stored
        }))
    }

    /// Holds on to a mail while it is sent; returns when somebody else has it.
    async fn hold(&self, mail: &Mail) {
        let mut turns = interval(HOLD_EVERY);
        turns.tick().await;
        loop {
            turns.tick().await;
            match engine::hold_mail(&self.app.db, mail, HOLD).await {
                Ok(true) => {}
                Ok(false) => return,
                Err(error) => tracing::warn!(mail = %mail.id, %error, "a mail could not be held"),
            }
        }
    }

    /// Writes down what an attempt came to. A database that is away is waited for as long as nobody
    /// else may have taken the mail: what is not written down is sent again.
    async fn settle(&self, mail: &Mail, outcome: Outcome, span: &mut Span) {
        let began = Instant::now();
        loop {
            let fraction = random::fraction();
            match engine::settle(&self.app.db, mail, outcome.clone(), fraction).await {
                Ok(settled) => return tell(mail, settled, span),
                Err(error) if began.elapsed() >= HOLD => {
                    tracing::warn!(mail = %mail.id, %error, "what came of a mail is not written down");
                    return;
                }
                Err(_) => sleep(PAUSE).await,
            }
        }
    }
}

fn tell(mail: &Mail, settled: Settled, span: &mut Span) {
    match settled {
        Settled::Sent => {}
        Settled::Again(_) => span.failed("postponed"),
        Settled::GivenUp => span.failed("given_up"),
        Settled::Overtaken => span.failed("overtaken"),
    }
    let (id, attempt) = (mail.id, mail.attempts);
    match settled {
        Settled::Sent => tracing::info!(mail = %id, attempt, "mail handed over"),
        Settled::Again(wait) => tracing::warn!(mail = %id, attempt, ?wait, "a mail waits"),
        Settled::GivenUp => tracing::warn!(mail = %id, attempt, "a mail was given up"),
        Settled::Overtaken => tracing::warn!(mail = %id, attempt, "a mail was taken over"),
    }
}

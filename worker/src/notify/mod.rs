//! Tells people of the end of their jobs. The message is rendered once and stored; every attempt
//! sends the same bytes.

mod folder;
mod letter;

use std::time::Duration;

use filittle_common::engine::{self, Letter};
use filittle_common::wake::Topic;
use filittle_common::{App, Result, random};

pub use folder::Folder;
pub use lettre::message::Mailbox;

/// How many notices are taken at once.
const BATCH: i64 = 16;
/// Nobody else tries a notice for this long.
const HOLD: Duration = Duration::from_mins(2);

/// The mailbox that a text such as `filittle <filittle@example.org>` means.
///
/// # Errors
/// What it must be; the text is not repeated.
pub fn mailbox(text: &str) -> std::result::Result<Mailbox, String> {
    text.parse()
        .map_err(|_| "must be an address, such as filittle <filittle@example.org>".into())
}

/// Hands messages over, one after another.
pub struct Notifier {
    app: App,
    /// The `From` of every mail; nothing of a user stands in it.
    from: Mailbox,
    folder: Folder,
}

impl Notifier {
    /// A notifier that writes mails into a folder. `from` is a mailbox such as
    /// `filittle <filittle@localhost>`.
    pub fn new(app: App, from: Mailbox, folder: Folder) -> Self {
        Self { app, from, folder }
    }

    /// Sends what waits, then waits to be woken, for ever.
    pub async fn run(&self) {
        let mut rung = self.app.wake.subscribe(Topic::Notices);
        loop {
            match self.send_waiting().await {
                Ok(0) => {}
                Ok(_) => continue,
                Err(error) => tracing::warn!(%error, "notices could not be taken; tried again"),
            }
            // A lost wake costs a look.
            drop(tokio::time::timeout(self.app.config.look_every, rung.woken()).await);
        }
    }

    /// Sends a batch of what waits; answers how many were tried.
    pub async fn send_waiting(&self) -> Result<usize> {
        let letters = engine::take_notices(&self.app.db, BATCH, HOLD).await?;
        let count = letters.len();
        for letter in letters {
            let notice = letter.notice.clone();
            if let Err(error) = self.send(letter).await {
                let wait = engine::backoff(notice.attempts, random::fraction());
                tracing::warn!(notice = %notice.id, %error, ?wait, "a mail could not be handed over");
                if let Err(error) = engine::postpone(&self.app.db, &notice, wait).await {
                    // It comes again when the hold is over.
                    tracing::warn!(notice = %notice.id, %error, "nor could it be postponed");
                }
            }
        }
        Ok(count)
    }

    async fn send(&self, letter: Letter) -> Result<()> {
        let mut notice = letter.notice.clone();
        if notice.body.is_none() {
            let message = match letter::render(&self.app, &self.from, &letter) {
                Ok(message) => message,
                Err(error) => {
                    // It would be the same the next time.
                    tracing::error!(notice = %notice.id, %error, "a mail cannot be written");
                    return engine::mark_failed(&self.app.db, &notice).await;
                }
            };
            notice.message_id = Some(message.id);
            notice.body = Some(message.bytes);
            notice = engine::store_message(&self.app.db, notice).await?;
        }
        self.folder.put(&notice).await?;
        engine::mark_sent(&self.app.db, &notice).await?;
        tracing::info!(notice = %notice.id, job = %notice.job_id, "mail handed over");
        Ok(())
    }
}

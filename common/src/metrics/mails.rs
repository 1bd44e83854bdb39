//! What becomes of mails.

use prometheus::IntCounterVec;

use super::families::{Families, words};

words! {
    /// What an attempt at a mail came to.
    MailOutcome {
        /// It was handed over.
        Sent "sent",
        /// It was not taken, and is tried again.
        Postponed "postponed",
        /// Nobody knows whether it was taken; it is tried again.
        Unknown "unknown",
        /// It was refused for good.
        Refused "refused",
        /// It was tried for too long, or cannot be written.
        GivenUp "given_up",
        /// Another notifier had taken it meanwhile.
        Overtaken "overtaken",
    }
}

/// See the text in `new`.
pub struct Mails {
    attempts: IntCounterVec,
}

impl Mails {
    pub(super) fn new(families: &Families) -> Self {
        let attempts = families.counters(
            "filittle_mails_total",
            "Attempts at mails, by what they came to.",
            &["outcome"],
        );
        for outcome in MailOutcome::ALL {
            attempts.with_label_values(&[outcome.word()]);
        }
        Self { attempts }
    }

    pub(crate) fn settled(&self, outcome: MailOutcome) {
        self.attempts.with_label_values(&[outcome.word()]).inc();
    }
}

//! Why a message was not taken, and what that means.

use std::error::Error;
use std::time::Duration;

use filittle_common::engine::Outcome;
use lettre::transport::smtp;
use tokio::time::timeout;

use super::status::Status;

/// How far a conversation came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    Greeting,
    StartTls,
    Auth,
    Mail,
    Rcpt,
    Data,
    /// The message is being sent.
    Body,
    /// The final dot may have been sent.
    Dot,
}

#[derive(Debug)]
pub(super) struct Failure {
    pub(super) phase: Phase,
    /// What the server answered, if it did.
    pub(super) code: Option<u16>,
    /// What it says more exactly, if it does.
    status: Option<Status>,
    pub(super) text: String,
}

impl Phase {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Greeting => "greeting",
            Self::StartTls => "STARTTLS",
            Self::Auth => "AUTH",
            Self::Mail => "MAIL",
            Self::Rcpt => "RCPT",
            Self::Data => "DATA",
            Self::Body => "message",
            Self::Dot => "final dot",
        }
    }

    pub(super) fn broken(self, why: &str) -> Failure {
        Failure {
            phase: self,
            code: None,
            status: None,
            text: format!("{}: {why}", self.name()),
        }
    }

    /// lettre's error, of this phase. Its source is what the server said behind the code.
    pub(super) fn failed(self, error: &smtp::Error) -> Failure {
        let code = error.status().map(u16::from);
        let said = error.source().filter(|_| code.is_some());
        Failure {
            code,
            status: said.and_then(|said| Status::of(&said.to_string())),
            ..self.broken(&error.to_string())
        }
    }

    /// What lettre does, if it is done in time.
    pub(super) async fn within<T>(
        self,
        limit: Duration,
        work: impl Future<Output = Result<T, smtp::Error>>,
    ) -> Result<T, Failure> {
        match timeout(limit, work).await {
            Ok(done) => done.map_err(|error| self.failed(&error)),
            Err(_) => Err(self.broken("no answer in time")),
        }
    }
}

impl Failure {
    /// Whether a refusal for good says that the address is none that mail can go to. A status of
    /// RFC 3463 tells; without one the code does, of which 552 and 554 speak of the message: its
    /// size, its looks, or who it comes from. Some servers know only behind the message who gets it.
    fn is_of_address(&self) -> bool {
        if !matches!(
            self.phase,
            Phase::Rcpt | Phase::Data | Phase::Body | Phase::Dot
        ) {
            return false;
        }
        match (self.status, self.code) {
            (Some(status), _) => status.is_of_address(),
            // 556: the domain takes no mail (RFC 7504).
            (None, code) => matches!(code, Some(550 | 551 | 553 | 556)),
        }
    }
}

impl From<Failure> for Outcome {
    /// A refusal for good counts from MAIL on: before, it is about us or the server, which somebody
    /// may set right.
    fn from(failure: Failure) -> Self {
        let of_address = failure.is_of_address();
        let Failure {
            phase, code, text, ..
        } = failure;
        match (code, phase) {
            (Some(500..), Phase::Mail | Phase::Rcpt | Phase::Data | Phase::Body | Phase::Dot) => {
                Self::Refused { of_address, text }
            }
            (None, Phase::Dot) => Self::Unknown(text),
            _ => Self::Later(text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(phase: Phase, code: Option<u16>) -> String {
        let outcome = Outcome::from(Failure {
            code,
            ..phase.broken("")
        });
        format!("{outcome:?}")
            .split(['(', ' '])
            .next()
            .unwrap()
            .to_owned()
    }

    #[test]
    fn only_silence_after_the_final_dot_leaves_it_open_whether_the_message_was_taken() {
        let before = [
            Phase::Greeting,
            Phase::StartTls,
            Phase::Auth,
            Phase::Mail,
            Phase::Rcpt,
            Phase::Data,
            Phase::Body,
        ];
        for phase in before {
            assert_eq!(outcome(phase, None), "Later", "{phase:?}");
            assert_eq!(outcome(phase, Some(451)), "Later", "{phase:?}");
        }
        assert_eq!(outcome(Phase::Dot, None), "Unknown");
        assert_eq!(outcome(Phase::Dot, Some(421)), "Later");
        assert_eq!(outcome(Phase::Dot, Some(554)), "Refused");
    }

    #[test]
    fn what_is_wrong_with_us_ends_no_mail() {
        for phase in [Phase::Greeting, Phase::StartTls, Phase::Auth] {
            assert_eq!(outcome(phase, Some(535)), "Later", "{phase:?}");
        }
        assert_eq!(outcome(Phase::Mail, Some(550)), "Refused");
    }
}

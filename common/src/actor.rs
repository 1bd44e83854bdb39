//! Who asks.

use crate::error::{Error, Result};
use crate::ids::{AccountId, OwnerId};
use crate::problem::Kind;
use crate::store::accounts::Role;
use crate::store::events::Cause;
use crate::store::receipts::Receipt;

/// The one who executes a command or asks a query, in which trace, and under which key of their own.
#[derive(Clone, Debug)]
pub struct Actor {
    who: Who,
    trace: Option<String>,
    receipt: Option<Receipt>,
}

#[derive(Clone, Copy, Debug)]
enum Who {
    Anonymous,
    Member(Member),
}

/// Somebody who is signed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Member {
    /// Who it is.
    pub account: AccountId,
    /// The space whose rows they work on.
    pub owner: OwnerId,
    /// What they may do.
    pub role: Role,
}

/// Who may execute a command or ask a query.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Anybody.
    Anyone,
    /// Whoever is signed in, on what is theirs.
    Member,
    /// Admins.
    Admin,
}

impl Actor {
    /// Nobody in particular.
    pub fn anonymous(trace: Option<String>) -> Self {
        Self {
            who: Who::Anonymous,
            trace,
            receipt: None,
        }
    }

    /// Somebody who is signed in.
    pub fn member(member: Member, trace: Option<String>) -> Self {
        Self {
            who: Who::Member(member),
            trace,
            receipt: None,
        }
    }

    /// The same, with a request that they may send twice: what it makes is made once.
    #[must_use]
    pub fn under(self, receipt: Receipt) -> Self {
        Self {
            receipt: Some(receipt),
            ..self
        }
    }

    /// The same, at another place of the trace.
    #[must_use]
    pub(crate) fn at(self, trace: String) -> Self {
        Self {
            trace: Some(trace),
            ..self
        }
    }

    /// The `traceparent` of what they do.
    pub(crate) fn trace(&self) -> Option<&str> {
        self.trace.as_deref()
    }

    /// Of the request, when it may be sent twice.
    pub fn receipt(&self) -> Option<&Receipt> {
        self.receipt.as_ref()
    }

    /// The signed-in account.
    pub fn signed_in(&self) -> Result<Member> {
        match self.who {
            Who::Member(member) => Ok(member),
            Who::Anonymous => Err(Error::of(
                Kind::Unauthenticated,
                "send a token or an API key",
            )),
        }
    }

    /// The one place where access is decided. That a row is theirs is the store's part: its
    /// functions take the owner.
    pub(crate) fn authorise(&self, access: Access) -> Result<()> {
        match access {
            Access::Anyone => Ok(()),
            Access::Member => self.signed_in().map(drop),
            Access::Admin if self.signed_in()?.role == Role::Admin => Ok(()),
            Access::Admin => Err(Error::of(Kind::Forbidden, "only an admin may do this")),
        }
    }

    /// For the events.
    pub fn cause(&self) -> Cause {
        let actor = match self.who {
            Who::Anonymous => "anonymous".into(),
            Who::Member(member) => format!("account:{}", member.account),
        };
        Cause {
            actor,
            trace: self.trace.clone(),
        }
    }
}

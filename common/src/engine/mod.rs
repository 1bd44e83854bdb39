//! The hot transitions of jobs and mails. Each is one short transaction whose first statement is guarded:
//! by the state, by the lease token, or both. What a guard refuses is rolled back whole.

mod allow;
mod cancel;
mod collector;
mod expire;
mod finish;
mod flow;
mod gather;
mod lease;
mod mail;
mod record;
mod release;
mod retry;
mod settle;
mod submit;
mod submits;
mod sweeper;
mod take;
mod unreadable;
mod verify;

pub use crate::store::mails::Mail;
pub use crate::store::notices::Notice;
pub use crate::store::verifications::Verification;
pub use allow::allow_mails;
pub use cancel::{Cancelled, cancel};
pub use collector::collect_forever;
pub use expire::bury;
pub use finish::{End, Finished, Made, finish};
pub use gather::{MailRules, gather_notices};
pub use lease::{Held, Renewal, disown, is_cancel_asked, register, renew, resign, void_all};
pub use mail::{About, Letter, Message, hold_mail, store_message, take_mails};
pub use release::release_lapsed;
pub use retry::{backoff, mail_backoff};
pub use settle::{Outcome, Settled, TRIED_FOR, settle};
pub use submit::{Entered, New, submit_all};
pub(crate) use submit::{entered_before, take_up};
pub use submits::Submits;
pub use sweeper::{Sweeper, ready_due};
pub use take::{Taken, take};
pub use verify::ask_to_verify;

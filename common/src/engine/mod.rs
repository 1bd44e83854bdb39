//! The hot transitions of jobs. Each is one short transaction whose first statement is guarded:
//! by the state, by the lease token, or both. What a guard refuses is rolled back whole.

mod cancel;
mod collector;
mod expire;
mod finish;
mod flow;
mod lease;
mod notice;
mod record;
mod release;
mod retry;
mod submit;
mod submits;
mod sweeper;
mod take;
mod unreadable;

pub use crate::store::notices::Notice;
pub use cancel::{Cancelled, cancel};
pub use collector::collect_forever;
pub use expire::bury;
pub use finish::{End, Finished, Made, finish};
pub use lease::{Held, Renewal, disown, is_cancel_asked, register, renew, resign, void_all};
pub use notice::{Letter, mark_failed, mark_sent, postpone, store_message, take_notices};
pub use release::release_lapsed;
pub use retry::backoff;
pub(crate) use submit::take_up;
pub use submit::{New, submit_all};
pub use submits::Submits;
pub use sweeper::{Sweeper, ready_due};
pub use take::{Taken, take};

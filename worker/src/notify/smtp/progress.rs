//! The message itself, block by block, so that it is known whether the final dot was sent.

use std::pin::pin;
use std::slice::Chunks;

use lettre::transport::smtp::client::AsyncSmtpConnection;
use lettre::transport::smtp::response::Response;
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

use super::Times;
use super::failure::{Failure, Phase};

const BLOCK: usize = 16 << 10;

/// Where the sending is, and how long that may take.
#[derive(Clone, Copy)]
struct Step {
    phase: Phase,
    until: Instant,
}

/// lettre asks for a block when it has sent the one before, and ends with the dot when there is
/// none: so asking tells how far it is.
struct Blocks<'m> {
    left: Chunks<'m, u8>,
    times: &'m Times,
    step: &'m watch::Sender<Step>,
}

impl<'m> Iterator for Blocks<'m> {
    type Item = &'m [u8];

    fn next(&mut self) -> Option<&'m [u8]> {
        let block = self.left.next();
        let (phase, time) = match block {
            Some(_) => (Phase::Body, self.times.block),
            None => (Phase::Dot, self.times.dot),
        };
        self.step.send_replace(Step {
            phase,
            until: Instant::now() + time,
        });
        block
    }
}

/// Sends the message and the final dot; answers what the server says to it.
pub(super) async fn send(
    conn: &mut AsyncSmtpConnection,
    message: &[u8],
    times: &Times,
) -> Result<Response, Failure> {
    let (step, _) = watch::channel(Step {
        phase: Phase::Body,
        until: Instant::now() + times.block,
    });
    let blocks = Blocks {
        // lettre puts a line end before the dot.
        left: message
            .strip_suffix(b"\r\n")
            .unwrap_or(message)
            .chunks(BLOCK),
        times,
        step: &step,
    };
    let mut sending = pin!(conn.message_iter(blocks));
    loop {
        let now = *step.borrow();
        tokio::select! {
            biased;
            done = &mut sending => return taken(done, step.borrow().phase),
            () = sleep_until(now.until) => {
                let now = *step.borrow();
                if now.until <= Instant::now() {
                    return Err(now.phase.broken("no answer in time"));
                }
            }
        }
    }
}

fn taken(
    done: Result<Response, lettre::transport::smtp::Error>,
    phase: Phase,
) -> Result<Response, Failure> {
    let response = done.map_err(|error| phase.failed(&error))?;
    // lettre takes an answer that asks for more for a good one.
    if u16::from(response.code()) / 100 == 2 {
        Ok(response)
    } else {
        Err(phase.broken("the server answered what is no answer"))
    }
}

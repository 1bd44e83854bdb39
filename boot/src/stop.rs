//! Being asked to end.

use tokio::signal::unix::{Signal, SignalKind, signal};

/// Ctrl-C, or what a supervisor sends.
pub struct Stop {
    interrupt: Signal,
    terminate: Signal,
}

impl Stop {
    /// From now on a signal does not end the process by itself.
    pub fn listen() -> std::io::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    /// Returns at the next signal.
    pub async fn asked(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }

    /// Returns at the second signal: somebody is in a hurry.
    pub async fn asked_twice(&mut self) {
        self.asked().await;
        self.asked().await;
    }
}

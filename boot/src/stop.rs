//! Being asked to end.

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

/// Ctrl-C, or what a supervisor sends. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Stop(watch::Receiver<usize>);

impl Stop {
    /// From now on a signal does not end the process by itself.
    ///
    /// # Panics
    /// Outside of a tokio runtime.
    pub fn listen() -> std::io::Result<Self> {
        let mut interrupt = signal(SignalKind::interrupt())?;
        let mut terminate = signal(SignalKind::terminate())?;
        let (count, counted) = watch::channel(0);
        // Counted by a task that does nothing else: two signals that nobody looked at in between
        // are one.
        tokio::spawn(async move {
            loop {
                tokio::select! {
                    _ = interrupt.recv() => {}
                    _ = terminate.recv() => {}
                }
                count.send_modify(|count| *count += 1);
            }
        });
        Ok(Self(counted))
    }

    /// Returns when a signal has come.
    pub async fn asked(&mut self) {
        self.asked_times(1).await;
    }

    /// Returns when two have come: somebody is in a hurry.
    pub async fn asked_twice(&mut self) {
        self.asked_times(2).await;
    }

    async fn asked_times(&mut self, times: usize) {
        if self.0.wait_for(|&count| count >= times).await.is_err() {
            // The runtime ends, and everything with it.
            std::future::pending::<()>().await;
        }
    }
}

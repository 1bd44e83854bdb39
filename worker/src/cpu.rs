//! Threads for CPU work alone: however busy they are, requests and renewals go on.

use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinHandle;

/// A bounded pool of threads. What does not find one waits.
pub(crate) struct Cpu {
    /// Its own runtime, because a runtime's blocking threads are its own and can be bounded.
    runtime: Option<Runtime>,
}

impl Cpu {
    pub(crate) fn new(threads: usize) -> std::io::Result<Self> {
        let runtime = Builder::new_current_thread()
            .max_blocking_threads(threads)
            .thread_name("filittle-cpu")
            .build()?;
        Ok(Self {
            runtime: Some(runtime),
        })
    }

    /// Runs `work`; a panic in it is an error of the handle.
    pub(crate) fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> JoinHandle<T> {
        self.runtime
            .as_ref()
            .expect("taken only when dropped")
            .spawn_blocking(work)
    }
}

impl Drop for Cpu {
    fn drop(&mut self) {
        // Waiting here would block the runtime that drops this one.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

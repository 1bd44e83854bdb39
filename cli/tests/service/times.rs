//! How long to wait for what must come.

use std::time::{Duration, Instant};

/// Nothing takes longer, unless it is broken; the machine may be busy with other tests.
pub(crate) const LONG: Duration = Duration::from_mins(2);

/// Asks again and again until there is an answer.
pub(crate) async fn until<T>(what: &str, mut ask: impl AsyncFnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + LONG;
    loop {
        if let Some(found) = ask().await {
            return found;
        }
        assert!(Instant::now() < deadline, "waited in vain until {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

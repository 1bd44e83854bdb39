//! A budget of memory for the whole process. Work is admitted by what headers say, before
//! anything is decoded.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use filittle_transform::{Error, Monitor};
use tokio::runtime::Handle;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// What one permit stands for.
const UNIT: u64 = 64 << 10;
/// How soon a cancel is seen by one who waits for memory.
const LOOK: Duration = Duration::from_millis(100);

/// The memory of all work together.
#[derive(Clone)]
pub(crate) struct Budget {
    permits: Arc<Semaphore>,
    total: u32,
}

impl Budget {
    pub(crate) fn new(bytes: u64) -> Self {
        let total = units(bytes).max(1);
        Self {
            permits: Arc::new(Semaphore::new(total as usize)),
            total,
        }
    }

    /// Bytes in all, and those of them that are taken.
    pub(crate) fn taken(&self) -> (u64, u64) {
        let free = self.permits.available_permits() as u64;
        let total = u64::from(self.total);
        (total * UNIT, total.saturating_sub(free) * UNIT)
    }

    /// For one job, which has one input in memory at a time.
    pub(crate) fn share(&self, handle: Handle, monitor: Monitor) -> Share {
        Share {
            budget: self.clone(),
            handle,
            monitor,
            held: Arc::default(),
        }
    }
}

/// What one job has of the budget.
#[derive(Clone)]
pub(crate) struct Share {
    budget: Budget,
    handle: Handle,
    monitor: Monitor,
    held: Arc<Mutex<Option<OwnedSemaphorePermit>>>,
}

impl Share {
    /// Gives back what is held, and waits until there is room for this much. What is more than
    /// the whole budget waits until it is alone. Not for a thread of the runtime.
    pub(crate) fn admit(&self, bytes: u64) -> Result<(), Error> {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        *held = None;
        let units = units(bytes).min(self.budget.total);
        let permits = self.budget.permits.clone();
        let permit: Result<_, Error> = self.handle.block_on(async {
            // One wait from first to last: who begins anew loses its place in the line.
            let mut waiting = std::pin::pin!(permits.acquire_many_owned(units));
            loop {
                if let Ok(permit) = tokio::time::timeout(LOOK, &mut waiting).await {
                    return Ok(permit);
                }
                self.monitor.check()?;
            }
        });
        // The semaphore is never closed.
        *held = permit?.ok();
        self.monitor.check()
    }
}

fn units(bytes: u64) -> u32 {
    u32::try_from(bytes.div_ceil(UNIT)).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_is_larger_than_the_budget_is_admitted_when_it_is_alone() {
        let budget = Budget::new(1 << 20);
        let share = budget.share(Handle::current(), Monitor::new(0));
        let again = share.clone();
        tokio::task::spawn_blocking(move || share.admit(1 << 40))
            .await
            .unwrap()
            .unwrap();
        assert_eq!(budget.permits.available_permits(), 0);
        drop(again);
        assert_eq!(budget.permits.available_permits(), 16);
    }

    #[tokio::test]
    async fn one_who_waits_for_memory_sees_a_cancel() {
        let budget = Budget::new(1 << 20);
        let first = budget.share(Handle::current(), Monitor::new(0));
        let held = first.clone();
        tokio::task::spawn_blocking(move || first.admit(1 << 20))
            .await
            .unwrap()
            .unwrap();
        let monitor = Monitor::new(0);
        let second = budget.share(Handle::current(), monitor.clone());
        let waiting = tokio::task::spawn_blocking(move || second.admit(1));
        monitor.cancel();
        assert!(matches!(waiting.await.unwrap(), Err(Error::Cancelled)));
        drop(held);
    }
}

//! Whether Redis is set so that it keeps what it has.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use redis::aio::ConnectionManager;
use tokio::time::interval;

use super::Inner;
use crate::error::Result;

const LOOK_EVERY: Duration = Duration::from_secs(10);

/// Looks at once and then every ten seconds, whether Redis takes what is written and how it is set,
/// and says when something has changed.
pub(super) async fn watch_forever(rings: Arc<Inner>) {
    let mut told = None;
    let mut looks = interval(LOOK_EVERY);
    loop {
        looks.tick().await;
        let mut redis = rings.brief.clone();
        let written = write(&mut redis, &rings.redis.name("look")).await;
        rings.connection.looked(written.as_ref().err());
        let complaint = match complaint(&mut redis).await {
            Ok(complaint) => complaint,
            // It is away, or its user may not ask.
            Err(error) => {
                tracing::debug!(%error, "the settings of Redis are not known");
                continue;
            }
        };
        rings
            .is_well_set
            .store(complaint.is_none(), Ordering::Relaxed);
        if complaint != told {
            if let Some(complaint) = &complaint {
                tracing::warn!("{complaint}");
            } else {
                tracing::info!("Redis keeps its keys when its memory is full");
            }
            told = complaint;
        }
    }
}

/// As rings are: a Redis whose memory is full still answers what is asked.
async fn write(redis: &mut ConnectionManager, key: &str) -> Result<()> {
    let mut set = redis::cmd("SET");
    set.arg(key).arg(1).arg("PX").arg(LOOK_EVERY.as_millis());
    Ok(set.query_async(redis).await?)
}

/// What is wrong, in a sentence; none when all is well.
async fn complaint(redis: &mut ConnectionManager) -> Result<Option<String>> {
    let info: String = redis::cmd("INFO").arg("memory").query_async(redis).await?;
    Ok(of_memory(&info))
}

fn of_memory(info: &str) -> Option<String> {
    let field = |name: &str| {
        (info.lines()).find_map(|line| line.strip_prefix(name)?.strip_prefix(':').map(str::trim))
    };
    let policy = field("maxmemory_policy")?;
    (policy != "noeviction").then(|| {
        format!(
            "Redis evicts keys when its memory is full (maxmemory-policy {policy}), which costs \
             rings; set it to noeviction"
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_redis_that_evicts_is_told() {
        let info = |policy| format!("# Memory\r\nmaxmemory:0\r\nmaxmemory_policy:{policy}\r\n");
        assert_eq!(of_memory(&info("noeviction")), None);
        let told = of_memory(&info("allkeys-lru")).unwrap();
        assert!(told.contains("allkeys-lru"), "{told}");
    }
}

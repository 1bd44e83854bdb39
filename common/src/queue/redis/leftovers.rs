//! What apalis leaves in Redis for ever: finished tasks with their data, and dead workers.

use std::sync::Arc;
use std::time::Duration;

use apalis_redis::Config;
use redis::AsyncCommands;
use redis::aio::ConnectionManager;
use tokio::time::{interval, sleep};

use super::{Inner, Lane};
use crate::error::Result;

/// Some 600 bytes a ring are kept between two rounds.
const TRIM_EVERY: Duration = Duration::from_secs(5);
/// So many are trimmed by one command.
const BATCH: usize = 500;
/// A worker's name is used once; what is known of it goes so long after it.
const FORGET_AFTER: Duration = Duration::from_mins(10);
/// When a key is looked for again that was not there.
const SOON: Duration = Duration::from_millis(500);

pub(super) async fn trim_forever(rings: Arc<Inner>, lane: Lane) {
    let mut rounds = interval(TRIM_EVERY);
    loop {
        rounds.tick().await;
        if let Err(error) = trim(&rings, lane).await {
            tracing::debug!(%error, ?lane, "nothing could be trimmed");
        }
    }
}

/// Lets what is known of a worker expire when nobody says any more that it lives.
pub(super) async fn expire_forever(rings: &Inner, lane: Lane, name: &str) -> ! {
    let mut connection = rings.brief.clone();
    let config = rings.config(lane);
    let key = format!("{}:workers:metadata:{name}", config.queue.as_ref());
    let seconds = i64::try_from(FORGET_AFTER.as_secs()).unwrap_or(i64::MAX);
    loop {
        let expiring: redis::RedisResult<bool> = connection.expire(&key, seconds).await;
        let is_there = match expiring {
            Ok(is_there) => is_there,
            Err(error) => {
                tracing::debug!(%error, ?lane, "a worker's key was not renewed");
                false
            }
        };
        // It is made when the worker says for the first time that it lives.
        sleep(if is_there { FORGET_AFTER / 10 } else { SOON }).await;
    }
}

async fn trim(rings: &Inner, lane: Lane) -> Result<()> {
    let mut connection = rings.brief.clone();
    let config = rings.config(lane);
    let ended = [
        config.done_jobs_set(),
        config.dead_jobs_set(),
        config.failed_jobs_set(),
    ];
    for set in ended {
        loop {
            // They leave the set with all that is known of them, or not at all.
            let ids: Vec<String> = redis::cmd("SRANDMEMBER")
                .arg(&set)
                .arg(BATCH)
                .query_async(&mut connection)
                .await?;
            forget(&mut connection, &config, &set, &ids).await?;
            if ids.len() < BATCH {
                break;
            }
        }
    }
    Ok(())
}

async fn forget(
    connection: &mut ConnectionManager,
    config: &Config,
    set: &str,
    ids: &[String],
) -> Result<()> {
    if ids.is_empty() {
        return Ok(());
    }
    let mut pipe = redis::pipe();
    pipe.atomic();
    pipe.hdel(config.job_data_hash(), ids).ignore();
    pipe.srem(set, ids).ignore();
    for id in ids {
        pipe.unlink(format!("{}:{id}", config.job_meta_hash()))
            .ignore();
    }
    Ok(pipe.query_async(connection).await?)
}

/// Empties the queue of a lane, with everything in it.
pub(super) async fn clear(rings: &Inner, lane: Lane) -> Result<()> {
    let mut connection = rings.brief.clone();
    let config = rings.config(lane);
    let all = format!("{}:*", config.queue.as_ref());
    let keys = keys(&mut connection, &all).await?;
    // The workers stay registered, or the others would end too.
    let keys: Vec<_> = (keys.into_iter())
        .filter(|key| *key != config.workers_set() && !key.contains(":workers:metadata:"))
        .collect();
    for keys in keys.chunks(BATCH) {
        let _: () = connection.unlink(keys).await?;
    }
    Ok(())
}

async fn keys(connection: &mut ConnectionManager, pattern: &str) -> Result<Vec<String>> {
    let mut keys = Vec::new();
    let mut cursor = 0u64;
    loop {
        let (next, found): (u64, Vec<String>) = redis::cmd("SCAN")
            .arg(cursor)
            .arg("MATCH")
            .arg(pattern)
            .arg("COUNT")
            .arg(BATCH)
            .query_async(connection)
            .await?;
        keys.extend(found);
        cursor = next;
        if cursor == 0 {
            return Ok(keys);
        }
    }
}

//! What has to happen without anybody asking: delayed jobs become due, leases run out, jobs and
//! contents expire. One process does it at a time.

use std::time::{Duration, Instant};

use chrono::TimeDelta;
use uuid::Uuid;

use super::expire::bury;
use super::flow::flow_of;
use super::release::{Moved, release_lapsed};
use crate::app::App;
use crate::clock::micros_of;
use crate::error::Result;
use crate::queue::Lane;
use crate::random;
use crate::receipts;
use crate::store::{Db, flows, mails, one_time_tokens, sessions, verifications, work, workers};
use crate::wake::Topic;

/// The duty and how long it is held without being claimed again.
const DUTY: &str = "sweep";
const HOLD: Duration = Duration::from_secs(10);
/// How many rows one statement moves.
const PAGE: i64 = 500;

const EXPIRE_EVERY: Duration = Duration::from_secs(10);
const FORGET_EVERY: Duration = Duration::from_secs(5);
/// How long mails that left, and tokens that ended, can still be looked up.
const KEEP_MAILS: TimeDelta = TimeDelta::days(30);

/// The sweeper of one process.
pub struct Sweeper {
    app: App,
    holder: Uuid,
    /// No lease is taken away before: after the database was away, every worker gets the time to
    /// renew that it did not have.
    patient_until: Option<Instant>,
    /// Of the last look, by the clock that leases go by.
    looked_at: Option<i64>,
    expired: Option<Instant>,
    forgot: Option<Instant>,
}

impl Sweeper {
    /// A sweeper that has not looked yet.
    pub fn new(app: App) -> Self {
        Self {
            app,
            holder: random::uuid_v4(),
            patient_until: None,
            looked_at: None,
            expired: None,
            forgot: None,
        }
    }

    /// Looks every second, for ever.
    pub async fn run(mut self) {
        let mut looks = tokio::time::interval(self.app.config.look_every);
        looks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            looks.tick().await;
            if let Err(error) = self.sweep().await {
                tracing::warn!(%error, "the sweep failed and is tried again");
                self.patient_until = Some(Instant::now() + self.app.config.lease);
            }
        }
    }

    /// One look at everything that is due.
    pub async fn sweep(&mut self) -> Result<()> {
        let is_ours = claim(&self.app.db, DUTY, self.holder, HOLD).await?;
        // Also who has not the duty notes the gap: after it, the duty may be theirs.
        self.be_patient_after_a_gap();
        if !is_ours {
            return Ok(());
        }
        for lane in ready_due(&self.app.db).await? {
            self.app.queue.ring(lane);
        }
        advance_lanes(&self.app.db).await?;
        self.be_patient_after_a_gap();
        if self
            .patient_until
            .is_none_or(|until| until <= Instant::now())
        {
            self.patient_until = None;
            self.tell(&release_lapsed(&self.app.db, self.app.config.limits.crashes).await?);
        }
        if is_due(&mut self.forgot, FORGET_EVERY)
            && receipts::sweep(&self.app.db, PAGE).await? == PAGE.unsigned_abs()
        {
            self.forgot = None;
        }
        if is_due(&mut self.expired, EXPIRE_EVERY) && expire(&self.app.db).await? == PAGE {
            // The rest in the next looks: leases do not wait for it.
            self.expired = None;
        }
        Ok(())
    }

    /// After a look that is longer ago than a lease, nobody could renew either: the machine was
    /// suspended, a clock was set, or the database was away.
    fn be_patient_after_a_gap(&mut self) {
        let now = self.app.db.clock().micros();
        let lease = self.app.config.lease;
        let last = self.looked_at.replace(now);
        if last.is_some_and(|last| (now - last).abs() > micros_of(lease)) {
            self.patient_until = Some(Instant::now() + lease);
        }
    }

    fn tell(&self, moved: &[Moved]) {
        for it in moved {
            tracing::warn!(job = %it.job, again = it.lane.is_some(), "a worker vanished with a job");
            self.app.wake.publish(Topic::Job(it.job));
            self.app.wake.publish(Topic::Owner(it.owner));
            if let Some(lane) = it.lane.and_then(Lane::of) {
                self.app.queue.ring(lane);
            } else {
                self.app.wake.publish(Topic::Notices);
            }
        }
    }
}

fn is_due(last: &mut Option<Instant>, every: Duration) -> bool {
    if last.is_some_and(|last| last.elapsed() < every) {
        return false;
    }
    *last = Some(Instant::now());
    true
}

/// Takes or keeps a duty for `hold`; false while another process has it.
pub(super) async fn claim(
    db: &Db,
    duty: &'static str,
    holder: Uuid,
    hold: Duration,
) -> Result<bool> {
    db.write(
        (duty, holder, micros_of(hold)),
        |tx, &(duty, holder, hold)| {
            Box::pin(async move {
                let now = tx.db_micros().await?;
                workers::claim(tx, duty, holder, now, now + hold).await
            })
        },
    )
    .await
}

/// Makes delayed jobs ready whose time has come; answers the lanes that have work now.
pub async fn ready_due(db: &Db) -> Result<Vec<Lane>> {
    db.write((), |tx, ()| {
        Box::pin(async move {
            let now = tx.db_micros().await?;
            let mut lanes = Vec::new();
            for row in work::due(tx, now, PAGE).await? {
                flows::ready(tx, row.job_id, flow_of(&row)).await?;
                lanes.extend(Lane::of(row.lane).filter(|lane| !lanes.contains(lane)));
            }
            Ok(lanes)
        })
    })
    .await
}

async fn advance_lanes(db: &Db) -> Result<()> {
    db.write((), |tx, ()| {
        Box::pin(async move {
            for lane in Lane::ALL {
                flows::advance_lane(tx, lane.number()).await?;
            }
            Ok(())
        })
    })
    .await
}

/// Buries a page of jobs whose time is over, and forgets logins that have run out, and old mails.
/// Answers how many jobs there were.
async fn expire(db: &Db) -> Result<i64> {
    db.write((), |tx, ()| {
        Box::pin(async move {
            let now = tx.now();
            let expired = crate::store::jobs::expired(tx, now, PAGE).await?;
            for &(owner, job) in &expired {
                bury(tx, owner, job, "expired").await?;
            }
            sessions::delete_expired(tx, now).await?;
            one_time_tokens::delete_expired(tx, now).await?;
            mails::delete_ended(tx, now - KEEP_MAILS).await?;
            verifications::delete_expired(tx, now - KEEP_MAILS).await?;
            Ok(i64::try_from(expired.len()).unwrap_or(PAGE))
        })
    })
    .await
}

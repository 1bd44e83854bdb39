//! Passwords: Argon2id (RFC 9106) with OWASP's least parameters, as PHC strings.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::available_parallelism;

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::secret::Secret;
use crate::error::{Error, Result};
use crate::problem::Kind;
use crate::random;

/// Fewer characters are refused.
pub const SHORTEST_PASSWORD: usize = 8;
/// More bytes are refused: hashing them is work that a stranger can ask for.
pub const LONGEST_PASSWORD: usize = 1024;

/// Callers that may wait for each one that is served; a longer queue would only time out.
const WAITING_PER_SLOT: usize = 16;

/// Hashes and compares passwords. Each takes 19 MiB and some milliseconds of a core, so only a few
/// run at the same time.
#[derive(Clone)]
pub struct Passwords {
    slots: Arc<Semaphore>,
    queue: Arc<Semaphore>,
    /// What the password of an unknown user is compared with.
    dummy: Arc<str>,
    worked_out: Arc<AtomicU64>,
}

impl Passwords {
    pub(super) fn new() -> Result<Self> {
        let slots = available_parallelism().map_or(2, |cores| cores.get() * 2);
        Ok(Self {
            slots: Arc::new(Semaphore::new(slots)),
            queue: Arc::new(Semaphore::new(slots * (1 + WAITING_PER_SLOT))),
            dummy: hash(&random::bytes::<32>())?.into(),
            worked_out: Arc::default(),
        })
    }

    /// The PHC string to keep.
    pub async fn hash(&self, password: Secret) -> Result<String> {
        self.run(move || hash(password.expose().as_bytes())).await?
    }

    /// Whether the password is the one `kept` was made of. Without `kept`, for an unknown user, it
    /// takes the same time and is always false.
    pub async fn verify(&self, password: Secret, kept: Option<&str>) -> Result<bool> {
        let known = kept.is_some();
        let kept = kept.map_or_else(|| self.dummy.clone(), Arc::from);
        let same = self.run(move || verify(&password, &kept)).await??;
        Ok(same && known)
    }

    /// Whether `kept` was made with other parameters than are used today.
    pub fn is_outdated(&self, kept: &str) -> bool {
        let Ok(parsed) = PasswordHash::new(kept) else {
            return true;
        };
        let today = params();
        parsed.algorithm.as_str() != Algorithm::Argon2id.as_str()
            || parsed.version != Some(Version::V0x13.into())
            || !Params::try_from(&parsed).is_ok_and(|then| {
                (then.m_cost(), then.t_cost(), then.p_cost())
                    == (today.m_cost(), today.t_cost(), today.p_cost())
            })
    }

    /// How many hashes were worked out since the start, to keep or to compare.
    pub fn worked_out(&self) -> u64 {
        self.worked_out.load(Ordering::Relaxed)
    }

    /// Runs `work` on a thread for blocking work, when it is its turn.
    async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
        let turn = self.turn().await?;
        let worked_out = self.worked_out.clone();
        // The turn moves along, so that it is held until the work is over even when the caller
        // has gone away.
        tokio::task::spawn_blocking(move || {
            let done = work();
            worked_out.fetch_add(1, Ordering::Relaxed);
            drop(turn);
            done
        })
        .await
        .map_err(|error| Error::Internal(format!("password: {error}")))
    }

    async fn turn(&self) -> Result<(OwnedSemaphorePermit, OwnedSemaphorePermit)> {
        let busy = || Error::of(Kind::Unavailable, "too many logins at once; try again");
        let place = (self.queue.clone().try_acquire_owned()).map_err(|_| busy())?;
        let slot = self
            .slots
            .clone()
            .acquire_owned()
            .await
            .map_err(|_| busy())?;
        Ok((place, slot))
    }
}

fn params() -> Params {
    Params::DEFAULT
}

fn argon2id() -> Argon2<'static> {
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params())
}

fn hash(password: &[u8]) -> Result<String> {
    argon2id()
        .hash_password_with_salt(password, &random::bytes::<16>())
        .map(|hash| hash.to_string())
        .map_err(|error| Error::Internal(format!("password: {error}")))
}

fn verify(password: &Secret, kept: &str) -> Result<bool> {
    let kept = PasswordHash::new(kept)
        .map_err(|error| Error::Internal(format!("kept password: {error}")))?;
    // Over the limit nobody can have it; the work for it is not done either.
    let bytes = password.expose().as_bytes();
    let bytes = &bytes[..bytes.len().min(LONGEST_PASSWORD + 1)];
    Ok(argon2id().verify_password(bytes, &kept).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_not_below_the_floor() {
        assert!(params().m_cost() >= 19 * 1024);
        assert!(params().t_cost() >= 2);
        assert_eq!(params().p_cost(), 1);
    }

    #[test]
    fn a_hash_with_other_parameters_is_outdated() {
        let passwords = Passwords::new().unwrap();
        let weak = Argon2::new(
            Algorithm::Argon2id,
            Version::V0x13,
            Params::new(64, 1, 1, None).unwrap(),
        );
        let weak = weak.hash_password_with_salt(b"secret", &[7; 16]).unwrap();
        assert!(passwords.is_outdated(&weak.to_string()));
        assert!(passwords.is_outdated("nonsense"));
        assert!(!passwords.is_outdated(&hash(b"secret").unwrap()));
    }

    #[test]
    fn an_unknown_user_costs_a_hash_of_today() {
        let passwords = Passwords::new().unwrap();
        assert!(!passwords.is_outdated(&passwords.dummy));
    }

    #[tokio::test]
    async fn more_callers_than_the_queue_has_room_for_are_told_to_come_back() {
        let passwords = Passwords {
            queue: Arc::new(Semaphore::new(0)),
            ..Passwords::new().unwrap()
        };
        let error = passwords.hash(Secret::new("x")).await.unwrap_err();
        assert_eq!(error.problem().kind, Kind::Unavailable);
    }
}

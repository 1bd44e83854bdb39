//! Signed links: who has one may do one thing until it expires, without any login.
//!
//! A token is base64url of: kind (1 byte), id (16), owner (16), end in seconds (8), and the first
//! 16 bytes of HMAC-SHA256 over these. It says all that is needed; nothing is stored.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use crate::actor::Member;
use crate::error::{Error, Result};
use crate::ids::{AccountId, FileId, JobId, OwnerId};
use crate::problem::Kind;
use crate::store::accounts::Role;

const SIGNED: usize = 1 + 16 + 16 + 8;
const TAG: usize = 16;

/// Signs and opens links.
#[derive(Clone)]
pub struct Links {
    key: hmac::Key,
}

/// What a link opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// A file.
    File(FileId),
    /// A job and its outputs.
    Job(JobId),
    /// Nothing to read: it ends the mails to this account.
    Unsubscribe(AccountId),
}

/// A link that may be followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Link {
    /// What it opens.
    pub target: Target,
    /// Whose that is.
    pub owner: OwnerId,
    /// Until when.
    pub expires_at: DateTime<Utc>,
}

impl Links {
    /// How long a link of `List-Unsubscribe` works.
    pub const UNSUBSCRIBE_LIFE: TimeDelta = TimeDelta::days(365);

    pub(super) fn new(key: &[u8; 32]) -> Self {
        Self {
            key: hmac::Key::new(hmac::HMAC_SHA256, key),
        }
    }

    /// A link to a file.
    pub fn sign_file(&self, owner: OwnerId, file: FileId, expires_at: DateTime<Utc>) -> String {
        self.sign(&Link {
            target: Target::File(file),
            owner,
            expires_at,
        })
    }

    /// A link to a job and its outputs.
    pub fn sign_job(&self, owner: OwnerId, job: JobId, expires_at: DateTime<Utc>) -> String {
        self.sign(&Link {
            target: Target::Job(job),
            owner,
            expires_at,
        })
    }

    /// A link that ends the mails to an account.
    pub fn sign_unsubscribe(
        &self,
        owner: OwnerId,
        account: AccountId,
        expires_at: DateTime<Utc>,
    ) -> String {
        self.sign(&Link {
            target: Target::Unsubscribe(account),
            owner,
            expires_at,
        })
    }

    /// The token of a link. The end is cut to whole seconds.
    pub fn sign(&self, link: &Link) -> String {
        let mut bytes = link.to_bytes();
        bytes.extend_from_slice(&self.tag(&bytes));
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// What a token opens. `NotFound` when we did not sign it, `Gone` when its time is over.
    pub fn open(&self, token: &str, now: DateTime<Utc>) -> Result<Link> {
        let link = self
            .verified(token)
            .ok_or_else(|| Error::not_found("link"))?;
        if link.expires_at <= now {
            return Err(Error::of(Kind::Gone, "the link has expired"));
        }
        Ok(link)
    }

    fn verified(&self, token: &str) -> Option<Link> {
        let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
        if bytes.len() != SIGNED + TAG {
            return None;
        }
        let (signed, tag) = bytes.split_at(SIGNED);
        verify_slices_are_equal(&self.tag(signed), tag).ok()?;
        Link::from_bytes(signed)
    }

    fn tag(&self, signed: &[u8]) -> [u8; TAG] {
        let mut tag = [0; TAG];
        tag.copy_from_slice(&hmac::sign(&self.key, signed).as_ref()[..TAG]);
        tag
    }
}

impl Link {
    /// Who reads through the link: the owner's rows, in nobody's name and with no rights beside.
    pub fn reader(&self) -> Member {
        Member {
            account: AccountId(Uuid::nil()),
            owner: self.owner,
            role: Role::Member,
        }
    }

    fn to_bytes(self) -> Vec<u8> {
        let (kind, id) = match self.target {
            Target::File(id) => (1, id.0),
            Target::Job(id) => (2, id.0),
            Target::Unsubscribe(id) => (3, id.0),
        };
        let mut bytes = Vec::with_capacity(SIGNED + TAG);
        bytes.push(kind);
        bytes.extend_from_slice(id.as_bytes());
        bytes.extend_from_slice(self.owner.0.as_bytes());
        bytes.extend_from_slice(&self.expires_at.timestamp().to_be_bytes());
        bytes
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (&kind, rest) = bytes.split_first()?;
        let (id, rest) = rest.split_at_checked(16)?;
        let (owner, end) = rest.split_at_checked(16)?;
        let id = Uuid::from_slice(id).ok()?;
        let target = match kind {
            1 => Target::File(FileId(id)),
            2 => Target::Job(JobId(id)),
            3 => Target::Unsubscribe(AccountId(id)),
            _ => return None,
        };
        Some(Self {
            target,
            owner: OwnerId(Uuid::from_slice(owner).ok()?),
            expires_at: DateTime::from_timestamp(i64::from_be_bytes(end.try_into().ok()?), 0)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random;

    fn link() -> Link {
        Link {
            target: Target::Job(JobId(random::uuid_v4())),
            owner: OwnerId(random::uuid_v4()),
            expires_at: DateTime::from_timestamp(2_000_000_000, 0).unwrap(),
        }
    }

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(seconds, 0).unwrap()
    }

    #[test]
    fn a_link_says_what_it_opens_and_whose_that_is() {
        let links = Links::new(&[7; 32]);
        let targets = [
            Target::File(FileId(random::uuid_v4())),
            Target::Job(JobId(random::uuid_v4())),
            Target::Unsubscribe(AccountId(random::uuid_v4())),
        ];
        for target in targets {
            let link = Link { target, ..link() };
            assert_eq!(
                links.open(&links.sign(&link), at(1_999_999_999)).unwrap(),
                link
            );
        }
    }

    #[test]
    fn a_link_opens_nothing_after_its_end() {
        let links = Links::new(&[7; 32]);
        let error = links
            .open(&links.sign(&link()), at(2_000_000_000))
            .unwrap_err();
        assert_eq!(error.problem().kind, Kind::Gone);
    }

    #[test]
    fn any_changed_bit_is_refused() {
        let links = Links::new(&[7; 32]);
        let bytes = URL_SAFE_NO_PAD.decode(links.sign(&link())).unwrap();
        for bit in 0..bytes.len() * 8 {
            let mut forged = bytes.clone();
            forged[bit / 8] ^= 1 << (bit % 8);
            let error = links
                .open(&URL_SAFE_NO_PAD.encode(forged), at(0))
                .unwrap_err();
            assert_eq!(error.problem().kind, Kind::NotFound, "bit {bit}");
        }
    }

    #[test]
    fn another_services_link_and_nonsense_are_refused() {
        let ours = Links::new(&[7; 32]);
        let theirs = Links::new(&[8; 32]).sign(&link());
        let short = &ours.sign(&link())[..40];
        for token in [theirs.as_str(), short, "", "..", "%2e%2e", "=", "a\u{0}b"] {
            let error = ours.open(token, at(0)).unwrap_err();
            assert_eq!(error.problem().kind, Kind::NotFound, "{token:?}");
        }
    }
}

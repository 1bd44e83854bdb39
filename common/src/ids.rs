//! Ids: one type for each kind of thing, all UUIDs.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::random;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash,
            Serialize, Deserialize, schemars::JsonSchema, sqlx_macros::Type,
        )]
        #[serde(transparent)]
        #[schemars(inline)]
        #[sqlx(transparent)]
        pub struct $name(pub Uuid);

        impl $name {
            /// A fresh id of the given time.
            pub fn new(now: DateTime<Utc>) -> Self {
                Self(random::uuid_v7(now))
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }

        impl std::str::FromStr for $name {
            type Err = uuid::Error;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }
    )+};
}

ids! {
    /// A person who can log in.
    AccountId,
    /// A key for programs.
    ApiKeyId,
    /// An immutable content: a list of blocks.
    BlobId,
    /// One stored object. Random, so that nothing about the content is told by it.
    BlockId,
    /// A file of the file store.
    FileId,
    /// A job.
    JobId,
    /// Fresh at each take; fences what an attempt may still do.
    LeaseToken,
    /// One message to one account.
    MailId,
    /// That somebody is to be told of the end of a job.
    NoticeId,
    /// The space that rows belong to: a person's.
    OwnerId,
    /// A family of refresh tokens: one login.
    SessionId,
    /// One incarnation of a worker process.
    WorkerId,
}

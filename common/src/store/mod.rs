//! The only SQL. Functions for owned rows take the owner first; there is no other way to read one.

pub mod accounts;
pub mod api_keys;
pub mod blobs;
pub mod blocks;
mod db;
pub mod events;
pub mod feed;
pub mod figures;
pub mod files;
pub mod flows;
pub mod jobs;
pub(crate) mod macros;
pub mod mailboxes;
pub mod mails;
mod migrate;
pub mod notices;
pub mod one_time_tokens;
pub(crate) mod postgres;
pub mod receipts;
pub mod schema;
pub mod sessions;
mod tx;
pub mod verifications;
pub mod work;
pub mod workers;
mod writer;

pub use db::Db;
pub use migrate::Migrated;
pub(crate) use tx::Side;
pub use tx::{Read, Tx};

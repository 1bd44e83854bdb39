//! Every store function and every hot transition, on SQLite and on PostgreSQL.
#![expect(clippy::unwrap_used, reason = "in a test an unwrap is a failure")]

mod backlog;
mod both;
mod complete;
mod engine;
mod figures;
mod fixture;
mod mails;
mod migrations;
mod model;
mod plans;
mod rebuild;
mod rooms;
mod store_accounts;
mod store_blobs;
mod store_events;
mod store_feed;
mod store_files;
mod store_jobs;
mod store_mails;
mod store_notices;
mod store_receipts;
mod store_schema;
mod store_work;
mod submits;
mod writer;

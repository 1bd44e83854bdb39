//! What the HTTP API promises, over a real socket, on a fresh SQLite for each test.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod accounts;
mod answer;
mod app;
mod archives;
mod backlog;
mod browsers;
mod content;
mod dithering;
mod downloads;
mod files;
mod first_page;
mod hostile_forms;
mod hostile_names;
mod idempotency;
mod jobs;
mod limits;
mod links;
mod lists;
mod mails;
mod metrics;
mod naughty;
mod one_time_tokens;
mod openapi;
mod polyglots;
mod probes;
mod problems;
mod rooms;
mod serving;
mod shortcuts;
mod streams;
mod tries;
mod uploads;

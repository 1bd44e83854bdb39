#![doc = include_str!("../README.md")]

pub mod accounts;
pub mod actor;
pub mod app;
pub mod backlog;
pub mod blobs;
pub mod bus;
pub mod clock;
pub mod commands;
pub mod config;
pub mod domain;
pub mod engine;
pub mod error;
pub mod health;
pub mod ids;
pub mod live;
pub mod lookout;
pub mod metrics;
pub mod problem;
pub mod queries;
pub mod queue;
pub mod random;
pub mod rebuild;
pub mod receipts;
pub mod redis;
pub mod scrape;
pub mod store;
pub mod trace;
pub mod wake;

pub use actor::Actor;
pub use app::{App, Parts};
pub use error::{Error, Result};

//! One file per question.

pub mod get_file;
pub mod get_job;
pub mod get_output;
pub mod job_events;
pub mod job_feed;
pub mod list_api_keys;
pub mod list_files;
pub mod list_jobs;
pub mod me;
pub mod probe_database;
pub mod queue_figures;
pub mod running_jobs;

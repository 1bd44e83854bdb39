//! One file per question.

pub mod list_api_keys;
pub mod me;

//! One file per intention.

pub mod add_file;
pub mod add_files;
pub mod allow_mail;
pub mod cancel_job;
pub mod create_api_key;
pub mod create_first_account;
pub mod delete_api_key;
pub mod delete_file;
pub mod delete_job;
pub mod describe_file;
pub mod login;
pub mod login_once;
pub mod logout;
pub mod make_one_time_token;
pub mod probe_store;
pub mod refresh_token;
pub mod register;
pub mod retry_job;
pub mod submit_job;
pub mod unsubscribe;
pub mod update_me;
mod uploaded;
pub mod verify;

pub use uploaded::Uploaded;

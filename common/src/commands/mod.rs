//! One file per intention.

pub mod create_api_key;
pub mod create_first_account;
pub mod delete_api_key;
pub mod login;
pub mod logout;
pub mod refresh_token;
pub mod register;
pub mod update_me;

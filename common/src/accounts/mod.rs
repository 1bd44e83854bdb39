//! Passwords, tokens, keys and links.

/// Passwords, tokens, keys and links.
pub struct Accounts;

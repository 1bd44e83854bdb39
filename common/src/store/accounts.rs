//! Accounts and the spaces they own.

use chrono::{DateTime, Utc};

use super::Tx;
use super::macros::{exec, row};
use crate::domain::text::as_text;
use crate::error::Result;
use crate::ids::{AccountId, OwnerId};

/// What an account may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Everything.
    Admin,
    /// What is theirs.
    Member,
}

as_text!(Role { Admin = "admin", Member = "member" });

/// A row of `accounts`.
#[derive(Clone, Debug, PartialEq, sqlx_macros::FromRow)]
pub struct Account {
    /// The account.
    pub id: AccountId,
    /// Its own space.
    pub owner_id: OwnerId,
    /// In lower case.
    pub email: String,
    /// For people.
    pub name: Option<String>,
    /// In PHC form.
    pub password_hash: String,
    /// What it may do.
    pub role: Role,
    /// When the address was shown to be theirs.
    pub verified_at: Option<DateTime<Utc>>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
}

/// Adds an account with its space; a taken address is a unique violation.
pub async fn insert(tx: &mut Tx, account: &Account) -> Result<()> {
    exec!(
        tx,
        "insert into owners (id, created_at) values ($1, $2)",
        account.owner_id,
        account.created_at
    )?;
    exec!(
        tx,
        "insert into accounts (id, owner_id, email, name, password_hash, role, verified_at, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8)",
        account.id,
        account.owner_id,
        &account.email,
        &account.name,
        &account.password_hash,
        account.role,
        account.verified_at,
        account.created_at,
    )?;
    Ok(())
}

/// How many accounts there are.
pub async fn count(tx: &mut Tx) -> Result<i64> {
    Ok(row!(tx, (i64,), "select count(*) from accounts")?.map_or(0, |(count,)| count))
}

/// The account of this address, in lower case.
pub async fn find_by_email(tx: &mut Tx, email: &str) -> Result<Option<Account>> {
    row!(
        tx,
        Account,
        "select * from accounts where email = $1",
        email
    )
}

/// The account.
pub async fn find(tx: &mut Tx, id: AccountId) -> Result<Option<Account>> {
    row!(tx, Account, "select * from accounts where id = $1", id)
}

/// The account whose own space this is.
pub async fn find_by_owner(tx: &mut Tx, owner: OwnerId) -> Result<Option<Account>> {
    row!(
        tx,
        Account,
        "select * from accounts where owner_id = $1",
        owner
    )
}

/// Changes the name.
pub async fn rename(tx: &mut Tx, id: AccountId, name: Option<&str>) -> Result<()> {
    exec!(tx, "update accounts set name = $2 where id = $1", id, name)?;
    Ok(())
}

/// Replaces the password's hash.
pub async fn set_password(tx: &mut Tx, id: AccountId, hash: &str) -> Result<()> {
    exec!(
        tx,
        "update accounts set password_hash = $2 where id = $1",
        id,
        hash
    )?;
    Ok(())
}

/// Notes that the address was shown to be theirs; the first time counts.
pub async fn verify(tx: &mut Tx, id: AccountId, now: DateTime<Utc>) -> Result<()> {
    exec!(
        tx,
        "update accounts set verified_at = coalesce(verified_at, $2) where id = $1",
        id,
        now
    )?;
    Ok(())
}

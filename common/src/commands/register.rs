//! Adds an account.

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::Deserialize;
use uuid::Uuid;
use validator::Validate;

use crate::accounts::{AccountView, LONGEST_PASSWORD, SHORTEST_PASSWORD, Secret, rules};
use crate::actor::{Access, Actor};
use crate::app::{App, Command};
use crate::engine;
use crate::error::{Error, Result};
use crate::ids::{AccountId, OwnerId};
use crate::problem::Kind;
use crate::receipts::{is_gone, made_before, note};
use crate::store::accounts::{self, Account, Role};
use crate::store::receipts::Receipt;
use crate::store::{Db, Tx};
use crate::wake::Topic;

/// The space of the first account. It is always the same, so that of two first accounts that are
/// made at the same moment the database refuses one. Owners are never shown.
pub(super) const FIRST_OWNER: OwnerId =
    OwnerId(Uuid::from_u128(0x0000_0000_0000_7000_8000_0000_0000_0000));

/// Somebody wants an account. The first one becomes an admin and counts as verified. Refused where
/// the operator has closed the registration.
#[derive(Clone, Debug, Deserialize, Validate, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Register {
    /// Where mails go; kept in lower case.
    #[schemars(email, length(max = rules::LONGEST_EMAIL))]
    #[validate(custom(function = rules::email))]
    pub email: String,
    /// Kept as a hash.
    #[schemars(length(min = SHORTEST_PASSWORD, max = LONGEST_PASSWORD))]
    #[validate(custom(function = rules::new_password))]
    pub password: Secret,
    /// For people.
    #[serde(default)]
    #[schemars(length(min = 1, max = rules::LONGEST_NAME), regex(pattern = rules::NO_CONTROLS))]
    #[validate(custom(function = rules::name))]
    pub name: Option<String>,
}

impl Command for Register {
    type Output = AccountView;
    const NAME: &'static str = "register";
    const ACCESS: Access = Access::Anyone;

    async fn run(self, app: &App, actor: &Actor) -> Result<AccountView> {
        if !app.config.is_open {
            return Err(Error::of(
                Kind::Forbidden,
                "this service takes no new accounts",
            ));
        }
        // Hashed before the address is looked at: a taken one takes as long as a free one.
        let password_hash = app.accounts.passwords().hash(self.password).await?;
        let account = Account {
            id: AccountId::new(app.db.clock().now()),
            owner_id: OwnerId::new(app.db.clock().now()),
            email: self.email.to_lowercase(),
            name: self.name,
            password_hash,
            role: Role::Member,
            verified_at: None,
            created_at: app.db.clock().now(),
        };
        let account = insert(&app.db, account, actor.receipt().cloned()).await?;
        app.wake.publish(Topic::Notices);
        Ok(account.into())
    }
}

/// Tries twice: the first refusal may have been about who is first.
async fn insert(db: &Db, account: Account, receipt: Option<Receipt>) -> Result<Account> {
    for _ in 0..2 {
        match db
            .write(
                (account.clone(), receipt.clone()),
                |tx, (account, receipt)| Box::pin(insert_once(tx, account, receipt.as_ref())),
            )
            .await
        {
            Err(error) if error.is_unique_violation() => {}
            outcome => return outcome,
        }
    }
    Err(Error::of(
        Kind::Conflict,
        "this address has an account already; log in instead",
    ))
}

/// The new account, or the one that the same request has made.
async fn insert_once(tx: &mut Tx, account: &Account, receipt: Option<&Receipt>) -> Result<Account> {
    if let Some(made) = made_before(tx, receipt).await? {
        let id = AccountId(made.first().copied().unwrap_or_default());
        return accounts::find(tx, id).await?.ok_or_else(is_gone);
    }
    let inserted = insert_ranked(tx, account).await?;
    note(tx, receipt, [inserted.id.0]).await?;
    Ok(inserted)
}

async fn insert_ranked(tx: &mut Tx, account: &Account) -> Result<Account> {
    let account = if accounts::count(tx).await? == 0 {
        as_first(account.clone(), tx.now())
    } else {
        account.clone()
    };
    accounts::insert(tx, &account).await?;
    if account.verified_at.is_none() {
        engine::ask_to_verify(tx, account.id).await?;
    }
    Ok(account)
}

/// The account with the rights of the first.
pub(super) fn as_first(account: Account, now: DateTime<Utc>) -> Account {
    Account {
        owner_id: FIRST_OWNER,
        role: Role::Admin,
        verified_at: Some(now),
        ..account
    }
}

//! Makes the admin of a new service.

use validator::Validate;

use super::create_api_key::new_row;
use super::register::{FIRST_OWNER, as_first};
use crate::accounts::{AccountView, NewApiKey, Secret, rules};
use crate::actor::{Access, Actor, Member};
use crate::app::{App, Command};
use crate::error::Result;
use crate::ids::AccountId;
use crate::random;
use crate::store::accounts::{self, Account, Role};
use crate::store::api_keys;

/// The operator starts a new service. Not reachable over HTTP.
#[derive(Clone, Debug, Validate)]
pub struct CreateFirstAccount {
    /// The admin's address.
    #[validate(custom(function = rules::email))]
    pub email: String,
    /// The admin's password; without one, it is made up.
    #[validate(custom(function = rules::new_password))]
    pub password: Option<Secret>,
    /// Whether a key for programs is made, too: only when somebody is there to be shown it.
    pub with_key: bool,
}

/// The admin, and what is shown this once.
#[derive(Clone, Debug)]
pub struct FirstAccount {
    /// The admin.
    pub account: AccountView,
    /// The password.
    pub password: Secret,
    /// A key for programs, when one was asked for.
    pub api_key: Option<Secret>,
}

impl Command for CreateFirstAccount {
    /// None when there is an account already.
    type Output = Option<FirstAccount>;
    const NAME: &'static str = "create_first_account";
    const ACCESS: Access = Access::Anyone;

    async fn run(self, app: &App, _: &Actor) -> Result<Option<FirstAccount>> {
        let mut read = app.db.read_any().await?;
        if accounts::count(&mut read).await? > 0 {
            return Ok(None);
        }
        drop(read);
        let now = app.db.clock().now();
        let password = self.password.unwrap_or_else(made_up_password);
        let account = as_first(
            Account {
                id: AccountId::new(now),
                owner_id: FIRST_OWNER,
                email: self.email.to_lowercase(),
                name: None,
                password_hash: app.accounts.passwords().hash(password.clone()).await?,
                role: Role::Admin,
                verified_at: None,
                created_at: now,
            },
            now,
        );
        let key = self.with_key.then(NewApiKey::random);
        let member = Member {
            account: account.id,
            owner: account.owner_id,
            role: account.role,
        };
        let row = (key.as_ref()).map(|key| new_row(key, member, "first key".into(), None, now));
        let made = app
            .db
            .write((account.clone(), row), |tx, (account, row)| {
                Box::pin(async move {
                    accounts::insert(tx, account).await?;
                    match row {
                        Some(row) => api_keys::insert(tx, row).await,
                        None => Ok(()),
                    }
                })
            })
            .await;
        match made {
            // Somebody else was first, a moment ago.
            Err(error) if error.is_unique_violation() => Ok(None),
            Err(error) => Err(error),
            Ok(()) => Ok(Some(FirstAccount {
                account: account.into(),
                password,
                api_key: key.map(|key| key.text),
            })),
        }
    }
}

/// 20 letters and digits that are not mistaken for each other: 100 bits.
fn made_up_password() -> Secret {
    const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
    let text: String = random::bytes::<20>()
        .iter()
        .map(|byte| char::from(LETTERS[usize::from(byte % 32)]))
        .collect();
    Secret::new(text)
}

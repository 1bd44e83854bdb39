//! Changes one's own account.

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer};
use validator::Validate;

use crate::accounts::rules;
use crate::actor::{Access, Actor};
use crate::app::{App, Command};
use crate::engine;
use crate::error::Result;
use crate::ids::AccountId;
use crate::queries::me::{Me, MeView};
use crate::store::{Tx, accounts, mailboxes};

/// What is to change; what is absent stays.
#[derive(Clone, Debug, Deserialize, Validate, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateMe {
    /// For people; `null` takes it away.
    #[serde(default, deserialize_with = "present")]
    #[schemars(length(min = 1, max = rules::LONGEST_NAME), regex(pattern = rules::NO_CONTROLS))]
    #[validate(custom(function = rules::name))]
    pub name: Option<Option<String>>,
    /// Whether mails about jobs go to the account's address.
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "MailsWish")]
    pub mails: Option<MailsWish>,
}

/// What somebody wants of mails about their jobs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum MailsWish {
    /// They go to the address, also when its owner unsubscribed or servers refused it before.
    On,
    /// They do not.
    Unsubscribed,
}

/// Tells `null` from absent.
fn present<'de, T: Deserialize<'de>, D: Deserializer<'de>>(from: D) -> Result<Option<T>, D::Error> {
    T::deserialize(from).map(Some)
}

impl Command for UpdateMe {
    type Output = MeView;
    const NAME: &'static str = "update_me";
    const ACCESS: Access = Access::Member;

    async fn run(self, app: &App, actor: &Actor) -> Result<MeView> {
        let account = actor.signed_in()?.account;
        app.db
            .write((account, self), |tx, (account, wish)| {
                Box::pin(change(tx, *account, wish))
            })
            .await?;
        Box::pin(app.ask(Me {}, actor)).await
    }
}

async fn change(tx: &mut Tx, account: AccountId, wish: &UpdateMe) -> Result<()> {
    if let Some(name) = &wish.name {
        accounts::rename(tx, account, name.as_deref()).await?;
    }
    match wish.mails {
        None => Ok(()),
        Some(MailsWish::On) => engine::allow_mails(tx, account).await,
        Some(MailsWish::Unsubscribed) => {
            let now = tx.now();
            mailboxes::lock(tx, account).await?;
            mailboxes::unsubscribe(tx, account, now).await
        }
    }
}

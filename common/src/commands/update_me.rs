//! Changes one's own account.

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer};
use validator::Validate;

use crate::accounts::rules;
use crate::actor::{Access, Actor};
use crate::app::{App, Command};
use crate::error::Result;
use crate::queries::me::{Me, MeView};
use crate::store::accounts;

/// What is to change; what is absent stays.
#[derive(Clone, Debug, Deserialize, Validate, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateMe {
    /// For people; `null` takes it away.
    #[serde(default, deserialize_with = "present")]
    #[schemars(length(min = 1, max = rules::LONGEST_NAME), regex(pattern = rules::NO_CONTROLS))]
    #[validate(custom(function = rules::name))]
    pub name: Option<Option<String>>,
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
        if let Some(name) = self.name {
            let account = actor.signed_in()?.account;
            app.db
                .write((account, name), |tx, (account, name)| {
                    Box::pin(accounts::rename(tx, *account, name.as_deref()))
                })
                .await?;
        }
        Box::pin(app.ask(Me {}, actor)).await
    }
}

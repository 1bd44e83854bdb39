//! The keys of an owner, newest first.

use uuid::Uuid;
use validator::Validate;

use crate::accounts::ApiKeyView;
use crate::actor::{Access, Actor};
use crate::app::{App, Query};
use crate::error::Result;
use crate::ids::ApiKeyId;
use crate::store::api_keys;

/// Which part of the list.
#[derive(Debug, Validate)]
pub struct ListApiKeys {
    /// Only keys before this one: where the last page ended.
    pub before: Option<ApiKeyId>,
    /// How many.
    #[validate(range(min = 1, max = 100, message = "must be a whole number from 1 to 100"))]
    pub limit: i64,
}

/// A part of a list.
#[derive(Clone, Debug)]
pub struct ApiKeyPage {
    /// The keys.
    pub items: Vec<ApiKeyView>,
    /// Where the next part begins; none after the last.
    pub next: Option<ApiKeyId>,
}

impl Query for ListApiKeys {
    type Output = ApiKeyPage;
    const NAME: &'static str = "list_api_keys";
    const ACCESS: Access = Access::Member;

    async fn run(self, app: &App, actor: &Actor) -> Result<ApiKeyPage> {
        let owner = actor.signed_in()?.owner;
        let before = self.before.unwrap_or(ApiKeyId(Uuid::max()));
        let mut read = app.db.read(owner).await?;
        let mut keys = api_keys::list(&mut read, owner, before, self.limit + 1).await?;
        let more = keys.len() > usize::try_from(self.limit).unwrap_or(usize::MAX);
        if more {
            keys.pop();
        }
        let next = keys.last().map(|key| key.id).filter(|_| more);
        let items = keys.into_iter().map(ApiKeyView::from).collect();
        Ok(ApiKeyPage { items, next })
    }
}

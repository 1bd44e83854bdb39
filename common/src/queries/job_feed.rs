//! What happened to all jobs of an owner, in an order that never changes.

use validator::Validate;

use crate::actor::{Access, Actor};
use crate::app::{App, Query};
use crate::error::Result;
use crate::store::feed;

pub use crate::store::feed::{Happened, Next, Part, Place};

/// How many events a part has at most.
const AT_ONCE: i64 = 200;

/// What comes after a place.
#[derive(Debug, Validate)]
pub struct JobFeed {
    /// The place.
    pub after: Place,
}

impl Query for JobFeed {
    type Output = Part;
    const NAME: &'static str = "job_feed";
    const ACCESS: Access = Access::Member;

    async fn run(self, app: &App, actor: &Actor) -> Result<Part> {
        let owner = actor.signed_in()?.owner;
        let mut read = app.db.read(owner).await?;
        feed::after(&mut read, owner, self.after, AT_ONCE).await
    }
}

/// Where the feed ends now.
#[derive(Debug, Validate)]
pub struct FeedEnd {}

impl Query for FeedEnd {
    type Output = Place;
    const NAME: &'static str = "feed_end";
    const ACCESS: Access = Access::Member;

    async fn run(self, app: &App, actor: &Actor) -> Result<Place> {
        let mut read = app.db.read(actor.signed_in()?.owner).await?;
        feed::end(&mut read).await
    }
}

//! The files of an owner, newest first.

use uuid::Uuid;
use validator::{Validate, ValidationError};

use crate::actor::{Access, Actor};
use crate::app::{App, Query};
use crate::domain::file::File;
use crate::error::Result;
use crate::ids::FileId;
use crate::store::files::{self, Filter};

/// Which part of the list.
#[derive(Clone, Debug, Default, Validate)]
pub struct ListFiles {
    /// Only files of this very name.
    #[validate(custom(function = "can_be_looked_for"))]
    pub name: Option<String>,
    /// Only files of this very type.
    #[validate(custom(function = "can_be_looked_for"))]
    pub media_type: Option<String>,
    /// Only files of this very category.
    #[validate(custom(function = "can_be_looked_for"))]
    pub category: Option<String>,
    /// Only files that have this among their tags.
    #[validate(custom(function = "can_be_looked_for"))]
    pub tag: Option<String>,
    /// Only files before this one: where the last page ended.
    pub before: Option<FileId>,
    /// How many; 20 when nothing is said.
    #[validate(range(min = 1, max = 100, message = "must be a whole number from 1 to 100"))]
    pub limit: Option<i64>,
}

/// A part of a list.
#[derive(Clone, Debug)]
pub struct FilePage {
    /// The files.
    pub items: Vec<File>,
    /// Where the next part begins; none after the last.
    pub next: Option<FileId>,
}

impl Query for ListFiles {
    type Output = FilePage;
    const NAME: &'static str = "list_files";
    const ACCESS: Access = Access::Member;

    async fn run(self, app: &App, actor: &Actor) -> Result<FilePage> {
        let owner = actor.signed_in()?.owner;
        let before = self.before.unwrap_or(FileId(Uuid::max()));
        let limit = self.limit.unwrap_or(20);
        let filter = Filter {
            name: self.name,
            media_type: self.media_type,
            category: self.category,
            tag: self.tag,
        };
        let mut read = app.db.read(owner).await?;
        // One more than asked for tells whether there is a next page.
        let mut items = files::list(&mut read, owner, &filter, before, limit + 1).await?;
        let has_more = items.len() > usize::try_from(limit).unwrap_or(usize::MAX);
        if has_more {
            items.pop();
        }
        let next = items.last().map(|file| file.id).filter(|_| has_more);
        Ok(FilePage { items, next })
    }
}

/// PostgreSQL refuses a text with NUL, and no file has such a word.
fn can_be_looked_for(word: &str) -> Result<(), ValidationError> {
    if word.contains('\0') {
        return Err(ValidationError::new("nul").with_message("must not have a NUL".into()));
    }
    Ok(())
}

//! Changes what is said of a file: its name, category and tags.

use std::collections::HashSet;

use filittle_transform::names;
use validator::{Validate, ValidationError};

use crate::actor::{Access, Actor};
use crate::app::{App, Command, INDEX};
use crate::domain::Recorded;
use crate::domain::file::{Description, File, FileEvent};
use crate::error::{Error, Result};
use crate::ids::{FileId, OwnerId};
use crate::problem::Kind;
use crate::queries::get_file::find;
use crate::store::events::{self, Cause};
use crate::store::{Tx, files};

/// The most characters of a category or tag.
pub const LONGEST_WORD: usize = 100;
/// The most tags.
pub const MOST_TAGS: usize = 32;
/// How often somebody else may change the file in between.
const TRIES: usize = 5;

/// What is said anew; what is absent stays.
#[derive(Clone, Debug, Validate)]
pub struct DescribeFile {
    /// The file.
    pub id: FileId,
    /// A new name.
    #[validate(length(min = 1, message = "must not be empty"))]
    pub name: Option<String>,
    /// A new category; an empty one takes it away.
    #[validate(custom(function = "is_category"))]
    pub category: Option<String>,
    /// New tags, all of them. Those that repeat are taken once.
    #[validate(custom(function = "are_tags"))]
    pub tags: Option<Vec<String>>,
    /// Only if this is the position of its last event.
    pub if_match: Option<i64>,
}

impl Command for DescribeFile {
    type Output = File;
    const NAME: &'static str = "describe_file";
    const ACCESS: Access = Access::Member;

    async fn run(self, app: &App, actor: &Actor) -> Result<File> {
        let owner = actor.signed_in()?.owner;
        let work = (owner, self, actor.cause());
        again_when_changed(|| {
            app.db.write(work.clone(), |tx, (owner, asked, cause)| {
                Box::pin(describe(tx, *owner, asked, cause))
            })
        })
        .await
    }
}

async fn describe(
    tx: &mut Tx,
    owner: OwnerId,
    asked: &DescribeFile,
    cause: &Cause,
) -> Result<File> {
    let mut file = find(tx, owner, asked.id).await?;
    must_match(&file, asked.if_match)?;
    let at = tx.now();
    let event = FileEvent::Described(asked.description());
    let mut after = file.clone();
    after.apply(event.clone(), at);
    if (&after.name, &after.category, &after.tags) == (&file.name, &file.category, &file.tags) {
        return Ok(file);
    }
    file = after;
    let position = file.position;
    let recorded = Recorded {
        position,
        at,
        event,
    };
    events::append(tx, file.owner_id, file.id.0, &recorded, cause).await?;
    files::update(tx, &file).await?;
    Ok(file)
}

impl DescribeFile {
    fn description(&self) -> Description {
        Description {
            name: self.name.as_deref().map(names::sanitise),
            category: self.category.clone(),
            tags: self.tags.as_deref().map(once_each),
        }
    }
}

/// Refuses when the file is not the one that the caller has seen.
pub(super) fn must_match(file: &File, if_match: Option<i64>) -> Result<()> {
    match if_match {
        Some(position) if position != file.position => Err(Error::of(
            Kind::PreconditionFailed,
            "the file has changed since you saw it; get it again",
        )),
        _ => Ok(()),
    }
}

/// Two who change a file at the same moment do so one after the other.
pub(super) async fn again_when_changed<T, F>(mut write: impl FnMut() -> F) -> Result<T>
where
    F: Future<Output = Result<T>>,
{
    for _ in 1..TRIES {
        match write().await {
            Err(Error::Problem(problem)) if problem.kind == Kind::Conflict => {}
            outcome => return outcome,
        }
    }
    write().await
}

fn once_each(tags: &[String]) -> Vec<String> {
    let mut seen = HashSet::new();
    let mut tags = tags.to_vec();
    tags.retain(|tag| seen.insert(tag.clone()));
    tags
}

fn is_category(category: &str) -> Result<(), ValidationError> {
    match category {
        "" => Ok(()),
        category => is_word(category),
    }
}

#[expect(clippy::ptr_arg, reason = "validator passes the field as it is")]
fn are_tags(tags: &Vec<String>) -> Result<(), ValidationError> {
    if tags.len() > MOST_TAGS {
        return Err(mistake(format!("at most {MOST_TAGS} tags")));
    }
    (tags.iter().enumerate()).try_for_each(|(index, tag)| {
        is_word(tag).map_err(|mut error| {
            error.add_param(INDEX.into(), &index);
            error
        })
    })
}

/// Control characters would act on a terminal, and PostgreSQL takes no NUL.
fn is_word(word: &str) -> Result<(), ValidationError> {
    if word.trim().is_empty() {
        return Err(mistake("must not be empty".into()));
    }
    if word.chars().count() > LONGEST_WORD {
        return Err(mistake(format!(
            "must have at most {LONGEST_WORD} characters"
        )));
    }
    if word.chars().any(char::is_control) {
        return Err(mistake("must not have control characters".into()));
    }
    Ok(())
}

fn mistake(message: String) -> ValidationError {
    ValidationError::new("word").with_message(message.into())
}

//! A file of the file store: a name for a content, with what its owner says of it.

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Recorded;
use crate::ids::{AccountId, BlobId, FileId, OwnerId};

/// What the header of a picture says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Image {
    /// Pixels across.
    pub width: u32,
    /// Pixels down.
    pub height: u32,
}

/// A file, equal to its row in `files`.
#[derive(Clone, Debug, PartialEq, sqlx_macros::FromRow)]
pub struct File {
    /// The file.
    pub id: FileId,
    /// Whose it is.
    pub owner_id: OwnerId,
    /// Who brought it.
    pub created_by: AccountId,
    /// For people.
    pub name: String,
    /// As sniffed.
    pub media_type: String,
    /// Bytes.
    pub size: i64,
    /// Of the content, lower-case hexadecimal.
    pub sha256: String,
    /// The content.
    pub blob_id: BlobId,
    /// Counts contents, from 1.
    pub version: i32,
    /// A word its owner chose.
    pub category: Option<String>,
    /// Words its owner chose.
    #[sqlx(json)]
    pub tags: Vec<String>,
    /// What the header says, when it is a picture.
    #[sqlx(json(nullable))]
    pub image: Option<Image>,
    /// When it was brought.
    pub created_at: DateTime<Utc>,
    /// When anything of it changed last.
    pub updated_at: DateTime<Utc>,
    /// Of its last event.
    pub position: i64,
}

/// What can happen to a file. Its deletion takes the stream with it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum FileEvent {
    /// It came. Always the first.
    Created(Box<Created>),
    /// Its owner said something else of it; what is absent stays.
    Described(Description),
}

/// All that a new file is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Created {
    /// The file.
    pub id: FileId,
    /// Whose it is.
    pub owner_id: OwnerId,
    /// Who brought it.
    pub created_by: AccountId,
    /// For people.
    pub name: String,
    /// As sniffed.
    pub media_type: String,
    /// Bytes.
    pub size: i64,
    /// Of the content.
    pub sha256: String,
    /// The content.
    pub blob_id: BlobId,
    /// What the header says.
    pub image: Option<Image>,
}

/// A change of what is said of a file. An empty category takes it away.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Description {
    /// A new name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// A new category.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
    /// New tags, all of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tags: Option<Vec<String>>,
}

impl FileEvent {
    /// The name it is stored under.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Created(_) => "created",
            Self::Described(_) => "described",
        }
    }
}

impl File {
    /// The file after its first event.
    pub fn created(created: Created, at: DateTime<Utc>) -> Self {
        Self {
            id: created.id,
            owner_id: created.owner_id,
            created_by: created.created_by,
            name: created.name,
            media_type: created.media_type,
            size: created.size,
            sha256: created.sha256,
            blob_id: created.blob_id,
            version: 1,
            category: None,
            tags: Vec::new(),
            image: created.image,
            created_at: at,
            updated_at: at,
            position: 1,
        }
    }

    /// The file that these events tell of; none when they do not begin with its coming.
    pub fn replay(events: impl IntoIterator<Item = Recorded<FileEvent>>) -> Option<Self> {
        let mut events = events.into_iter();
        let first = events.next()?;
        let FileEvent::Created(created) = first.event else {
            return None;
        };
        let mut file = Self::created(*created, first.at);
        for recorded in events {
            file.apply(recorded.event, recorded.at);
        }
        Some(file)
    }

    /// Moves the file by one event.
    pub fn apply(&mut self, event: FileEvent, at: DateTime<Utc>) {
        self.position += 1;
        self.updated_at = at;
        let FileEvent::Described(description) = event else {
            return;
        };
        if let Some(name) = description.name {
            self.name = name;
        }
        if let Some(category) = description.category {
            self.category = Some(category).filter(|category| !category.is_empty());
        }
        if let Some(tags) = description.tags {
            self.tags = tags;
        }
    }
}

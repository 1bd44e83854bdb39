//! `/v1/files`: lists, metadata, contents. How they come is in [`upload`](super::upload).

use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::Response;
use filittle_common::Actor;
use filittle_common::commands::delete_file::DeleteFile;
use filittle_common::commands::describe_file::{DescribeFile, LONGEST_WORD, MOST_TAGS};
use filittle_common::ids::FileId;
use filittle_common::problem::Kind;
use filittle_common::queries::get_file::GetFile;
use filittle_common::queries::list_files::ListFiles;
use schemars::JsonSchema;
use serde::Deserialize;
use uuid::Uuid;
use validator::{Validate, ValidationErrors};

use super::Api;
use super::auth::SignedIn;
use super::content::Content;
use super::json::FromJson;
use super::page::{self, Page};
use super::params::{Ids, Params};
use super::problem::{Refusal, Result};
use super::views::FileBody;
use super::{conditional, content};

/// What may be said anew of a file; what is absent or `null` stays.
#[derive(Clone, Deserialize, JsonSchema)]
#[schemars(rename = "FileDescription")]
#[serde(deny_unknown_fields)]
pub(super) struct Description {
    #[schemars(length(min = 1))]
    name: Option<String>,
    #[schemars(length(max = LONGEST_WORD))]
    category: Option<String>,
    #[schemars(length(max = MOST_TAGS), inner(length(min = 1, max = LONGEST_WORD)))]
    tags: Option<Vec<String>>,
}

impl Description {
    fn of(self, id: FileId, if_match: Option<i64>) -> DescribeFile {
        DescribeFile {
            id,
            name: self.name,
            category: self.category,
            tags: self.tags,
            if_match,
        }
    }
}

/// Its rules are those of the command.
impl Validate for Description {
    fn validate(&self) -> Result<(), ValidationErrors> {
        self.clone().of(FileId(Uuid::nil()), None).validate()
    }
}

pub(super) async fn list(
    State(api): State<Api>,
    SignedIn(actor): SignedIn,
    uri: Uri,
    mut params: Params,
) -> Result<Response> {
    let page = Page::of(&mut params);
    let files = ListFiles {
        name: params.text("name"),
        media_type: params.text("media_type"),
        category: params.text("category"),
        tag: params.text("tag"),
        before: page.before.map(FileId),
        limit: Some(page.limit),
    };
    params.finish()?;
    let files = api.ask(files, &actor).await?;
    let next = files.next.map(|id| id.0);
    let items: Vec<_> = (files.items.into_iter())
        .map(|file| FileBody::of(&api, file))
        .collect();
    page::answer(&uri, &items, next)
}

pub(super) async fn get(
    State(api): State<Api>,
    SignedIn(actor): SignedIn,
    Ids(id): Ids<FileId>,
    headers: HeaderMap,
) -> Result<Response> {
    let file = api.ask(GetFile { id }, &actor).await?;
    conditional::json(&headers, file.position, &FileBody::of(&api, file))
}

pub(super) async fn content(
    State(api): State<Api>,
    SignedIn(actor): SignedIn,
    Ids(id): Ids<FileId>,
    mut params: Params,
    method: Method,
    headers: HeaderMap,
) -> Result<Response> {
    let version: Option<i32> = params.parsed("version", "a whole number");
    let unpack = params.unpack();
    params.finish()?;
    let file = api.ask(GetFile { id }, &actor).await?;
    if version.is_some_and(|version| version != file.version) {
        return Err(Refusal::not_found("version"));
    }
    let content = Content::from(file).asked(unpack, &headers)?;
    content::answer(&api, &method, &headers, content).await
}

/// What is kept for versions and blocks of files: it is not there yet.
pub(super) async fn reserved(SignedIn(_): SignedIn) -> Refusal {
    Refusal::of(Kind::NotFound, "this build does not have it yet")
}

pub(super) async fn describe(
    State(api): State<Api>,
    SignedIn(actor): SignedIn,
    Ids(id): Ids<FileId>,
    headers: HeaderMap,
    FromJson(said): FromJson<Description>,
) -> Result<Response> {
    let if_match = if_match(&api, &actor, id, &headers).await?;
    let file = api.execute(said.of(id, if_match), &actor).await?;
    // With its new tag, for the next write. What was asked for has been done, whatever is known.
    let position = file.position;
    conditional::json(&HeaderMap::new(), position, &FileBody::of(&api, file))
}

pub(super) async fn delete(
    State(api): State<Api>,
    SignedIn(actor): SignedIn,
    Ids(id): Ids<FileId>,
    headers: HeaderMap,
) -> Result<StatusCode> {
    let if_match = if_match(&api, &actor, id, &headers).await?;
    api.execute(DeleteFile { id, if_match }, &actor).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The command looks again: here it is only found out which of the tags is meant.
async fn if_match(
    api: &Api,
    actor: &Actor,
    id: FileId,
    headers: &HeaderMap,
) -> Result<Option<i64>> {
    let file = api.ask(GetFile { id }, actor).await?;
    conditional::if_match(headers, file.position)
}

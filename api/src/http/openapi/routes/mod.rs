//! What each route takes and answers, one table for each room of the API.

mod accounts;
mod api_keys;
mod docs;
mod files;
mod first_page;
mod jobs;
mod links;
mod service;
mod shortcuts;

use serde_json::{Value, json};

use super::operation::Operation;
use super::schemas::Schemas;

/// Every operation, tagged.
pub(super) fn all(schemas: &mut Schemas) -> Vec<Operation> {
    let rooms = [
        ("accounts", accounts::operations(schemas)),
        ("API keys", api_keys::operations(schemas)),
        ("files", files::operations(schemas)),
        ("jobs", jobs::operations(schemas)),
        ("shortcuts", shortcuts::operations(schemas)),
        ("links", links::operations(schemas)),
        ("service", service::operations(schemas)),
        ("service", docs::operations()),
        ("service", first_page::operations()),
    ];
    let tagged = rooms.into_iter().flat_map(|(tag, operations)| {
        let operations = operations.into_iter();
        operations.map(move |operation| operation.tagged(tag))
    });
    tagged.collect()
}

/// The parts of the document, in their order.
pub(super) fn tags() -> Value {
    json!([
        {"name": "accounts", "description": "Who there is, and signing in"},
        {"name": "API keys", "description": "Keys for programs"},
        {"name": "files", "description": "Contents with a name"},
        {"name": "jobs", "description": "Steps on files, worked on one after the other"},
        {"name": "shortcuts", "description": "One file and one step; the result is the answer"},
        {"name": "links", "description": "What opens without signing in"},
        {"name": "service", "description": "What the service says of itself"},
    ])
}

use axum::http::header::{CACHE_CONTROL, LINK};
use filittle_common::accounts::ApiKeyView;
use filittle_common::commands::create_api_key::CreateApiKey;
use serde_json::json;

use super::super::super::api_keys::Created;
use super::super::super::page::Body as Page;
use super::super::answer::Answer;
use super::super::operation::{Operation, delete, get, post};
use super::super::{Schemas, examples, parameters};

const PATH: &str = "/v1/api-keys";

pub(super) fn operations(schemas: &mut Schemas) -> Vec<Operation> {
    let list = get(PATH, "listApiKeys", "List one's keys, newest first")
        .signed_in()
        .answered(
            Answer::new(200, "A part of the list")
                .json(
                    schemas.shown::<Page<'static, ApiKeyView>>(),
                    examples::page(&examples::api_key()),
                )
                .sometimes([LINK]),
        );
    let create = post(PATH, "createApiKey", "Make a key")
        .signed_in()
        .idempotent()
        .json(
            schemas.read::<CreateApiKey>(),
            json!({"name": "backup", "expires_at": "2030-01-31T12:00:00Z"}),
        )
        .answered(
            Answer::new(201, "The key, shown this once")
                .json(schemas.shown::<Created<'static>>(), examples::new_api_key())
                .always([CACHE_CONTROL]),
        );
    let delete = delete("/v1/api-keys/{id}", "deleteApiKey", "End a key")
        .signed_in()
        .of(parameters::id("id", "the key"))
        .answered(Answer::nothing("The key opens nothing any more"));
    vec![
        parameters::page().into_iter().fold(list, Operation::asking),
        create,
        delete,
    ]
}

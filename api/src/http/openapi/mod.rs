//! `GET /openapi.json`: this API as OpenAPI 3.1 tells it.
//!
//! What is read and shown is derived from the types that are read and shown; parameters of steps come
//! from their table. What a route may be asked and may answer stands in [`routes`], one table for each
//! room of the API. Tests hold both to what is served: the router has no other routes, and no answer
//! that the tests get has a status, a type, a field or a form that is not written here.

mod answer;
mod examples;
mod headers;
mod operation;
mod parameters;
mod problems;
mod routes;
mod schemas;
#[cfg(test)]
mod tests;

use std::sync::LazyLock;

use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use serde_json::{Map, Value, json};

use self::problems::Problems;
use self::schemas::Schemas;

static DOCUMENT: LazyLock<Value> = LazyLock::new(document);
static BYTES: LazyLock<Bytes> = LazyLock::new(|| DOCUMENT.to_string().into());

/// The document. It is the same for every service of this build.
pub fn openapi() -> &'static Value {
    &DOCUMENT
}

pub(super) async fn get() -> Response {
    let about = [
        (CONTENT_TYPE, "application/json"),
        (CACHE_CONTROL, "public, max-age=60"),
    ];
    (about, BYTES.clone()).into_response()
}

const ABOUT: &str = "\
Files go in, a job compresses, converts, resizes or dithers them, and its outputs come back.

Sign in with `Authorization: Bearer` and an access token or an API key, or with the API key as the \
user name of basic authentication. Wherever `GET` is answered, `HEAD` is, too, with the same head and \
no body. A method that a path does not know is answered with 405, and `Allow` names the others. A head \
that is no HTTP is answered with 400, one that is too large with 431, both without a body.

What the page at `/` is made of, below `/page/`, is for the page alone and not told of here.

How much may come in is set by the operator: `GET /v1/limits` tells.";

fn document() -> Value {
    let mut schemas = Schemas::new();
    let mut problems = Problems::default();
    let mut paths: Map<String, Value> = Map::new();
    for operation in routes::all(&mut schemas) {
        let item = paths.entry(&operation.path).or_insert_with(|| json!({}));
        let method = operation.method;
        item[method] = operation.rendered(&mut problems);
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "filittle",
            "version": env!("CARGO_PKG_VERSION"),
            "summary": "Makes files little",
            "description": ABOUT,
            "license": {"name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0"},
        },
        "servers": [{"url": "/", "description": "This service"}],
        "tags": routes::tags(),
        "paths": paths,
        "components": {
            "schemas": schemas.finished(),
            "responses": problems.finished(),
            "headers": headers::all(),
            "securitySchemes": {
                "bearer": {
                    "type": "http", "scheme": "bearer",
                    "description": "An access token of `POST /v1/login`, or an API key",
                },
                "basic": {
                    "type": "http", "scheme": "basic",
                    "description": "The API key as the user name; the password does not count",
                },
            },
        },
    })
}

use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY};
use filittle_common::problem::Kind;
use serde_json::json;

use super::super::super::docs;
use super::super::answer::Answer;
use super::super::operation::{Operation, get};

pub(super) fn operations() -> Vec<Operation> {
    let page = get("/docs", "docs", "Read this document, and try requests")
        .about("A page for browsers, with nothing from elsewhere.")
        .answered(
            Answer::new(200, "The page")
                .html()
                .always([CACHE_CONTROL, CONTENT_SECURITY_POLICY]),
        );
    let name = json!({
        "name": "file", "in": "path", "required": true, "description": "Its name",
        "schema": {"type": "string", "enum": docs::names()},
    });
    let text = || json!({"schema": {"type": "string"}});
    let file = get("/docs/{file}", "docsFile", "Get what the page is made of")
        .of(name)
        .answered(
            Answer::new(200, "The file")
                .form("text/css; charset=utf-8", text())
                .form("text/javascript; charset=utf-8", text())
                .form("text/plain; charset=utf-8", text())
                .always([CACHE_CONTROL]),
        )
        .refused([Kind::NotFound]);
    vec![page, file]
}

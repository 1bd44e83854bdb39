use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, ETAG, IF_NONE_MATCH};
use serde_json::json;

use super::super::super::first_page;
use super::super::answer::Answer;
use super::super::headers;
use super::super::operation::{Operation, get};

pub(super) fn operations() -> Vec<Operation> {
    let files = first_page::files();
    files
        .map(|(path, media_type)| file(path, media_type))
        .collect()
}

fn file(path: &str, media_type: &str) -> Operation {
    let (id, summary) = match path {
        "/" => ("page", "Use the service in a browser"),
        path => (path, "Get what the first page is made of"),
    };
    let id = id.trim_start_matches('/').replace(['/', '.'], "-");
    get(path, &id, summary)
        .heading(headers::asked(
            &IF_NONE_MATCH,
            "Tags of what is here already",
        ))
        .answered(
            Answer::new(200, "The file")
                .form(media_type, json!({"schema": {"type": "string"}}))
                .always([ETAG, CACHE_CONTROL, CONTENT_SECURITY_POLICY]),
        )
        .answered(
            Answer::new(304, "It is what `If-None-Match` names").always([
                ETAG,
                CACHE_CONTROL,
                CONTENT_SECURITY_POLICY,
            ]),
        )
}

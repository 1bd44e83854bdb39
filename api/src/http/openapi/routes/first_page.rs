use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, ETAG, IF_NONE_MATCH};

use super::super::answer::Answer;
use super::super::headers;
use super::super::operation::{Operation, get};

/// Without what the page is made of, which nobody asks for but the page.
pub(super) fn operations() -> Vec<Operation> {
    let always = [ETAG, CACHE_CONTROL, CONTENT_SECURITY_POLICY];
    let page = get("/", "page", "Use the service in a browser")
        .heading(headers::asked(
            &IF_NONE_MATCH,
            "Tags of what is here already",
        ))
        .answered(Answer::new(200, "The page").html().always(always.clone()))
        .answered(Answer::new(304, "It is what `If-None-Match` names").always(always));
    vec![page]
}

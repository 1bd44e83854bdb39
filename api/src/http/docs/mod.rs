//! `/docs`: Swagger UI on `/openapi.json`, from the binary and with nothing from elsewhere.

use std::io::{Cursor, Read};
use std::sync::LazyLock;

use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS,
};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use utoipa_swagger_ui_vendored::SWAGGER_UI_VENDORED;
use zip::ZipArchive;

use super::params::Ids;
use super::problem::{Refusal, Result};

/// Our own scripts and styles, none within the page, and requests to nobody else. Swagger UI sets
/// styles on elements, and its style sheet has pictures in it.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
                      img-src 'self' data:; connect-src 'self'; base-uri 'none'; \
                      form-action 'none'; frame-ancestors 'none'";
const PAGE: &str = include_str!("page.html");
const START: &str = include_str!("start.js");
const HTML: &str = "text/html; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";

/// What is served of the archive: the name here, the place there, the type. The licence and its
/// notice go wherever the rest goes.
const VENDORED: [(&str, &str, &str); 4] = [
    ("swagger-ui-bundle.js", "dist/swagger-ui-bundle.js", SCRIPT),
    (
        "swagger-ui.css",
        "dist/swagger-ui.css",
        "text/css; charset=utf-8",
    ),
    ("LICENSE", "LICENSE", "text/plain; charset=utf-8"),
    ("NOTICE", "NOTICE", "text/plain; charset=utf-8"),
];

/// Unpacked when somebody looks for the first time.
static FILES: LazyLock<Vec<(&str, &str, Bytes)>> = LazyLock::new(|| {
    let vendored = VENDORED
        .into_iter()
        .filter_map(|(name, place, media_type)| {
            let bytes = unpacked(place).inspect_err(
                |error| tracing::error!(%error, place, "Swagger UI cannot be unpacked"),
            );
            Some((name, media_type, bytes.ok()?))
        });
    let start = ("start.js", SCRIPT, Bytes::from_static(START.as_bytes()));
    vendored.chain([start]).collect()
});

pub(super) async fn page() -> Response {
    let about = [
        (CACHE_CONTROL, "no-cache"),
        (CONTENT_SECURITY_POLICY, POLICY),
    ];
    (about, of_type(HTML), PAGE).into_response()
}

pub(super) async fn file(Ids(name): Ids<String>) -> Result<Response> {
    let found = FILES.iter().find(|(other, ..)| *other == name);
    let (_, media_type, bytes) = found.ok_or_else(|| Refusal::not_found("page"))?;
    let cached = [(CACHE_CONTROL, "public, max-age=3600")];
    Ok((cached, of_type(media_type), bytes.clone()).into_response())
}

/// The names of all files, for the document.
pub(super) fn names() -> Vec<&'static str> {
    let vendored = VENDORED.iter().map(|(name, ..)| *name);
    vendored.chain(["start.js"]).collect()
}

fn of_type(media_type: &'static str) -> [(axum::http::HeaderName, &'static str); 2] {
    [
        (CONTENT_TYPE, media_type),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ]
}

/// A file of the archive, which has one folder for its version.
fn unpacked(place: &str) -> zip::result::ZipResult<Bytes> {
    let mut archive = ZipArchive::new(Cursor::new(SWAGGER_UI_VENDORED))?;
    let within = |path: &str| path.split_once('/').is_some_and(|(_, rest)| rest == place);
    let path = archive
        .file_names()
        .filter_map(std::result::Result::ok)
        .find(|path| within(path))
        .ok_or(zip::result::ZipError::FileNotFound)?
        .into_owned();
    let mut bytes = Vec::new();
    archive.by_name(&path)?.read_to_end(&mut bytes)?;
    Ok(bytes.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_that_the_page_needs_is_in_the_binary() {
        let names: Vec<_> = FILES.iter().map(|(name, ..)| *name).collect();
        assert_eq!(names, super::names());
        for (name, _, bytes) in FILES.iter() {
            assert!(!bytes.is_empty(), "{name} is empty");
        }
        for reference in PAGE
            .split(['"', '\''])
            .filter(|text| text.starts_with("docs/"))
        {
            assert!(names.contains(&&reference[5..]), "{reference} is not there");
        }
    }

    #[test]
    fn the_page_names_nothing_from_elsewhere() {
        for text in [PAGE, START] {
            assert!(!text.contains("://") && !text.contains("\"//"), "{text}");
        }
    }
}

use axum::http::header::{CACHE_CONTROL, ETAG, IF_NONE_MATCH, LINK, LOCATION};
use filittle_common::problem::Kind;
use serde_json::{Value, json};

use super::super::super::files::Description;
use super::super::super::page::Body as Page;
use super::super::super::upload::Added;
use super::super::super::views::FileBody;
use super::super::answer::Answer;
use super::super::operation::{OF_UPLOADS, Operation, delete, get, patch, post, put};
use super::super::{Schemas, examples, headers, parameters};

const PATH: &str = "/v1/files";
const ONE: &str = "/v1/files/{id}";
const CONTENT: &str = "/v1/files/{id}/content";

pub(super) fn operations(schemas: &mut Schemas) -> Vec<Operation> {
    vec![
        list(schemas),
        upload(
            post(PATH, "addFiles", "Bring files")
                .about(
                    "The bytes themselves with their name in the query, or a form with parts \
                     called `file`: all become files or none. The type is found by the first bytes.",
                )
                .idempotent()
                .body(forms()),
            schemas,
        ),
        upload(
            put(PATH, "addFile", "Bring a file")
                .about("The bytes themselves, as `curl -T` sends them.")
                .idempotent()
                .body(bytes()),
            schemas,
        ),
        one(schemas),
        describe(schemas),
        remove(),
        content(),
        put(CONTENT, "putContent", "Reserved: a new version")
            .about("This build keeps no versions, and answers 404.")
            .signed_in()
            .of(parameters::id("id", "the file"))
            .body(bytes()),
        post(
            "/v1/files/from-blocks",
            "addFileFromBlocks",
            "Reserved: a file of known blocks",
        )
        .about("This build does not take blocks, and answers 404.")
        .signed_in()
        .refused([Kind::NotFound]),
    ]
}

fn list(schemas: &mut Schemas) -> Operation {
    let narrowed = [
        ("name", "Only files of this very name"),
        ("media_type", "Only files of this very type"),
        ("category", "Only files of this very category"),
        ("tag", "Only files that have this tag"),
    ];
    let list = get(PATH, "listFiles", "List one's files, newest first").signed_in();
    let parameters = parameters::page().into_iter();
    parameters
        .chain(narrowed.map(|(name, about)| parameters::text(name, about)))
        .fold(list, Operation::asking)
        .answered(
            Answer::new(200, "A part of the list")
                .json(
                    schemas.shown::<Page<'static, FileBody>>(),
                    examples::page(&examples::file()),
                )
                .sometimes([LINK]),
        )
}

fn upload(operation: Operation, schemas: &mut Schemas) -> Operation {
    operation
        .signed_in()
        .asking(parameters::text(
            "name",
            "What to call it, when its bytes are the body",
        ))
        .answered(
            Answer::new(201, "What was made, in its order")
                .json(
                    schemas.shown::<Added>(),
                    json!({"items": [examples::file()]}),
                )
                .always([LOCATION]),
        )
        .refused(OF_UPLOADS)
}

fn one(schemas: &mut Schemas) -> Operation {
    get(ONE, "getFile", "See a file")
        .signed_in()
        .of(parameters::id("id", "the file"))
        .heading(headers::asked(
            &IF_NONE_MATCH,
            "Tags of what is here already",
        ))
        .answered(
            Answer::new(200, "The file")
                .json(schemas.shown::<FileBody>(), examples::file())
                .always([ETAG, CACHE_CONTROL]),
        )
        .answered(
            Answer::new(304, "It is what `If-None-Match` names").always([ETAG, CACHE_CONTROL]),
        )
        .refused([Kind::Gone])
}

fn describe(schemas: &mut Schemas) -> Operation {
    patch(ONE, "describeFile", "Rename, categorise or tag a file")
        .about("What is absent or `null` stays; an empty category takes it away.")
        .signed_in()
        .of(parameters::id("id", "the file"))
        .heading(headers::if_match("the file"))
        .json(
            schemas.read::<Description>(),
            json!({"name": "photo.jpg", "category": "holiday", "tags": ["summer"]}),
        )
        .answered(
            Answer::new(200, "The file, with its new tag")
                .json(schemas.shown::<FileBody>(), examples::file())
                .always([ETAG, CACHE_CONTROL]),
        )
        .refused([Kind::Gone, Kind::PreconditionFailed, Kind::Conflict])
}

fn remove() -> Operation {
    delete(ONE, "deleteFile", "Delete a file")
        .about("Jobs keep the content until they go.")
        .signed_in()
        .of(parameters::id("id", "the file"))
        .heading(headers::if_match("the file"))
        .answered(Answer::nothing("There is no such file any more"))
        .refused([Kind::Gone, Kind::PreconditionFailed, Kind::Conflict])
}

fn content() -> Operation {
    let version = json!({"type": "integer", "format": "int32"});
    get(CONTENT, "getContent", "Get the bytes of a file")
        .signed_in()
        .of(parameters::id("id", "the file"))
        .asking(parameters::query(
            "version",
            "Only of this version",
            version,
        ))
        .content("The bytes")
        .unpacked()
        .refused([Kind::Gone])
}

/// The bytes themselves.
pub(super) fn bytes() -> Value {
    json!({"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}})
}

fn forms() -> Value {
    let mut content = bytes();
    content["multipart/form-data"] = json!({"schema": {
        "type": "object",
        "properties": {"file": {
            "type": "array", "minItems": 1,
            "items": {"type": "string", "format": "binary"},
        }},
        "required": ["file"],
        "additionalProperties": false,
    }});
    content
}

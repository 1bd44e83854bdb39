use axum::http::header::{CONTENT_LOCATION, LINK};
use filittle_common::problem::Kind;
use filittle_steps::{OPS, Op};
use serde_json::json;

use super::super::super::prefer::APPLIED;
use super::super::answer::Answer;
use super::super::headers::{self, CONTENT_DIGEST, RATE_LIMIT, RATE_LIMIT_POLICY};
use super::super::operation::{OF_ROOM, OF_UPLOADS, Operation, post, put};
use super::super::{Schemas, parameters};
use super::{files, jobs};

pub(super) fn operations(schemas: &mut Schemas) -> Vec<Operation> {
    OPS.iter()
        .flat_map(|op| {
            let path = format!("/v1/{}", op.name);
            let of_form = post(&path, &format!("{}Form", op.name), op.about);
            let of_bytes = put(&path, op.name, op.about);
            [of_form, of_bytes].map(|operation| shortcut(op, operation, schemas))
        })
        .collect()
}

fn shortcut(op: &Op, operation: Operation, schemas: &mut Schemas) -> Operation {
    let mut content = files::bytes();
    content["multipart/form-data"] = json!({"schema": {
        "type": "object",
        "properties": {"file": {"type": "string", "format": "binary"}},
        "required": ["file"],
        "additionalProperties": false,
    }});
    let operation = operation
        .about(
            "A job of one file and one step. It is waited for, at most a minute; a job that failed \
             answers its own problem.",
        )
        .signed_in()
        .idempotent()
        .heading(headers::prefer_async())
        .body(content)
        .answered(
            Answer::bytes(200, "The result")
                .about_content()
                .always([CONTENT_LOCATION, LINK, CONTENT_DIGEST])
                .sometimes([RATE_LIMIT, RATE_LIMIT_POLICY, APPLIED]),
        )
        .answered(
            jobs::accepted(schemas, "The job, when it has not ended in time").sometimes([LINK]),
        )
        .refused(OF_UPLOADS)
        .refused(OF_WORK)
        .refused(OF_ROOM)
        .of_job();
    let of_step = parameters::of_step(op).filter(|parameter| parameter["name"] != NAME);
    (of_step.chain([parameters::text(NAME, &name(op))])).fold(operation, Operation::asking)
}

const NAME: &str = "name";

fn name(op: &Op) -> String {
    let of_file = "What the file is called when it comes raw; a form tells it with its part";
    match op.param(NAME) {
        Some(of_archive) => format!("{of_file}. Or {}", of_archive.about),
        None => of_file.into(),
    }
}

/// What may come of the work.
const OF_WORK: [Kind; 19] = [
    Kind::UnsupportedMediaType,
    Kind::DamagedPicture,
    Kind::TruncatedPicture,
    Kind::TooManyPixels,
    Kind::PictureTooLarge,
    Kind::DamagedArchive,
    Kind::TruncatedArchive,
    Kind::UnsupportedArchive,
    Kind::EncryptedArchive,
    Kind::OverlappingArchive,
    Kind::TooManyEntries,
    Kind::TooManyOutputs,
    Kind::ExpansionTooLarge,
    Kind::OutputTooLarge,
    Kind::DeadlineExceeded,
    Kind::NotEnoughMemory,
    Kind::CannotBeProcessed,
    Kind::WorkerCrashed,
    Kind::TooManyAttempts,
];

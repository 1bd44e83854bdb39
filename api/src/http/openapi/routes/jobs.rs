use axum::http::HeaderName;
use axum::http::header::{CACHE_CONTROL, ETAG, IF_NONE_MATCH, LINK, LOCATION, RETRY_AFTER, VARY};
use filittle_common::commands::submit_job::Order;
use filittle_common::domain::State;
use filittle_common::problem::Kind;
use serde_json::{Value, json};

use super::super::super::history::History;
use super::super::super::page::Body as Page;
use super::super::super::prefer::APPLIED;
use super::super::super::views::JobBody;
use super::super::answer::Answer;
use super::super::headers::{RATE_LIMIT, RATE_LIMIT_POLICY};
use super::super::operation::{OF_JSON, OF_ROOM, OF_UPLOADS, Operation, delete, get, post};
use super::super::{Schemas, examples, headers, parameters};

const PATH: &str = "/v1/jobs";
const ONE: &str = "/v1/jobs/{id}";

pub(super) fn operations(schemas: &mut Schemas) -> Vec<Operation> {
    vec![
        list(schemas),
        submit(schemas),
        one(schemas),
        remove(),
        cancel(schemas),
        retry(schemas),
        output(),
        archive(),
        history(schemas),
        feed(),
    ]
}

fn list(schemas: &mut Schemas) -> Operation {
    let state = schemas.read::<State>();
    let [limit, cursor] = parameters::page();
    get(PATH, "listJobs", "List one's jobs, newest first")
        .about(
            "`metadata.<key>=<value>` in the query narrows the list to jobs with this in their \
             metadata, at most three at once.",
        )
        .signed_in()
        .asking(limit)
        .asking(cursor)
        .asking(parameters::query("state", "Only jobs in this state", state))
        .answered(
            Answer::new(200, "A part of the list")
                .json(
                    schemas.shown::<Page<'static, JobBody>>(),
                    examples::page(&examples::ended_job()),
                )
                .sometimes([LINK]),
        )
}

fn submit(schemas: &mut Schemas) -> Operation {
    post(PATH, "submitJob", "Submit a job")
        .about(
            "As JSON that names files, or as a form with parts called `file` and one part `job` of \
             the same JSON without `inputs`: these files belong to the job and go with it.",
        )
        .signed_in()
        .idempotent()
        .heading(headers::prefer_wait())
        .body(orders(schemas))
        .answered(accepted(schemas, "The job; `state` tells how it stands"))
        .refused(OF_JSON)
        .refused(OF_UPLOADS)
        .refused(OF_ROOM)
}

fn orders(schemas: &mut Schemas) -> Value {
    let named = schemas.read::<Order>();
    let with_files = schemas.read_without::<Order>("inputs");
    json!({
        "application/json": {"schema": named, "example": examples::order()},
        "multipart/form-data": {
            "schema": {
                "type": "object",
                "properties": {
                    "file": {
                        "type": "array", "minItems": 1,
                        "items": {"type": "string", "format": "binary"},
                    },
                    "job": with_files,
                },
                "required": ["file", "job"],
                "additionalProperties": false,
            },
            "encoding": {"job": {"contentType": "application/json"}},
        },
    })
}

fn one(schemas: &mut Schemas) -> Operation {
    get(ONE, "getJob", "See a job")
        .signed_in()
        .of(job())
        .heading(headers::prefer_wait())
        .heading(headers::asked(
            &IF_NONE_MATCH,
            "Tags of what is here already",
        ))
        .answered(
            Answer::new(200, "The job")
                .json(schemas.shown::<JobBody>(), examples::ended_job())
                .always([ETAG, CACHE_CONTROL])
                .sometimes(WAITING),
        )
        .answered(
            Answer::new(304, "It is what `If-None-Match` names")
                .always([ETAG, CACHE_CONTROL])
                .sometimes(WAITING),
        )
        .refused([Kind::Gone])
}

fn remove() -> Operation {
    delete(ONE, "deleteJob", "Delete an ended job with its outputs")
        .signed_in()
        .of(job())
        .heading(headers::if_match("the job"))
        .answered(Answer::nothing("There is no such job any more"))
        .refused(OF_WRITES)
}

fn cancel(schemas: &mut Schemas) -> Operation {
    let running = examples::queued_job();
    post("/v1/jobs/{id}/cancel", "cancelJob", "End a job")
        .signed_in()
        .of(job())
        .heading(headers::if_match("the job"))
        .answered(
            Answer::new(200, "It has ended")
                .json(schemas.shown::<JobBody>(), examples::cancelled_job()),
        )
        .answered(
            Answer::new(202, "Its worker was asked to end it")
                .json(schemas.shown::<JobBody>(), running)
                .sometimes([RETRY_AFTER]),
        )
        .refused(OF_WRITES)
}

fn retry(schemas: &mut Schemas) -> Operation {
    post("/v1/jobs/{id}/retry", "retryJob", "Try an ended job again")
        .signed_in()
        .of(job())
        .idempotent()
        .answered(accepted(schemas, "The new job, with `retry_of`"))
        .refused(OF_ROOM)
}

fn output() -> Operation {
    get(
        "/v1/jobs/{id}/outputs/{n}",
        "getOutput",
        "Get the bytes of an output",
    )
    .signed_in()
    .of(job())
    .of(parameters::number())
    .content("The bytes")
    .unpacked()
    .refused([Kind::Gone])
}

fn archive() -> Operation {
    get(
        "/v1/jobs/{id}/outputs.zip",
        "getOutputs",
        "Get all outputs as one archive",
    )
    .signed_in()
    .of(job())
    .content("A zip archive, made while it is sent")
    .refused([Kind::Gone, Kind::Conflict])
}

fn history(schemas: &mut Schemas) -> Operation {
    let answer = Answer::new(
        200,
        "What happened, or a stream of it that ends with the job",
    )
    .json(schemas.shown::<History>(), examples::history())
    .always([VARY]);
    get(
        "/v1/jobs/{id}/events",
        "jobEvents",
        "See what happened to a job",
    )
    .about(
        "With `Accept: text/event-stream` the events come as they happen, with `progress` in \
             between. Elsewise it is JSON.",
    )
    .signed_in()
    .of(job())
    .heading(last_event(
        "The `id` of the last event that was seen, of a stream",
    ))
    .answered(stream(answer))
    .answered(Answer::nothing("The end was seen already").always([VARY]))
    // There are no parameters.
    .refused([
        Kind::Gone,
        Kind::Invalid,
        Kind::BadRequest,
        Kind::TooManyRequests,
    ])
}

fn feed() -> Operation {
    get("/v1/events", "events", "Follow all one's jobs")
        .about("The stream does not end; after an hour it is cut off, and the client comes again.")
        .signed_in()
        .asking(parameters::query(
            "history",
            "`false` begins now, when there is no `Last-Event-ID`",
            json!({"type": "boolean", "default": true}),
        ))
        .heading(last_event("The `id` of the last event that was seen"))
        .answered(stream(Answer::new(200, "What happens, as it happens")))
        .refused([Kind::BadRequest, Kind::TooManyRequests])
}

/// What may be wrong with a job that is to change.
const OF_WRITES: [Kind; 3] = [Kind::Gone, Kind::PreconditionFailed, Kind::Conflict];
const WAITING: [HeaderName; 2] = [RETRY_AFTER, APPLIED];

/// 202 and a job.
pub(super) fn accepted(schemas: &mut Schemas, about: &str) -> Answer {
    Answer::new(202, about)
        .json(schemas.shown::<JobBody>(), examples::queued_job())
        .always([LOCATION])
        .sometimes(WAITING)
        .sometimes([RATE_LIMIT, RATE_LIMIT_POLICY])
}

fn stream(answer: Answer) -> Answer {
    answer
        .form(
            "text/event-stream",
            json!({"schema": {"type": "string"}, "example": examples::STREAM}),
        )
        .sometimes([CACHE_CONTROL])
}

fn last_event(about: &str) -> Value {
    headers::asked(&HeaderName::from_static("last-event-id"), about)
}

fn job() -> Value {
    parameters::id("id", "the job")
}

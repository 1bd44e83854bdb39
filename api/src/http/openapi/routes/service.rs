use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, VARY};
use filittle_common::health;
use filittle_common::metrics::MEDIA_TYPE;
use filittle_common::problem::Kind;
use filittle_steps::OPS;
use serde_json::{Value, json};

use super::super::super::limits::Body as Limits;
use super::super::answer::Answer;
use super::super::operation::{Operation, get};
use super::super::{Schemas, examples};

pub(super) fn operations(schemas: &mut Schemas) -> Vec<Operation> {
    let mut operations = vec![limits(schemas), document(), problem()];
    operations.extend(probes());
    operations.push(metrics());
    operations
}

fn metrics() -> Operation {
    let text = json!({"schema": {"type": "string"}});
    get(health::METRICS, "metrics", "Get the figures of the process")
        .about(
            "For Prometheus. Who connects from the machine of the service is answered, if the \
             operator does not say otherwise.",
        )
        .never_busy()
        .answered(
            Answer::new(200, "The text format of Prometheus")
                .form(MEDIA_TYPE, text)
                .always([CACHE_CONTROL]),
        )
        .refused([Kind::Forbidden, Kind::NotFound])
}

fn limits(schemas: &mut Schemas) -> Operation {
    get(
        "/v1/limits",
        "limits",
        "See how much may come in, and what can be done with it",
    )
    .answered(
        Answer::new(
            200,
            "All limits, and the steps, formats and values of this build",
        )
        .json(schemas.shown::<Limits>(), examples::limits(OPS))
        .always([CACHE_CONTROL]),
    )
    // There are no parameters.
    .refused([Kind::Invalid])
}

fn document() -> Operation {
    let schema = json!({
        "type": "object",
        "properties": {"openapi": {"type": "string"}},
        "required": ["openapi", "info", "paths"],
        "additionalProperties": true,
    });
    let example = json!({"openapi": "3.1.0", "info": {}, "paths": {}});
    get("/openapi.json", "openapi", "Get this document").answered(
        Answer::new(200, "OpenAPI 3.1")
            .json(schema, example)
            .always([CACHE_CONTROL]),
    )
}

fn problem() -> Operation {
    let codes: Vec<&str> = Kind::ALL.iter().map(|kind| kind.code()).collect();
    let code = json!({
        "name": "code", "in": "path", "required": true, "description": "The last part of `type`",
        "schema": {"type": "string", "enum": codes},
    });
    get(
        "/problems/{code}",
        "problem",
        "Read what a problem means, and what to do",
    )
    .about("Where the `type` of a problem leads: a page for browsers, a text for others.")
    .of(code)
    .answered(
        Answer::new(200, "What there is to say of it")
            .form(
                "text/plain; charset=utf-8",
                json!({"schema": {"type": "string"}}),
            )
            .html()
            .always([CACHE_CONTROL, CONTENT_SECURITY_POLICY, VARY]),
    )
}

fn probes() -> [Operation; 3] {
    let probe = |path, id, summary, about: &'static str| get(path, id, summary).about(about);
    let live = probe(health::LIVE, "livez", "Whether the process answers", "")
        .never_busy()
        .answered(well(
            json!({
                "type": "object",
                "properties": {"status": {"const": "ok"}},
                "required": ["status"],
            }),
            json!({"status": "ok"}),
        ));
    let ready = probe(
        health::READY,
        "readyz",
        "Whether requests can be served",
        "Each part by its name. A part that is `degraded` keeps nobody away.",
    );
    let people = probe(
        health::HEALTH,
        "health",
        "Whether the service lives and is ready",
        "Both, for people.",
    );
    [
        live,
        with_report(ready, &report(&json!({})), &examples::ready()),
        with_report(people, &report(&health_only()), &examples::health()),
    ]
}

fn with_report(operation: Operation, schema: &Value, example: &Value) -> Operation {
    let answer = |status, about| {
        Answer::new(status, about)
            .json(schema.clone(), example.clone())
            .always([CACHE_CONTROL])
    };
    operation
        .never_busy()
        .answered(answer(200, "It is"))
        .answered(answer(503, "It is not, or it is about to end"))
}

fn well(schema: Value, example: Value) -> Answer {
    Answer::new(200, "It does")
        .json(schema, example)
        .always([CACHE_CONTROL])
}

fn report(more: &Value) -> Value {
    let state = json!({"enum": ["ok", "degraded", "failed"]});
    let mut schema = json!({
        "type": "object",
        "properties": {
            "status": state,
            "checks": {"type": "object", "additionalProperties": state},
        },
        "required": ["status", "checks"],
    });
    if let (Some(properties), Some(more)) = (schema["properties"].as_object_mut(), more.as_object())
    {
        properties.extend(more.clone());
    }
    schema
}

fn health_only() -> Value {
    json!({
        "version": {"type": "string"},
        "live": {"const": "ok"},
        "ready": {"enum": ["ok", "failed"]},
    })
}

//! `GET /v1/limits`: how much may come in, and what this build can do with it. Nobody has to sign in
//! for it.

use axum::Json;
use axum::extract::State;
use axum::http::header::CACHE_CONTROL;
use axum::response::{IntoResponse, Response};
use filittle_common::config::Limits;
use filittle_steps::{Kind, OPS, Op, Param};
use serde::Serialize;
use serde_json::{Value, json};

use super::json::MAX_BYTES;
use super::params::Params;
use super::prefer::LONGEST;
use super::problem::Result;
use super::{Api, follow, idempotency, seats};

/// What may be asked of a service.
#[derive(Serialize)]
struct Body {
    accounts: Accounts,
    files: Files,
    pictures: Pictures,
    jobs: Jobs,
    requests: Requests,
    ops: Vec<OpBody>,
}

#[derive(Serialize)]
struct Accounts {
    /// Whether everybody may make one: `open` or `closed`.
    registration: &'static str,
}

#[derive(Serialize)]
struct Files {
    bytes: u64,
    parts: usize,
}

#[derive(Serialize)]
struct Pictures {
    bytes: u64,
    pixels: u64,
    side: u32,
}

#[derive(Serialize)]
struct Jobs {
    inputs: usize,
    steps: usize,
    output_bytes: u64,
    /// How long one is kept when it does not say.
    keep_seconds: i64,
    /// That may be there without having ended, of all accounts,
    backlog: u64,
    /// and of one.
    backlog_of_account: u64,
}

#[derive(Serialize)]
struct Requests {
    json_bytes: usize,
    wait_seconds: u64,
    idempotency_key_bytes: usize,
    uploads: usize,
    uploads_of_account: usize,
    downloads: usize,
    downloads_of_account: usize,
    streams_of_account: usize,
    stream_seconds: u64,
}

#[derive(Serialize)]
struct OpBody {
    op: &'static str,
    about: &'static str,
    parameters: Vec<ParamBody>,
}

#[derive(Serialize)]
struct ParamBody {
    name: &'static str,
    about: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    default: Option<&'static str>,
    values: Value,
}

pub(super) async fn get(State(api): State<Api>, params: Params) -> Result<Response> {
    params.finish()?;
    // It changes with the service's start only.
    let cached = (CACHE_CONTROL, "public, max-age=60");
    Ok(([cached], Json(body(&api))).into_response())
}

fn body(api: &Api) -> Body {
    let (config, settings) = (&api.config, &api.settings);
    let Limits {
        file_bytes,
        parts,
        picture_bytes,
        pixels,
        output_bytes,
        inputs,
        steps,
        backlog,
        backlog_of_owner,
    } = config.limits;
    Body {
        accounts: Accounts {
            registration: if config.is_open { "open" } else { "closed" },
        },
        files: Files {
            bytes: file_bytes,
            parts,
        },
        pictures: Pictures {
            bytes: picture_bytes,
            pixels,
            side: config.limits.of_work().side,
        },
        jobs: Jobs {
            inputs,
            steps,
            output_bytes,
            keep_seconds: config.keep_seconds,
            backlog,
            backlog_of_account: backlog_of_owner,
        },
        requests: Requests {
            json_bytes: MAX_BYTES,
            wait_seconds: LONGEST,
            idempotency_key_bytes: idempotency::LONGEST,
            uploads: settings.max_uploads,
            uploads_of_account: seats::half(settings.max_uploads),
            downloads: settings.max_downloads,
            downloads_of_account: seats::half(settings.max_downloads),
            streams_of_account: settings.max_streams_of_owner,
            stream_seconds: follow::LONGEST.as_secs(),
        },
        ops: OPS.iter().map(OpBody::of).collect(),
    }
}

impl OpBody {
    fn of(op: &'static Op) -> Self {
        Self {
            op: op.name,
            about: op.about,
            parameters: op.params.iter().map(ParamBody::of).collect(),
        }
    }
}

impl ParamBody {
    fn of(param: &Param) -> Self {
        Self {
            name: param.name,
            about: param.about,
            default: param.default,
            values: values(param.kind),
        }
    }
}

/// What a parameter takes, in the words of JSON Schema where it has words for it.
fn values(kind: Kind) -> Value {
    match kind {
        Kind::Integer { min, max } => json!({"type": "integer", "minimum": min, "maximum": max}),
        Kind::Choice { built, .. } => json!({"type": "string", "enum": built}),
        Kind::Colors { min, max } => json!({
            "type": "array", "minItems": min, "maxItems": max,
            "items": {"type": "string", "format": "color"},
        }),
        Kind::Color => json!({"type": "string", "format": "color"}),
        Kind::Bool => json!({"type": "boolean"}),
        Kind::Text { max } => json!({"type": "string", "minLength": 1, "maxLength": max}),
        Kind::Level => json!({"anyOf": [
            {"type": "string", "enum": ["fast", "balanced", "best"]},
            {"type": "integer"},
        ]}),
    }
}

//! `GET /v1/limits`: how much may come in, and what this build can do with it. Nobody has to sign in
//! for it.

mod tones;

use axum::Json;
use axum::extract::State;
use axum::http::header::CACHE_CONTROL;
use axum::response::{IntoResponse, Response};
use filittle_common::commands::submit_job::order;
use filittle_common::config::Limits;
use filittle_dither::palettes::palettes;
use filittle_steps::{OPS, Op, Param, devices};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use super::json::MAX_BYTES;
use super::multipart::MOST_FIELDS;
use super::params::Params;
use super::prefer::LONGEST;
use super::problem::Result;
use super::{Api, follow, idempotency, seats};
use tones::{DeviceBody, PaletteBody};

/// What may be asked of a service.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Limits")]
pub(super) struct Body {
    accounts: Accounts,
    files: Files,
    pictures: Pictures,
    archives: Archives,
    jobs: Jobs,
    requests: Requests,
    ops: Vec<OpBody>,
    /// What `palette` of `dither` may name.
    palettes: Vec<PaletteBody>,
    /// What `device` of `dither` may name.
    devices: Vec<DeviceBody>,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "AccountsLimits")]
struct Accounts {
    /// Whether everybody may make one: `open` or `closed`.
    #[schemars(extend("enum" = ["open", "closed"]))]
    registration: &'static str,
    /// Tries to sign in that an address has in a minute; 0 is without a bound.
    logins_per_minute: u32,
    /// Accounts that it may make.
    registrations_per_minute: u32,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "FilesLimits")]
struct Files {
    bytes: u64,
    parts: usize,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "PicturesLimits")]
struct Pictures {
    bytes: u64,
    pixels: u64,
    side: u32,
}

/// What is unpacked.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ArchivesLimits")]
struct Archives {
    /// Files, folders and links in one.
    entries: u64,
    /// How many times as large as it is one may become,
    expansion: u64,
    /// from so many bytes on.
    expansion_from_bytes: u64,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "JobsLimits")]
struct Jobs {
    inputs: usize,
    steps: usize,
    output_bytes: u64,
    name_bytes: usize,
    metadata_keys: usize,
    metadata_key_bytes: usize,
    metadata_value_bytes: usize,
    max_attempts: i32,
    /// How long one is kept when it does not say,
    keep_seconds: i64,
    /// and at most.
    longest_keep_seconds: i64,
    /// How long one attempt may last.
    attempt_seconds: u64,
    /// That may be there without having ended, of all accounts,
    backlog: u64,
    /// and of one.
    backlog_of_account: u64,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "RequestsLimits")]
struct Requests {
    json_bytes: usize,
    /// Parts of a form beside its files.
    fields: usize,
    wait_seconds: u64,
    idempotency_key_bytes: usize,
    uploads: usize,
    uploads_of_account: usize,
    downloads: usize,
    downloads_of_account: usize,
    streams_of_account: usize,
    stream_seconds: u64,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Op")]
struct OpBody {
    op: &'static str,
    about: &'static str,
    parameters: Vec<ParamBody>,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Parameter")]
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
        entries,
        expansion,
        inputs,
        steps,
        backlog,
        backlog_of_owner,
        crashes: _,
    } = config.limits;
    Body {
        accounts: Accounts {
            registration: if config.is_open { "open" } else { "closed" },
            logins_per_minute: settings.logins_per_minute,
            registrations_per_minute: settings.registrations_per_minute,
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
        archives: Archives {
            entries,
            expansion,
            expansion_from_bytes: config.limits.of_work().expansion_from,
        },
        jobs: Jobs {
            inputs,
            steps,
            output_bytes,
            name_bytes: order::NAME_BYTES,
            metadata_keys: order::METADATA_KEYS,
            metadata_key_bytes: order::KEY_BYTES,
            metadata_value_bytes: order::VALUE_BYTES,
            max_attempts: order::MAX_ATTEMPTS,
            keep_seconds: config.keep_seconds,
            longest_keep_seconds: order::YEAR_SECONDS,
            attempt_seconds: config.max_work.as_secs(),
            backlog,
            backlog_of_account: backlog_of_owner,
        },
        requests: Requests {
            json_bytes: MAX_BYTES,
            fields: MOST_FIELDS,
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
        palettes: palettes().iter().map(PaletteBody::of).collect(),
        devices: devices::all().map(DeviceBody::of).collect(),
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
            values: param.kind.schema(),
        }
    }
}

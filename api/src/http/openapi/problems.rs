//! What is answered when something is wrong: for each status, the kinds of problems it may be.

use std::collections::{BTreeMap, BTreeSet};

use axum::http::header;
use filittle_common::problem::Kind;
use serde_json::{Map, Value, json};

use super::headers;

/// The answers of problems, each set of kinds written once.
#[derive(Default)]
pub(super) struct Problems(Map<String, Value>);

impl Problems {
    /// The answers of these kinds, by their status. One that tells of a job links it.
    pub(super) fn answers(&mut self, kinds: &[Kind], is_of_job: bool) -> Vec<(String, Value)> {
        let mut by_status: BTreeMap<u16, BTreeSet<usize>> = BTreeMap::new();
        for (place, kind) in Kind::ALL.iter().enumerate() {
            if kinds.contains(kind) {
                by_status.entry(kind.status()).or_default().insert(place);
            }
        }
        let of_status = by_status.into_iter().map(|(status, places)| {
            let kinds: Vec<Kind> = places.into_iter().map(|place| Kind::ALL[place]).collect();
            let of_job = if is_of_job { "-of-job" } else { "" };
            let name = format!("{status}-{}{of_job}", codes(&kinds).join("-"));
            let answer = json!({"$ref": format!("#/components/responses/{name}")});
            self.0
                .entry(name)
                .or_insert_with(|| rendered(status, &kinds, is_of_job));
            (status.to_string(), answer)
        });
        of_status.collect()
    }

    pub(super) fn finished(self) -> Map<String, Value> {
        self.0
    }
}

fn codes(kinds: &[Kind]) -> Vec<&'static str> {
    kinds.iter().map(|kind| kind.code()).collect()
}

fn rendered(status: u16, kinds: &[Kind], is_of_job: bool) -> Value {
    let titles: Vec<String> = (kinds.iter())
        .map(|kind| format!("`{}`: {}", kind.code(), kind.title()))
        .collect();
    let types: Vec<String> = (kinds.iter())
        .map(|kind| format!("/problems/{}", kind.code()))
        .collect();
    let mut always = vec![headers::REQUEST_ID, headers::TRACE];
    let mut sometimes = Vec::new();
    if is_of_job {
        sometimes.extend([
            header::LINK,
            headers::RATE_LIMIT,
            headers::RATE_LIMIT_POLICY,
        ]);
    }
    match status {
        401 => always.push(header::WWW_AUTHENTICATE),
        416 => always.push(header::CONTENT_RANGE),
        429 | 503 => {
            always.push(header::RETRY_AFTER);
            sometimes.extend([headers::RATE_LIMIT, headers::RATE_LIMIT_POLICY]);
        }
        _ => {}
    }
    let always = always.iter().map(|name| (name, true));
    let fields = always.chain(sometimes.iter().map(|name| (name, false)));
    let headers: Map<String, Value> = fields
        .map(|(name, always)| (name.to_string(), headers::of_answer(name, always)))
        .collect();
    json!({
        "description": titles.join("; "),
        "headers": headers,
        "content": {"application/problem+json": {
            "schema": {
                "$ref": "#/components/schemas/Problem",
                "properties": {
                    "status": {"const": status},
                    "code": {"enum": codes(kinds)},
                    "type": {"enum": types},
                },
            },
            "example": example(kinds[0]),
        }},
    })
}

fn example(kind: Kind) -> Value {
    let mut example = json!({
        "type": format!("/problems/{}", kind.code()),
        "title": kind.title(),
        "status": kind.status(),
        "detail": "what was wrong, and what would be right",
        "instance": "/v1/jobs",
        "code": kind.code(),
    });
    if kind == Kind::Invalid {
        let detail = "expected a whole number from 1 to 65535, not 0";
        example["detail"] = detail.into();
        example["errors"] = json!([{"pointer": "/steps/0/width", "detail": detail}]);
    }
    example
}

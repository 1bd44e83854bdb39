//! What is answered when something is wrong: for each status, the kinds of problems it may be.

use std::collections::{BTreeMap, BTreeSet};

use axum::http::header;
use filittle_common::problem::Kind;
use serde_json::{Map, Value, json};

use super::super::prefer;
use super::headers;

/// How problems are told besides.
#[derive(Clone, Copy, Default)]
pub(super) struct Manner {
    /// Of a job, which is linked.
    pub(super) of_job: bool,
    /// As a page, when a browser asks.
    pub(super) for_people: bool,
    /// Of tries that are counted, which is told.
    pub(super) counted: bool,
}

/// The answers of problems, each set of kinds written once.
#[derive(Default)]
pub(super) struct Problems(Map<String, Value>);

impl Problems {
    /// The answers of these kinds, by their status.
    pub(super) fn answers(&mut self, kinds: &[Kind], manner: Manner) -> Vec<(String, Value)> {
        let mut by_status: BTreeMap<u16, BTreeSet<usize>> = BTreeMap::new();
        for (place, kind) in Kind::ALL.iter().enumerate() {
            if kinds.contains(kind) {
                by_status.entry(kind.status()).or_default().insert(place);
            }
        }
        let of_status = by_status.into_iter().map(|(status, places)| {
            let kinds: Vec<Kind> = places.into_iter().map(|place| Kind::ALL[place]).collect();
            let of_job = if manner.of_job { "-of-job" } else { "" };
            let for_people = if manner.for_people { "-for-people" } else { "" };
            let counted = if manner.counted { "-counted" } else { "" };
            let codes = codes(&kinds).join("-");
            let name = format!("{status}-{codes}{of_job}{for_people}{counted}");
            let answer = json!({"$ref": format!("#/components/responses/{name}")});
            self.0
                .entry(name)
                .or_insert_with(|| rendered(status, &kinds, manner));
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

fn rendered(status: u16, kinds: &[Kind], manner: Manner) -> Value {
    let titles: Vec<String> = (kinds.iter())
        .map(|kind| format!("`{}`: {}", kind.code(), kind.title()))
        .collect();
    let types: Vec<String> = (kinds.iter())
        .map(|kind| format!("/problems/{}", kind.code()))
        .collect();
    let mut always = vec![headers::REQUEST_ID, headers::TRACE];
    let mut sometimes = Vec::new();
    if manner.for_people {
        always.extend([header::VARY, header::REFERRER_POLICY]);
    }
    if manner.of_job {
        sometimes.extend([
            header::LINK,
            prefer::APPLIED,
            headers::RATE_LIMIT,
            headers::RATE_LIMIT_POLICY,
        ]);
    }
    if manner.counted {
        sometimes.extend([headers::RATE_LIMIT, headers::RATE_LIMIT_POLICY]);
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
    let mut answer = json!({
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
    });
    if manner.for_people {
        answer["content"]["text/html; charset=utf-8"] = json!({"schema": {"type": "string"}});
    }
    answer
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

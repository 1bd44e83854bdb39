//! The body of a submit, read field by field so that every mistake is found at once.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use chrono::{DateTime, SubsecRound, TimeDelta, Utc};
use filittle_steps::{Mistake, Step};
use schemars::JsonSchema;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::accounts::rules;
use crate::config::{Config, Limits};
use crate::domain::{Notify, Priority};
use crate::ids::FileId;

/// Bytes of a job's name.
pub const NAME_BYTES: usize = 255;
/// Texts in its metadata,
pub const METADATA_KEYS: usize = 50;
/// bytes of the key of one,
pub const KEY_BYTES: usize = 64;
/// and bytes of the text itself.
pub const VALUE_BYTES: usize = 500;
/// How often it may fail.
pub const MAX_ATTEMPTS: i32 = 25;
/// The longest time that it may be kept, and the farthest that it may be put off.
pub const YEAR_SECONDS: i64 = 365 * 24 * 3600;

/// Where the inputs of a job come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sources {
    /// The body names files.
    Named,
    /// So many came with the body, which says nothing of them.
    Uploaded(usize),
}

const FIELDS: [&str; 10] = [
    "inputs",
    "steps",
    "name",
    "metadata",
    "priority",
    "not_before",
    "max_attempts",
    "keep_seconds",
    "keep",
    "notify",
];

/// How an input is named.
#[derive(JsonSchema)]
#[schemars(inline, deny_unknown_fields)]
#[expect(
    dead_code,
    reason = "it is here for its schema; the input is read field by field"
)]
struct Named {
    /// The id of a file.
    file: FileId,
}

/// A value of the metadata.
#[derive(JsonSchema)]
#[schemars(inline)]
#[expect(dead_code, reason = "it is here for its schema")]
struct Text(#[schemars(length(max = VALUE_BYTES))] String);

/// A body without mistakes.
#[derive(Debug, JsonSchema)]
#[schemars(rename = "JobOrder", deny_unknown_fields)]
pub struct Order {
    /// The files to work on, one at least; `GET /v1/limits` tells how many at most.
    #[schemars(with = "Vec<Named>", length(min = 1))]
    pub(super) inputs: Vec<FileId>,
    /// What to do with them, in this order; `GET /v1/limits` tells how many at most.
    #[schemars(length(min = 1))]
    pub(super) steps: Vec<Step>,
    /// For people.
    #[schemars(length(max = NAME_BYTES), regex(pattern = rules::NO_CONTROLS))]
    pub(super) name: Option<String>,
    /// For programs: texts by their keys.
    #[schemars(default, with = "Option<BTreeMap<String, Text>>", extend("maxProperties" = METADATA_KEYS, "propertyNames" = {"maxLength": KEY_BYTES}))]
    pub(super) metadata: Map<String, Value>,
    /// Among the jobs of one owner, and beside others'.
    #[schemars(default, with = "Option<Priority>")]
    pub(super) priority: Priority,
    /// It does not begin before this time, which is at most a year away.
    pub(super) not_before: Option<DateTime<Utc>>,
    /// How often it is tried when a fault of the service ends an attempt; 3 when nothing is said.
    #[schemars(default, with = "Option<i32>", range(min = 1, max = MAX_ATTEMPTS))]
    pub(super) max_attempts: i32,
    /// How long the ended job and its outputs stay; `GET /v1/limits` tells how long when nothing is
    /// said.
    #[schemars(default, with = "Option<i64>", range(min = 1, max = YEAR_SECONDS))]
    pub(super) keep_seconds: i64,
    /// Whether outputs also become files, which stay.
    #[schemars(default, with = "Option<bool>")]
    pub(super) keep: bool,
    /// Who is told of the end.
    #[schemars(default, with = "Option<Notify>")]
    pub(super) notify: Notify,
}

impl Order {
    pub(super) fn parse(
        body: &Value,
        sources: Sources,
        config: &Config,
        now: DateTime<Utc>,
    ) -> Result<Self, Vec<Mistake>> {
        let Some(fields) = body.as_object() else {
            return Err(vec![mistake("", "the body must be a JSON object")]);
        };
        let mut reader = Reader {
            fields,
            limits: &config.limits,
            mistakes: Vec::new(),
        };
        reader.refuse_unknown();
        let order = Self {
            inputs: reader.inputs(sources),
            steps: reader.steps(),
            name: reader.name(),
            metadata: reader.metadata(),
            priority: reader
                .read("priority", "one of high, normal, low")
                .unwrap_or_default(),
            not_before: reader.not_before(now),
            max_attempts: reader.number("max_attempts", 1, MAX_ATTEMPTS.into(), 3),
            keep_seconds: reader.number("keep_seconds", 1, YEAR_SECONDS, config.keep_seconds),
            keep: reader.read("keep", "true or false").unwrap_or_default(),
            notify: reader.notify(),
        };
        reader.check_inputs(&order.steps, sources);
        if reader.mistakes.is_empty() {
            Ok(order)
        } else {
            Err(reader.mistakes)
        }
    }
}

struct Reader<'b> {
    fields: &'b Map<String, Value>,
    limits: &'b Limits,
    mistakes: Vec<Mistake>,
}

impl Reader<'_> {
    fn wrong(&mut self, pointer: impl Into<String>, detail: impl Into<String>) {
        self.mistakes.push(mistake(pointer, detail));
    }

    fn refuse_unknown(&mut self) {
        for name in self
            .fields
            .keys()
            .filter(|name| !FIELDS.contains(&name.as_str()))
        {
            self.mistakes.push(mistake(
                format!("/{}", token(name)),
                format!("there is no such field; there are {}", FIELDS.join(", ")),
            ));
        }
    }

    /// A field that serde can read; absent and null are the same.
    fn read<T: DeserializeOwned>(&mut self, name: &str, right: &str) -> Option<T> {
        let value = self.fields.get(name).filter(|value| !value.is_null())?;
        let read = T::deserialize(value).ok();
        if read.is_none() {
            self.wrong(format!("/{name}"), format!("must be {right}"));
        }
        read
    }

    fn number<T: TryFrom<i64> + Default>(
        &mut self,
        name: &str,
        least: i64,
        most: i64,
        default: i64,
    ) -> T {
        let right = format!("a whole number from {least} to {most}");
        let number: i64 = self.read(name, &right).unwrap_or(default);
        if !(least..=most).contains(&number) {
            self.wrong(format!("/{name}"), format!("must be {right}"));
        }
        T::try_from(number).unwrap_or_default()
    }

    fn inputs(&mut self, sources: Sources) -> Vec<FileId> {
        if matches!(sources, Sources::Uploaded(_)) {
            if self.fields.contains_key("inputs") {
                self.wrong("/inputs", "the file parts are the inputs; leave this out");
            }
            return Vec::new();
        }
        let Some(inputs) = self.fields.get("inputs").and_then(Value::as_array) else {
            self.wrong(
                "/inputs",
                "must be a list such as [{\"file\": \"<id of a file>\"}]",
            );
            return Vec::new();
        };
        let most = self.limits.inputs;
        if inputs.is_empty() || inputs.len() > most {
            self.wrong("/inputs", format!("must hold 1 to {most} inputs"));
            return Vec::new();
        }
        let mut ids = Vec::with_capacity(inputs.len());
        for (index, input) in inputs.iter().enumerate() {
            ids.extend(self.input(&format!("/inputs/{index}"), input));
        }
        ids
    }

    /// Whether the inputs that steps name are there, once all else about both is right.
    fn check_inputs(&mut self, steps: &[Step], sources: Sources) {
        let inputs = match sources {
            Sources::Uploaded(count) => Some(count),
            Sources::Named => {
                let named = self.fields.get("inputs").and_then(Value::as_array);
                named
                    .map(Vec::len)
                    .filter(|count| *count <= self.limits.inputs)
            }
        };
        if let Some(inputs) = inputs {
            let mistakes = filittle_steps::check_inputs(steps, inputs, "/steps");
            self.mistakes.extend(mistakes);
        }
    }

    /// One input: an object with the id of a file, and nothing else.
    fn input(&mut self, pointer: &str, input: &Value) -> Option<FileId> {
        let Some(fields) = input.as_object() else {
            self.wrong(
                pointer,
                "must be an object such as {\"file\": \"<id of a file>\"}",
            );
            return None;
        };
        for name in fields.keys().filter(|name| *name != "file") {
            let detail = match name.as_str() {
                "url" => "this build takes no inputs by URL; upload the file and name its id",
                _ => "there is no such field; an input has file",
            };
            self.wrong(format!("{pointer}/{}", token(name)), detail);
        }
        let file = fields
            .get("file")
            .and_then(|file| FileId::deserialize(file).ok());
        if file.is_none() && !fields.contains_key("url") {
            self.wrong(format!("{pointer}/file"), "must be the id of a file");
        }
        file
    }

    fn steps(&mut self) -> Vec<Step> {
        let steps = self.fields.get("steps").unwrap_or(&Value::Null);
        filittle_steps::parse_at_most(self.limits.steps, steps, "/steps").unwrap_or_else(
            |mistakes| {
                self.mistakes.extend(mistakes);
                Vec::new()
            },
        )
    }

    fn name(&mut self) -> Option<String> {
        let name: String = self.read("name", "a text")?;
        if name.len() > NAME_BYTES || name.chars().any(char::is_control) {
            self.wrong(
                "/name",
                format!("at most {NAME_BYTES} bytes, without control characters"),
            );
        }
        Some(name)
    }

    fn metadata(&mut self) -> Map<String, Value> {
        let metadata: Map<String, Value> = self
            .read("metadata", "an object of texts")
            .unwrap_or_default();
        if metadata.len() > METADATA_KEYS {
            self.wrong("/metadata", format!("has at most {METADATA_KEYS} keys"));
        }
        for (key, value) in metadata.iter().take(METADATA_KEYS) {
            let fits = key.len() <= KEY_BYTES
                && value
                    .as_str()
                    .is_some_and(|text| text.len() <= VALUE_BYTES && !text.contains('\0'))
                && !key.contains('\0');
            if !fits {
                self.wrong(
                    format!("/metadata/{}", token(key)),
                    format!(
                        "a key of at most {KEY_BYTES} bytes with a text of at most {VALUE_BYTES}"
                    ),
                );
            }
        }
        metadata
    }

    fn not_before(&mut self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let right = "a time such as 2030-01-31T12:00:00Z";
        let time: DateTime<Utc> = self.read("not_before", right)?;
        if time > now + TimeDelta::seconds(YEAR_SECONDS) {
            self.wrong("/not_before", "at most a year from now");
        }
        Some(time.trunc_subsecs(6))
    }

    fn notify(&mut self) -> Notify {
        let Some(notify) = self.fields.get("notify").filter(|value| !value.is_null()) else {
            return Notify::default();
        };
        let mut notify = notify.clone();
        let members = notify.as_object_mut();
        if members.is_some_and(|members| members.remove("webhooks").is_some()) {
            self.wrong("/notify/webhooks", "this build has no webhooks");
        }
        Notify::deserialize(notify).unwrap_or_else(|_| {
            self.wrong("/notify", "must be {\"email\": true} or {\"email\": false}");
            Notify::default()
        })
    }
}

fn mistake(pointer: impl Into<String>, detail: impl Into<String>) -> Mistake {
    Mistake {
        pointer: pointer.into(),
        detail: detail.into(),
    }
}

/// The name of a field as part of a JSON pointer (RFC 6901); no longer than a name may be.
fn token(name: &str) -> String {
    let short: String = name.chars().take(KEY_BYTES).collect();
    short.replace('~', "~0").replace('/', "~1")
}

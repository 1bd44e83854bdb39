//! Bodies of JSON, in. All that is wrong with one is told at once, each with its pointer.

use std::collections::BTreeSet;

use axum::extract::{FromRequest, Request};
use axum::http::HeaderMap;
use axum::http::header::CONTENT_TYPE;
use bytes::Bytes;
use filittle_common::app::against_rules;
use filittle_common::problem::Kind;
use filittle_steps::Mistake;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use serde_path_to_error::Segment;
use validator::Validate;

use super::Api;
use super::fields::fields_of;
use super::pace::{announced, paced};
use super::problem::{Refusal, Result, mistake, pointer};
use super::unique::Unique;

/// No body of JSON needs more; files are sent otherwise.
pub(super) const MAX_BYTES: usize = 1 << 20;

/// A body of JSON as it came.
pub(super) struct AnyJson(pub(super) Value);

/// A body of JSON as a `T`, which has nothing but named fields.
pub(super) struct FromJson<T>(pub(super) T);

impl FromRequest<Api> for AnyJson {
    type Rejection = Refusal;

    async fn from_request(request: Request, _: &Api) -> Result<Self> {
        must_be_json(request.headers())?;
        let bytes = read(request).await?;
        read_value(&bytes).map(Self)
    }
}

impl AnyJson {
    /// As a `T`, which has nothing but named fields.
    pub(super) fn read_as<T: DeserializeOwned + Validate>(self) -> Result<T> {
        parse(self.0).map_err(Refusal::invalid)
    }

    /// The same bytes for all bodies that mean the same.
    pub(super) fn canonical(&self) -> Vec<u8> {
        // The members of an object stand in the order of their names.
        self.0.to_string().into_bytes()
    }
}

/// JSON, of a body or of a part of a form.
pub(super) fn read_value(bytes: &[u8]) -> Result<Value> {
    serde_json::from_slice(bytes)
        .map(|Unique(value)| value)
        .map_err(|error| Refusal::of(Kind::BadRequest, format!("this is not JSON: {error}")))
}

impl<T: DeserializeOwned + Validate> FromRequest<Api> for FromJson<T> {
    type Rejection = Refusal;

    async fn from_request(request: Request, api: &Api) -> Result<Self> {
        AnyJson::from_request(request, api)
            .await?
            .read_as()
            .map(Self)
    }
}

/// curl's habit is to call everything a form, and that is not held against it.
fn must_be_json(headers: &HeaderMap) -> Result<()> {
    let Some(essence) = essence(headers) else {
        return Ok(());
    };
    let taken = [
        "application/x-www-form-urlencoded",
        "application/octet-stream",
        "text/plain",
    ];
    if is_json(headers) || taken.contains(&essence.as_str()) {
        return Ok(());
    }
    Err(Refusal::of(
        Kind::UnsupportedMediaType,
        "send the body as application/json",
    ))
}

/// Whether a body is said to be JSON.
pub(super) fn is_json(headers: &HeaderMap) -> bool {
    essence(headers)
        .is_some_and(|essence| essence == "application/json" || essence.ends_with("+json"))
}

/// What a body is said to be, without parameters.
fn essence(headers: &HeaderMap) -> Option<String> {
    let text = headers.get(CONTENT_TYPE)?.to_str().unwrap_or_default();
    let essence = text.split(';').next().unwrap_or_default();
    Some(essence.trim().to_ascii_lowercase())
}

async fn read(request: Request) -> Result<Bytes> {
    if announced(request.headers()).is_some_and(|size| size > MAX_BYTES as u64) {
        return Err(too_large());
    }
    let body = Limited::new(paced(request.into_body()), MAX_BYTES);
    match body.collect().await {
        Ok(collected) => Ok(collected.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(too_large()),
        Err(error) => Err(Refusal::of(
            Kind::BadRequest,
            format!("the body was cut off: {error}"),
        )),
    }
}

fn too_large() -> Refusal {
    Refusal::of(
        Kind::TooLarge,
        format!("a body of JSON has at most {MAX_BYTES} bytes"),
    )
}

/// serde ends at the first mistake. So what is wrong is taken away, what is missing is stood in for,
/// and the rest is looked at again.
fn parse<T: DeserializeOwned + Validate>(value: Value) -> Result<T, Vec<Mistake>> {
    let Value::Object(mut members) = value else {
        return Err(vec![mistake("", "must be an object")]);
    };
    let mut mistakes = take_unknown(&mut members, fields_of::<T>());
    let mut wrong = BTreeSet::new();
    loop {
        match serde_path_to_error::deserialize::<_, T>(Value::Object(members.clone())) {
            // Whether it keeps its rules is looked at when it is to be done.
            Ok(parsed) if mistakes.is_empty() => return Ok(parsed),
            Ok(parsed) => {
                let others = against_rules(&parsed).into_iter();
                mistakes.extend(others.filter(|it| !wrong.contains(member_of(it))));
                break;
            }
            Err(error) => {
                let found = of_serde(&error);
                let member = member_of(&found).to_owned();
                let is_new = wrong.insert(member.clone());
                if is_new {
                    mistakes.push(found);
                }
                match (is_new, members.remove(&member)) {
                    (true, Some(_)) => {}
                    // Nearly all that must be there is a text.
                    (_, None) => drop(members.insert(member, Value::from("stand-in"))),
                    (false, Some(_)) => break,
                }
            }
        }
    }
    mistakes.sort_by(|a, b| a.pointer.cmp(&b.pointer));
    Err(mistakes)
}

/// The member of the body that a mistake is about.
fn member_of(mistake: &Mistake) -> &str {
    let path = mistake.pointer.strip_prefix('/').unwrap_or_default();
    path.split('/').next().unwrap_or_default()
}

fn take_unknown(members: &mut Map<String, Value>, known: &[&str]) -> Vec<Mistake> {
    let unknown: Vec<String> = members
        .keys()
        .filter(|name| !known.contains(&name.as_str()))
        .cloned()
        .collect();
    unknown
        .into_iter()
        .map(|name| {
            members.remove(&name);
            mistake(
                pointer(&clipped(&name)),
                format!("is not known here; there are {}", known.join(", ")),
            )
        })
        .collect()
}

/// An answer does not grow with a bad request.
fn clipped(name: &str) -> String {
    name.chars().take(64).collect()
}

/// serde tells the path to what is there, and what is missing in its message only.
fn of_serde(error: &serde_path_to_error::Error<serde_json::Error>) -> Mistake {
    let message = error.inner().to_string();
    let missing = message
        .strip_prefix("missing field `")
        .and_then(|rest| rest.split('`').next());
    let path: String = error.path().iter().map(segment).collect();
    match missing {
        Some(name) => mistake(format!("{path}{}", pointer(name)), "is missing"),
        None => mistake(path, plain(message)),
    }
}

/// Without the words of the libraries that read times and choices.
fn plain(message: String) -> String {
    let of_times = [
        "input contains invalid characters",
        "premature end of input",
        "trailing input",
        "input is out of range",
        "no possible date and time matching input",
    ];
    if of_times.contains(&message.as_str()) {
        return "must be a time such as 2099-01-01T00:00:00Z".into();
    }
    match message.split_once(", expected ") {
        Some((start, choices)) if start.starts_with("unknown variant") => {
            format!("must be {}", choices.trim_start_matches("one of "))
        }
        _ => message,
    }
}

fn segment(segment: &Segment) -> String {
    match segment {
        Segment::Seq { index } => format!("/{index}"),
        Segment::Map { key } => pointer(key),
        Segment::Enum { .. } | Segment::Unknown => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;
    use serde_json::json;

    use super::*;

    #[derive(Debug, Deserialize, Validate)]
    #[serde(deny_unknown_fields)]
    struct Body {
        name: String,
        #[validate(length(max = 2, message = "at most two"))]
        #[serde(default)]
        tags: Vec<String>,
    }

    #[derive(Debug, Deserialize, Validate)]
    #[expect(dead_code, reason = "only whether it can be read is looked at")]
    #[serde(deny_unknown_fields)]
    struct Strict {
        email: String,
        password: String,
        age: u8,
    }

    fn mistakes(value: Value) -> Vec<(String, String)> {
        parse::<Body>(value)
            .unwrap_err()
            .into_iter()
            .map(|mistake| (mistake.pointer, mistake.detail))
            .collect()
    }

    #[test]
    fn a_right_body_is_read() {
        let body: Body = parse(json!({"name": "a", "tags": ["b"]})).unwrap();
        assert_eq!(
            (body.name.as_str(), body.tags.as_slice()),
            ("a", &["b".to_owned()][..])
        );
    }

    #[test]
    fn all_unknown_members_are_named_beside_what_is_missing() {
        let told = mistakes(json!({"x/y": 1, "role": "admin"}));
        let pointers: Vec<_> = told.iter().map(|(pointer, _)| pointer.as_str()).collect();
        assert_eq!(pointers, ["/name", "/role", "/x~1y"]);
        assert_eq!(told[0].1, "is missing");
        assert_eq!(told[1].1, "is not known here; there are name, tags");
    }

    #[test]
    fn all_that_is_wrong_is_told_at_once_and_once() {
        let pointers = |value| -> Vec<String> {
            mistakes(value)
                .into_iter()
                .map(|(pointer, _)| pointer)
                .collect()
        };
        let three = json!(["a", "b", "c"]);
        let several = json!({"name": 5, "tags": "x", "role": 1});
        assert_eq!(pointers(several), ["/name", "/role", "/tags"]);
        assert_eq!(pointers(json!({"tags": three})), ["/name", "/tags"]);
        let wrong = json!({"name": ["x"], "tags": three});
        assert_eq!(pointers(wrong), ["/name", "/tags"]);
        let strict = parse::<Strict>(json!({"email": 1})).unwrap_err();
        let strict: Vec<_> = strict.iter().map(|it| it.pointer.as_str()).collect();
        assert_eq!(strict, ["/age", "/email", "/password"]);
        let strict = parse::<Strict>(json!({"email": "e", "password": "p", "age": "x"}));
        assert_eq!(strict.unwrap_err().len(), 1);
    }

    #[test]
    fn a_wrong_type_is_told_with_its_place() {
        let told = mistakes(json!({"name": "a", "tags": ["b", 5]}));
        assert_eq!(told[0].0, "/tags/1");
        assert_eq!(mistakes(json!([1]))[0].1, "must be an object");
    }
}

//! Whether an answer is one that the document tells of.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex};

use filittle_api::openapi;
use jsonschema::{Registry, Validator};
use reqwest::Method;
use serde_json::{Value, json};

use crate::answer::Answer;

/// What the first page is made of: the document leaves it out, and says so.
pub(super) const OF_THE_PAGE: &str = "/page/";

/// What a client relies on; other fields of a head need not be written down.
const TOLD: [&str; 13] = [
    "accept-ranges",
    "content-digest",
    "content-disposition",
    "content-location",
    "content-range",
    "etag",
    "link",
    "location",
    "preference-applied",
    "ratelimit",
    "ratelimit-policy",
    "retry-after",
    "www-authenticate",
];

/// The operation of a request, and the path that it is written under.
pub(super) fn operation(method: &Method, path: &str) -> Option<(&'static Value, String)> {
    let place = path_of(path)?;
    let name = if *method == Method::HEAD {
        "get".to_owned()
    } else {
        method.as_str().to_lowercase()
    };
    let operation = openapi()["paths"][&place].get(&name)?;
    Some((operation, format!("/paths/{}/{name}", escaped(&place))))
}

/// The path of the document that matches, with as few parameters as can be.
fn path_of(path: &str) -> Option<String> {
    let paths = openapi()["paths"].as_object().unwrap();
    let matching = paths.keys().filter(|template| matches(template, path));
    matching
        .min_by_key(|template| template.matches('{').count())
        .cloned()
}

fn matches(template: &str, path: &str) -> bool {
    let (template, path): (Vec<_>, Vec<_>) =
        (template.split('/').collect(), path.split('/').collect());
    template.len() == path.len()
        && (template.iter().zip(&path))
            .all(|(part, real)| part == real || part.starts_with('{') && !real.is_empty())
}

/// Fails when the document does not tell of this answer: of its status, its type, the fields of its
/// head, or the form of its body.
pub(crate) fn check(method: &Method, answer: &Answer) {
    let (path, status) = (&answer.path, answer.status);
    let what = format!("{method} {path} answers {status}");
    if path.starts_with(OF_THE_PAGE) && matches!(status, 200 | 304) {
        return;
    }
    let Some((operation, place)) = operation(method, path) else {
        let right = if path_of(path).is_some() { 405 } else { 404 };
        assert_eq!(status, right, "{what}, and nothing is written of it");
        return;
    };
    let (told, place) = resolved(&operation["responses"][status.to_string()], || {
        format!("{place}/responses/{status}")
    });
    assert!(told.is_object(), "{what}, which is not written");
    check_head(&what, told, answer);
    let content_type = answer.header("content-type");
    if content_type.is_empty() {
        assert!(answer.body.is_empty(), "{what} with a body of no type");
        return;
    }
    let forms = told["content"].as_object();
    let forms = forms.unwrap_or_else(|| panic!("{what} with a body, of which nothing is written"));
    let form = ["*/*"]
        .into_iter()
        .chain([content_type])
        .rfind(|form| forms.contains_key(*form));
    let form = form.unwrap_or_else(|| panic!("{what} as {content_type}, which is not written"));
    if content_type.ends_with("json") && !answer.body.is_empty() {
        let place = format!("{place}/content/{}/schema", escaped(form));
        check_body(&what, &place, &answer.json());
    }
}

fn check_head(what: &str, told: &'static Value, answer: &Answer) {
    let fields = told["headers"].as_object().unwrap();
    for name in TOLD {
        let is_there = answer.headers.contains_key(name);
        assert!(
            !is_there || fields.contains_key(name),
            "{what} with {name}, which is not written"
        );
    }
    for (name, field) in fields {
        let (field, _) = resolved(field, String::new);
        let value = answer.header(name);
        assert!(
            !value.is_empty() || field.get("required").is_none(),
            "{what} without {name}, which is always there as it is written"
        );
        if !value.is_empty()
            && let Some(pattern) = field["schema"].get("pattern")
        {
            let schema = json!({"pattern": pattern});
            assert!(
                jsonschema::is_valid(&schema, &value.into()),
                "{what} with {name}: {value}"
            );
        }
    }
}

/// A body has the form that is written, and no member that is not.
pub(super) fn check_body(what: &str, place: &str, body: &Value) {
    let validator = validator(place);
    let wrong: Vec<String> = (validator.iter_errors(body))
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect();
    assert!(
        wrong.is_empty(),
        "{what}, not as {place} has it: {wrong:#?} in {body:#}"
    );
}

/// The validators of what was looked at before.
type Known = Mutex<HashMap<String, Arc<Validator>>>;

fn validator(place: &str) -> Arc<Validator> {
    static KNOWN: LazyLock<Known> = LazyLock::new(Known::default);
    static CLOSED: LazyLock<Registry<'static>> = LazyLock::new(|| {
        let mut document = openapi().clone();
        close(&mut document);
        let registry = Registry::new().add("urn:openapi", document).unwrap();
        registry.prepare().unwrap()
    });
    let mut known = KNOWN.lock().unwrap();
    let make = || {
        let schema = json!({"$ref": format!("urn:openapi#{place}")});
        let options = jsonschema::options();
        let made = options
            .should_validate_formats(true)
            .with_registry(&CLOSED)
            .build(&schema);
        Arc::new(made.unwrap_or_else(|error| panic!("{place}: {error}")))
    };
    known.entry(place.to_owned()).or_insert_with(make).clone()
}

/// A client must bear members that it does not know, so the document allows them. These tests do not.
fn close(value: &mut Value) {
    match value {
        Value::Object(members) => {
            members.values_mut().for_each(close);
            let is_object = members.get("type").is_some_and(|it| it == "object");
            if is_object
                && members.contains_key("properties")
                && !members.contains_key("additionalProperties")
            {
                members
                    .entry("unevaluatedProperties")
                    .or_insert(false.into());
            }
        }
        Value::Array(items) => items.iter_mut().for_each(close),
        _ => {}
    }
}

fn resolved(value: &'static Value, place: impl FnOnce() -> String) -> (&'static Value, String) {
    match value.get("$ref").and_then(Value::as_str) {
        Some(to) => {
            let to = to.strip_prefix('#').unwrap();
            (openapi().pointer(to).unwrap(), to.to_owned())
        }
        None => (value, place()),
    }
}

/// As a part of a pointer in a URI.
pub(super) fn escaped(name: &str) -> String {
    let pointer = name.replace('~', "~0").replace('/', "~1");
    pointer
        .replace('{', "%7B")
        .replace('}', "%7D")
        .replace(' ', "%20")
}

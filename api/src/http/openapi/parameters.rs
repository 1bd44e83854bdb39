//! Parameters of paths and queries.

use filittle_steps::{Kind, Op, Param};
use serde_json::{Value, json};

use super::examples;

/// The id of a thing in the path.
pub(super) fn id(name: &str, of: &str) -> Value {
    json!({
        "name": name, "in": "path", "required": true,
        "description": format!("The id of {of}"),
        "schema": {"type": "string", "format": "uuid"},
        "example": examples::ID,
    })
}

/// Which of the outputs, in the path.
pub(super) fn number() -> Value {
    json!({
        "name": "n", "in": "path", "required": true,
        "description": "Which of the outputs, from 0",
        "schema": {"type": "integer", "minimum": 0, "maximum": u32::MAX},
        "example": 0,
    })
}

/// A signed token in the path.
pub(super) fn token(about: &str) -> Value {
    json!({
        "name": "token", "in": "path", "required": true, "description": about,
        "schema": {"type": "string", "minLength": 1},
        "example": "a-signed-token",
    })
}

/// A parameter of the query.
pub(super) fn query(name: &str, about: &str, schema: Value) -> Value {
    let mut parameter = json!({"name": name, "in": "query", "description": about});
    parameter["schema"] = schema;
    parameter
}

/// A text in the query.
pub(super) fn text(name: &str, about: &str) -> Value {
    query(name, about, json!({"type": "string"}))
}

/// Which part of a list.
pub(super) fn page() -> [Value; 2] {
    [
        query(
            "limit",
            "How many at most",
            json!({"type": "integer", "minimum": 1, "maximum": 100, "default": 20}),
        ),
        query(
            "cursor",
            "`next_cursor` of the part before",
            json!({"type": "string", "pattern": "^[A-Za-z0-9_-]{21}[AQgw]$"}),
        ),
    ]
}

/// The parameters of a step in the query of its shortcut, as its table has them.
pub(super) fn of_step(op: &Op) -> impl Iterator<Item = Value> {
    let needs = op.needs;
    op.params.iter().map(move |param| of_param(param, needs))
}

fn of_param(param: &Param, needs: &[&[&str]]) -> Value {
    let mut parameter = json!({
        "name": param.name, "in": "query", "description": param.about, "schema": param.schema(),
    });
    if needs.contains(&[param.name].as_slice()) {
        parameter["required"] = true.into();
    }
    if matches!(param.kind, Kind::Colors { .. }) {
        // `fa0,fff`, not a parameter for each.
        parameter["style"] = "form".into();
        parameter["explode"] = false.into();
    }
    parameter
}

//! What the document shows as an example is right.

use filittle_api::openapi;
use serde_json::Value;

use super::contract::{check_body, escaped};

#[test]
fn every_example_of_a_body_has_the_form_that_is_written_beside_it() {
    let mut seen = 0;
    walk(openapi(), "", &mut seen);
    assert!(seen > 50, "{seen}");
}

/// Wherever a schema and an example stand together.
fn walk(value: &Value, place: &str, seen: &mut usize) {
    match value {
        Value::Object(members) => {
            if let (Some(_), Some(example)) = (members.get("schema"), members.get("example")) {
                check_body("an example", &format!("{place}/schema"), example);
                *seen += 1;
            }
            for (name, value) in members {
                walk(value, &format!("{place}/{}", escaped(name)), seen);
            }
        }
        Value::Array(items) => {
            for (index, value) in items.iter().enumerate() {
                walk(value, &format!("{place}/{index}"), seen);
            }
        }
        _ => {}
    }
}

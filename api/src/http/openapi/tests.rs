use std::collections::BTreeSet;

use serde_json::Value;

use super::*;

fn operations() -> impl Iterator<Item = (String, &'static Value)> {
    let paths = openapi()["paths"].as_object().unwrap();
    paths.iter().flat_map(|(path, item)| {
        let methods = item.as_object().unwrap().iter();
        methods.map(move |(method, operation)| (format!("{method} {path}"), operation))
    })
}

#[test]
fn every_operation_says_what_it_is_and_has_a_name_of_its_own() {
    let mut ids = BTreeSet::new();
    for (name, operation) in operations() {
        for member in ["operationId", "summary"] {
            let text = operation[member].as_str();
            assert!(
                text.is_some_and(|text| !text.is_empty()),
                "{name}: {member}"
            );
        }
        let id = operation["operationId"].as_str().unwrap();
        assert!(ids.insert(id), "{name}: {id} is another operation, too");
        assert!(
            !operation["tags"][0].as_str().unwrap().is_empty(),
            "{name}: tag"
        );
        let is_reserved = operation["summary"]
            .as_str()
            .unwrap()
            .starts_with("Reserved");
        let statuses = operation["responses"].as_object().unwrap();
        assert!(
            is_reserved || statuses.keys().any(|status| status.starts_with('2')),
            "{name}"
        );
    }
}

#[test]
fn every_part_of_a_path_is_described() {
    for (name, operation) in operations() {
        let described: BTreeSet<&str> = operation["parameters"]
            .as_array()
            .into_iter()
            .flatten()
            .filter(|parameter| parameter["in"] == "path")
            .map(|parameter| parameter["name"].as_str().unwrap())
            .collect();
        let parts: BTreeSet<&str> = name
            .split('/')
            .filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
            .collect();
        assert_eq!(described, parts, "{name}");
    }
}

#[test]
fn every_reference_leads_somewhere() {
    fn walk(value: &Value, seen: &mut usize) {
        match value {
            Value::Object(members) => {
                if let Some(Value::String(to)) = members.get("$ref") {
                    let place = to.strip_prefix('#').unwrap();
                    assert!(openapi().pointer(place).is_some(), "{to}");
                    *seen += 1;
                }
                members.values().for_each(|value| walk(value, seen));
            }
            Value::Array(items) => items.iter().for_each(|value| walk(value, seen)),
            _ => {}
        }
    }
    let mut seen = 0;
    walk(openapi(), &mut seen);
    assert!(seen > 100, "{seen}");
}

//! JSON Schema of steps, made from the table: as they are asked for, and as they are kept.

use std::borrow::Cow;

use schemars::generate::Contract;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::{Map, Value, json};

use crate::{
    Color, CompressFormat, OPS, Op, Param, Step, devices,
    fields::{ID_PATTERN, LONGEST_ID},
    kind::Kind,
    source::SOURCE_PATTERN,
};

/// One of the ops. Where it is asked for, parameters with a default may be left out; where it is
/// shown, they are always there.
impl JsonSchema for Step {
    fn schema_name() -> Cow<'static, str> {
        "Step".into()
    }

    fn inline_schema() -> bool {
        // It has two forms, and a name stands for one.
        true
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let is_asked = matches!(generator.contract(), Contract::Deserialize);
        let ops: Vec<Value> = OPS.iter().map(|op| op.schema(is_asked)).collect();
        json_schema!({"description": "One step", "oneOf": ops})
    }
}

impl Op {
    fn schema(&self, is_asked: bool) -> Value {
        let mut properties = Map::from_iter([
            ("op".to_owned(), json!({"const": self.name})),
            ("id".to_owned(), id()),
            ("from".to_owned(), from()),
        ]);
        let params = self.params.iter();
        properties.extend(params.map(|param| (param.name.to_owned(), param.schema())));
        let mut schema = json!({
            "title": self.name,
            "description": self.about,
            "type": "object",
            "properties": properties,
            "required": self.required(is_asked),
            "additionalProperties": false,
        });
        let groups = self.needs.iter().filter(|group| group.len() > 1);
        let choices: Vec<Value> = groups
            .map(|group| {
                let one: Vec<Value> = group
                    .iter()
                    .map(|name| json!({"required": [name]}))
                    .collect();
                json!({"anyOf": one})
            })
            .collect();
        if !choices.is_empty() {
            schema["allOf"] = choices.into();
        }
        schema
    }

    fn required(&self, is_asked: bool) -> Vec<&str> {
        let single = self.needs.iter().filter(|group| group.len() == 1);
        let given = self
            .params
            .iter()
            .filter(|param| param.default.is_some() && !is_asked)
            .map(|param| param.name);
        ["op"]
            .into_iter()
            .chain(single.flat_map(|group| group.iter().copied()))
            .chain(given)
            .collect()
    }
}

impl Param {
    /// What it takes, with what it means and its default.
    pub fn schema(&self) -> Value {
        let mut schema = self.kind.schema();
        schema["description"] = self.about.into();
        if let Some(text) = self.default {
            schema["default"] = self.kind.json_of(text);
        }
        schema
    }
}

impl Kind {
    /// What it takes, in the words of JSON Schema where it has words for it.
    pub fn schema(self) -> Value {
        match self {
            Self::Integer { min, max } => {
                json!({"type": "integer", "minimum": min, "maximum": max})
            }
            Self::Choice { built, .. } => json!({"type": "string", "enum": built}),
            Self::Colors { min, max } => json!({
                "type": "array", "minItems": min, "maxItems": max, "uniqueItems": true,
                "items": Self::Color.schema(),
            }),
            Self::Color => json!({
                "type": "string", "format": "color", "pattern": color_pattern(),
            }),
            Self::Codes { most, max } => json!({
                "type": "array", "maxItems": most, "uniqueItems": true,
                "items": {"type": "integer", "minimum": 0, "maximum": max},
            }),
            Self::Part => json!({"type": "number", "minimum": 0, "maximum": 1}),
            Self::Device => {
                let names: Vec<&str> = devices::all().map(|device| device.name.as_str()).collect();
                json!({"type": "string", "enum": names})
            }
            Self::Bool => json!({"type": "boolean"}),
            Self::Text { max } => json!({"type": "string", "minLength": 1, "maxLength": max}),
            Self::Level => json!({"anyOf": [
                {"type": "string", "enum": ["fast", "balanced", "best"]},
                {"type": "integer", "minimum": 0, "maximum": CompressFormat::MOST_LEVELS},
            ]}),
        }
    }
}

/// Hexadecimal digits, or a name.
fn color_pattern() -> String {
    let names: Vec<&str> = Color::names().collect();
    let names = names.join("|");
    format!("^(#?([0-9A-Fa-f]{{3}}|[0-9A-Fa-f]{{6}})|{names})$")
}

fn from() -> Value {
    json!({
        "description": "What it works on, when that is not what the step before made: names of \
            steps before it, and inputs by their place as `input:0`",
        "type": "array", "minItems": 1, "uniqueItems": true,
        "items": {"type": "string", "maxLength": LONGEST_ID, "pattern": SOURCE_PATTERN},
    })
}

fn id() -> Value {
    json!({
        "type": "string", "minLength": 1, "maxLength": LONGEST_ID, "pattern": ID_PATTERN,
        "description": "The step's own name, unique in the job",
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse_step;

    fn step_of(op: &Op, names: &[&str]) -> Value {
        let mut step = json!({"op": op.name});
        for name in names {
            let kind = op.param(name).unwrap().kind;
            step[*name] = match kind {
                Kind::Choice { built, .. } => built[0].into(),
                Kind::Integer { min, .. } => min.into(),
                other => panic!("{name} is {other:?}"),
            };
        }
        step
    }

    #[test]
    fn what_an_op_needs_is_enough_and_nothing_less_is() {
        for op in OPS {
            let firsts: Vec<&str> = op.needs.iter().map(|group| group[0]).collect();
            parse_step(&step_of(op, &firsts), "").unwrap();
            for left_out in 0..firsts.len() {
                let mut fewer = firsts.clone();
                fewer.remove(left_out);
                assert!(parse_step(&step_of(op, &fewer), "").is_err(), "{}", op.name);
            }
            for name in op.needs.iter().copied().flatten() {
                assert!(op.param(name).is_some(), "{name}");
            }
        }
    }

    #[test]
    fn a_step_that_was_read_has_what_its_schema_requires_and_nothing_else() {
        for op in OPS {
            let firsts: Vec<&str> = op.needs.iter().map(|group| group[0]).collect();
            let step = parse_step(&step_of(op, &firsts), "").unwrap();
            let shown = serde_json::to_value(step).unwrap();
            for name in op.required(false) {
                assert!(shown.get(name).is_some(), "{name} of {}", op.name);
            }
            for name in shown.as_object().unwrap().keys() {
                assert!(
                    name == "op" || op.param(name).is_some(),
                    "{name} of {}",
                    op.name
                );
            }
        }
    }

    #[test]
    fn no_level_is_higher_than_the_schema_says() {
        let level = |number: u8| json!({"op": "compress", "format": "zstd", "level": number});
        assert!(parse_step(&level(CompressFormat::MOST_LEVELS), "").is_ok());
        assert!(parse_step(&level(CompressFormat::MOST_LEVELS + 1), "").is_err());
    }
}

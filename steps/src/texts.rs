use serde_json::{Map, Value};

use crate::{
    Mistake,
    mistake::{child, clip},
    parse::known_op,
};

/// The JSON of a step from texts, as flags of a command line or a query have them: numbers in
/// digits, colours as a list with commas, a flag with no text is true. Names may have dashes in
/// place of underscores.
///
/// Only the shape is made here; [`parse_step`](crate::parse_step) of the result finds wrong
/// values and unknown names. An error is an unknown op or a name given twice; pointers are
/// relative to the step.
pub fn from_texts(
    op: &str,
    texts: impl Iterator<Item = (String, String)>,
) -> Result<Value, Vec<Mistake>> {
    let name = Value::from(op);
    let op = known_op(Some(&name)).map_err(|detail| vec![Mistake::new("/op", detail)])?;
    let mut step = Map::from_iter([("op".to_owned(), name)]);
    let mut mistakes = Vec::new();
    for (name, text) in texts {
        let name = name.replace('-', "_");
        let value = match op.param(&name) {
            Some(param) => param.kind.json_of(&text),
            None => Value::from(text),
        };
        if step.contains_key(&name) {
            mistakes.push(Mistake::new(
                child("", &name),
                format!("{} twice", clip(&name)),
            ));
        }
        step.insert(name, value);
    }
    if mistakes.is_empty() {
        Ok(Value::Object(step))
    } else {
        Err(mistakes)
    }
}

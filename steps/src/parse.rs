use serde_json::Value;

use crate::{
    Compress, Convert, Decompress, Dither, MAX_STEPS, MAX_WAYS, Mistake, OPS, Resize, Step,
    chain::impossible,
    dither,
    fields::Fields,
    guess::guess,
    kind::shown,
    mistake::{child, clip},
    plan,
    source::unknown,
    table::{self, LATER_OPS, Op},
};

/// The most mistakes told at once, so that an answer stays small whatever was sent.
const MOST_MISTAKES: usize = 100;

/// Reads the whole list of steps of a job, 1 to [`MAX_STEPS`]. `pointer` is where the list stands
/// in the request, such as `/steps`. All mistakes come at once, at most a hundred.
pub fn parse(steps: &Value, pointer: &str) -> Result<Vec<Step>, Vec<Mistake>> {
    parse_at_most(MAX_STEPS, steps, pointer)
}

/// [`parse`] of a list of 1 to `most` steps.
pub fn parse_at_most(most: usize, steps: &Value, pointer: &str) -> Result<Vec<Step>, Vec<Mistake>> {
    let Some(list) = steps.as_array() else {
        let detail = format!("expected a list of steps, not {}", shown(steps));
        return Err(vec![Mistake::new(pointer, detail)]);
    };
    let mut mistakes = Vec::new();
    if list.is_empty() || list.len() > most {
        let detail = format!("expected 1 to {most} steps, not {}", list.len());
        mistakes.push(Mistake::new(pointer, detail));
    }
    let mut parsed = Vec::with_capacity(list.len().min(most));
    let mut is_before_known = true;
    for (index, step) in list.iter().take(most).enumerate() {
        let pointer = child(pointer, index);
        let op = step.get("op").and_then(Value::as_str);
        match parse_each(step, &pointer) {
            Ok(steps) => {
                for step in steps {
                    mistakes.extend(repeated_id(&parsed, &step, &pointer));
                    mistakes.extend(unknown(&parsed, &step, &pointer));
                    let named = op.unwrap_or_else(|| step.op());
                    if is_before_known || !step.from().is_empty() {
                        mistakes.extend(impossible(&parsed, &step, named, &pointer));
                    }
                    parsed.push(step);
                    is_before_known = true;
                }
            }
            Err(found) => {
                mistakes.extend(found);
                is_before_known = false;
            }
        }
    }
    if mistakes.is_empty() {
        mistakes.extend(too_many_ways(&parsed, pointer));
    }
    mistakes.truncate(MOST_MISTAKES);
    if mistakes.is_empty() {
        Ok(parsed)
    } else {
        Err(mistakes)
    }
}

/// Counted at the first step that has too many.
fn too_many_ways(steps: &[Step], pointer: &str) -> Option<Mistake> {
    let counts = plan::counts(steps);
    let at = counts.iter().position(|count| *count > MAX_WAYS)?;
    let pointer = child(&child(pointer, at), "from");
    let detail = format!("more than {MAX_WAYS} ways lead here from each input");
    Some(Mistake::new(pointer, detail))
}

fn repeated_id(before: &[Step], step: &Step, pointer: &str) -> Option<Mistake> {
    let id = step.id()?;
    let repeated = before.iter().any(|other| other.id() == Some(id));
    repeated.then(|| {
        Mistake::new(
            child(pointer, "id"),
            format!("another step is called `{id}`"),
        )
    })
}

/// Reads what was asked for as one step: that, or the steps that it stands for. A `dither` for a
/// `device` is a `resize` and a `dither`.
pub fn parse_each(step: &Value, pointer: &str) -> Result<Vec<Step>, Vec<Mistake>> {
    let expanded = step
        .as_object()
        .and_then(|step| dither::expand(step, pointer));
    expanded.unwrap_or_else(|| Ok(vec![parse_step(step, pointer)?]))
}

/// Reads one step that stands for itself. `pointer` is where it stands, such as `/steps/1`.
pub fn parse_step(step: &Value, pointer: &str) -> Result<Step, Vec<Mistake>> {
    let Some(members) = step.as_object() else {
        let detail = format!(
            "expected a step such as {{\"op\": \"dither\"}}, not {}",
            shown(step)
        );
        return Err(vec![Mistake::new(pointer, detail)]);
    };
    let op = known_op(members.get("op"))
        .map_err(|detail| vec![Mistake::new(child(pointer, "op"), detail)])?;
    let mut fields = Fields::read(op, members, pointer);
    let step = match op.name {
        "compress" => Compress::read(&mut fields).map(Step::Compress),
        "convert" => Convert::read(&mut fields).map(Step::Convert),
        "decompress" => Some(Step::Decompress(Decompress::read(&mut fields))),
        "dither" => Dither::read(&mut fields).map(Step::Dither),
        "resize" => Resize::read(&mut fields).map(Step::Resize),
        _ => None,
    };
    match step {
        Some(step) if fields.mistakes.is_empty() => Ok(step),
        _ => {
            fields.mistakes.truncate(MOST_MISTAKES);
            Err(fields.mistakes)
        }
    }
}

/// The op of that name, or why there is none.
pub(crate) fn known_op(name: Option<&Value>) -> Result<&'static Op, String> {
    let known: Vec<&str> = OPS.iter().map(|op| op.name).collect();
    let listed = known.join("`, `");
    let Some(value) = name else {
        return Err(format!("`op` is missing; give one of `{listed}`"));
    };
    let Some(name) = value.as_str() else {
        return Err(format!("expected one of `{listed}`, not {}", shown(value)));
    };
    table::op(name).ok_or_else(|| {
        if LATER_OPS.contains(&name) {
            format!("this build does not have `{name}`; it has `{listed}`")
        } else {
            let guess = guess(name, known);
            format!("there is no op {}; there are `{listed}`{guess}", clip(name))
        }
    })
}

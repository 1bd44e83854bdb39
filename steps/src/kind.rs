use serde_json::Value;

use crate::{
    color::Color,
    compress::Level,
    devices,
    guess::guess,
    mistake::{child, clip},
    part::Part,
};

/// What values a parameter takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A whole number, both ends included.
    Integer {
        /// Smallest value.
        min: u64,
        /// Largest value.
        max: u64,
    },
    /// One of some names.
    Choice {
        /// Names this build has.
        built: &'static [&'static str],
        /// Names the API reserves and this build does not have.
        later: &'static [&'static str],
    },
    /// A list of different colours.
    Colors {
        /// Fewest colours.
        min: usize,
        /// Most colours.
        max: usize,
    },
    /// One colour.
    Color,
    /// A list of different whole numbers from 0.
    Codes {
        /// Most numbers.
        most: usize,
        /// Largest value.
        max: u64,
    },
    /// A part of one: a number from 0 to 1, in thousandths.
    Part,
    /// The name of a [device](crate::devices).
    Device,
    /// True or false.
    Bool,
    /// A text that is not empty.
    Text {
        /// Most bytes of UTF-8.
        max: usize,
    },
    /// `fast`, `balanced`, `best`, or a number whose range depends on the format.
    Level,
}

/// Something wrong with a value; `place` is the pointer below the parameter, mostly empty.
pub(crate) struct Wrong {
    pub place: String,
    pub detail: String,
}

impl Wrong {
    fn here(detail: impl Into<String>) -> Vec<Self> {
        vec![Self {
            place: String::new(),
            detail: detail.into(),
        }]
    }
}

impl Kind {
    /// The value in its normal form, or what is wrong with it.
    pub(crate) fn normal(&self, value: &Value) -> Result<Value, Vec<Wrong>> {
        if value.is_null() {
            return Err(Wrong::here(
                "null is no value; leave it out for the default",
            ));
        }
        match *self {
            Self::Integer { min, max } => integer(value, min, max).map_err(Wrong::here),
            Self::Choice { built, later } => choice(value, built, later).map_err(Wrong::here),
            Self::Colors { min, max } => colors(value, min, max),
            Self::Codes { most, max } => codes(value, most, max),
            Self::Part => Part::of(value).map(Into::into).map_err(Wrong::here),
            Self::Device => device(value).map_err(Wrong::here),
            Self::Color => color(value)
                .map(|c| c.to_string().into())
                .map_err(Wrong::here),
            Self::Bool => match value {
                Value::Bool(_) => Ok(value.clone()),
                _ => Err(Wrong::here(format!(
                    "expected true or false, not {}",
                    shown(value)
                ))),
            },
            Self::Text { max } => text(value, max).map_err(Wrong::here),
            Self::Level => Level::of(value).map(Into::into).map_err(Wrong::here),
        }
    }

    /// The JSON that a text of a flag or of a query stands for. A text that fits no value of the
    /// kind stays a text, so that the check says what is wrong with it.
    pub(crate) fn json_of(self, text: &str) -> Value {
        let number = |text: &str| {
            text.parse::<u64>()
                .map_or_else(|_| text.into(), Value::from)
        };
        match self {
            Self::Integer { .. } | Self::Level => number(text),
            Self::Codes { .. } => text.split(',').map(|part| number(part.trim())).collect(),
            Self::Part => match text.parse::<f64>() {
                Ok(number) if number.is_finite() => number.into(),
                _ => text.into(),
            },
            Self::Colors { .. } if text.is_empty() => Value::Array(Vec::new()),
            Self::Colors { .. } => text
                .split(',')
                .map(|part| Value::from(part.trim()))
                .collect(),
            Self::Bool => match text {
                "" | "true" | "1" => true.into(),
                "false" | "0" => false.into(),
                _ => text.into(),
            },
            Self::Choice { .. } | Self::Color | Self::Device | Self::Text { .. } => text.into(),
        }
    }
}

fn integer(value: &Value, min: u64, max: u64) -> Result<Value, String> {
    match value.as_u64() {
        Some(number) if (min..=max).contains(&number) => Ok(number.into()),
        _ => Err(format!(
            "expected a whole number from {min} to {max}, not {}",
            shown(value)
        )),
    }
}

fn choice(value: &Value, built: &[&str], later: &[&str]) -> Result<Value, String> {
    let known = built.join("`, `");
    match value.as_str() {
        Some(name) if built.contains(&name) => Ok(name.into()),
        Some(name) if later.contains(&name) => Err(format!(
            "this build does not have `{name}`; it has `{known}`"
        )),
        name => {
            let guess = guess(name.unwrap_or_default(), built.iter().copied());
            let shown = shown(value);
            Err(format!("expected one of `{known}`, not {shown}{guess}"))
        }
    }
}

fn color(value: &Value) -> Result<Color, String> {
    let text = value
        .as_str()
        .ok_or_else(|| format!("{} is no colour", shown(value)))?;
    text.parse().map_err(|error| {
        let guess = guess(text, Color::names());
        format!("{} is {error}{guess}", clip(text))
    })
}

fn colors(value: &Value, min: usize, max: usize) -> Result<Value, Vec<Wrong>> {
    let Some(list) = value.as_array() else {
        return Err(Wrong::here(format!(
            "expected a list of colours, not {}",
            shown(value)
        )));
    };
    let count = list.len();
    let other = || Wrong::here(format!("expected {min} to {max} colours, not {count}"));
    if count > max {
        return Err(other());
    }
    let mut seen: Vec<Color> = Vec::with_capacity(count);
    let mut wrongs = Vec::new();
    for (index, entry) in list.iter().enumerate() {
        let detail = match color(entry) {
            Ok(color) if seen.contains(&color) => format!("{color} is in the list already"),
            Ok(color) => {
                seen.push(color);
                continue;
            }
            Err(detail) => detail,
        };
        wrongs.push(Wrong {
            place: child("", index),
            detail,
        });
    }
    if !wrongs.is_empty() {
        return Err(wrongs);
    }
    if count < min {
        return Err(other());
    }
    Ok(seen.iter().map(ToString::to_string).collect())
}

fn codes(value: &Value, most: usize, max: u64) -> Result<Value, Vec<Wrong>> {
    let Some(list) = value.as_array() else {
        let shown = shown(value);
        return Err(Wrong::here(format!(
            "expected a list of numbers, not {shown}"
        )));
    };
    if list.len() > most {
        let count = list.len();
        return Err(Wrong::here(format!(
            "expected at most {most} numbers, not {count}"
        )));
    }
    let wrongs: Vec<Wrong> = (list.iter().enumerate())
        .filter_map(|(index, entry)| {
            let detail = match integer(entry, 0, max) {
                Ok(_) if !list[..index].contains(entry) => return None,
                Ok(_) => format!("{entry} is in the list already"),
                Err(detail) => detail,
            };
            Some(Wrong {
                place: child("", index),
                detail,
            })
        })
        .collect();
    if wrongs.is_empty() {
        Ok(value.clone())
    } else {
        Err(wrongs)
    }
}

fn device(value: &Value) -> Result<Value, String> {
    match value.as_str() {
        Some(name) if devices::device(name).is_some() => Ok(name.into()),
        name => {
            let known: Vec<&str> = devices::all().map(|device| device.name.as_str()).collect();
            let guess = guess(name.unwrap_or_default(), known.iter().copied());
            let (known, shown) = (known.join("`, `"), shown(value));
            Err(format!("expected one of `{known}`, not {shown}{guess}"))
        }
    }
}

fn text(value: &Value, max: usize) -> Result<Value, String> {
    match value.as_str() {
        Some("") => Err("an empty text; leave it out for the default".to_owned()),
        Some(text) if text.len() > max => Err(format!(
            "{} bytes, but at most {max} are allowed",
            text.len()
        )),
        Some(text) if text.contains(char::is_control) => {
            Err("must not have control characters".to_owned())
        }
        Some(text) => Ok(text.into()),
        None => Err(format!("expected a text, not {}", shown(value))),
    }
}

/// A value for a message: what it is, and short ones as they are.
pub(crate) fn shown(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(flag) => flag.to_string(),
        Value::Number(number) => number.to_string(),
        Value::String(text) => clip(text),
        Value::Array(_) => "a list".to_owned(),
        Value::Object(_) => "an object".to_owned(),
    }
}

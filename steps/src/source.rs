use serde::{Serialize, Serializer};
use serde_json::Value;

use crate::{
    MAX_WAYS, Mistake, Step,
    kind::shown,
    mistake::{child, clip},
};

/// What names an input of the job: `input:0`.
const INPUT: &str = "input:";
/// What a source may look like.
pub(crate) const SOURCE_PATTERN: &str = "^(input:[0-9]{1,6}|[A-Za-z0-9_-]+)$";

/// What a step works on, when that is not what the step before it made.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Source {
    /// One input of the job, by its place from 0.
    Input(usize),
    /// What the step of this name made.
    Step(String),
}

impl Source {
    /// `pointer` is where the list stands. A source is named once.
    pub(crate) fn list(value: &Value, pointer: &str) -> Result<Vec<Self>, Vec<Mistake>> {
        let right = "expected a list such as [\"input:0\"] or of names of steps";
        let Some(list) = value.as_array().filter(|list| !list.is_empty()) else {
            let detail = format!("{right}, not {}", shown(value));
            return Err(vec![Mistake::new(pointer, detail)]);
        };
        if list.len() > MAX_WAYS {
            let detail = format!(
                "names {} sources; at most {MAX_WAYS} are allowed",
                list.len()
            );
            return Err(vec![Mistake::new(pointer, detail)]);
        }
        let (mut sources, mut mistakes) = (Vec::new(), Vec::new());
        for (index, value) in list.iter().enumerate() {
            let source = value.as_str().and_then(Self::read);
            match source {
                Some(source) if !sources.contains(&source) => sources.push(source),
                Some(_) => mistakes.push(Mistake::new(child(pointer, index), "stands there twice")),
                None => {
                    let detail = format!("{right}; {} is neither", shown(value));
                    mistakes.push(Mistake::new(child(pointer, index), detail));
                }
            }
        }
        if mistakes.is_empty() {
            Ok(sources)
        } else {
            Err(mistakes)
        }
    }

    fn read(text: &str) -> Option<Self> {
        match text.strip_prefix(INPUT) {
            Some(number) => {
                let is_number = number.bytes().all(|byte| byte.is_ascii_digit());
                is_number.then(|| number.parse().ok().map(Self::Input))?
            }
            None => Some(Self::Step(text.to_owned())),
        }
    }
}

impl Serialize for Source {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Input(index) => to.collect_str(&format_args!("{INPUT}{index}")),
            Self::Step(id) => to.serialize_str(id),
        }
    }
}

/// What the steps before `step` do not make.
pub(crate) fn unknown(before: &[Step], step: &Step, pointer: &str) -> Vec<Mistake> {
    let is_unknown = |source: &Source| match source {
        Source::Input(_) => false,
        Source::Step(id) => !before.iter().any(|step| step.id() == Some(id)),
    };
    let places = step.from().iter().enumerate();
    places
        .filter(|(_, source)| is_unknown(source))
        .map(|(index, source)| {
            let name = match source {
                Source::Step(id) => clip(id),
                Source::Input(_) => String::new(),
            };
            let place = child(&child(pointer, "from"), index);
            Mistake::new(place, format!("no step before this one is called {name}"))
        })
        .collect()
}

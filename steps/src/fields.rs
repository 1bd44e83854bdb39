use serde_json::{Map, Value};

use crate::{
    Color, Mistake, Source,
    guess::guess,
    kind::shown,
    mistake::{child, clip},
    part::Part,
    table::Op,
};

/// The longest `id` of a step, in bytes.
pub(crate) const LONGEST_ID: usize = 64;
/// What an `id` is made of.
pub(crate) const ID_PATTERN: &str = "^[A-Za-z0-9_-]+$";

/// The members of one step after the check of each by its kind, and the mistakes found so far.
/// The ops read their typed values from here and add what depends on two members.
pub(crate) struct Fields<'a> {
    op: &'static Op,
    pointer: &'a str,
    given: Map<String, Value>,
    pub id: Option<String>,
    pub from: Vec<Source>,
    pub mistakes: Vec<Mistake>,
}

impl<'a> Fields<'a> {
    pub(crate) fn read(op: &'static Op, step: &Map<String, Value>, pointer: &'a str) -> Self {
        let mut fields = Self {
            op,
            pointer,
            given: Map::new(),
            id: None,
            from: Vec::new(),
            mistakes: Vec::new(),
        };
        for (name, value) in step {
            fields.member(name, value);
        }
        fields
    }

    fn member(&mut self, name: &str, value: &Value) {
        match name {
            "op" => {}
            "id" => match id(value) {
                Ok(id) => self.id = Some(id),
                Err(detail) => self.wrong(name, detail),
            },
            "from" => match Source::list(value, &child(self.pointer, name)) {
                Ok(sources) => self.from = sources,
                Err(mistakes) => self.mistakes.extend(mistakes),
            },
            _ => self.param(name, value),
        }
    }

    fn param(&mut self, name: &str, value: &Value) {
        let Some(param) = self.op.param(name) else {
            return self.unknown(name);
        };
        match param.kind.normal(value) {
            Ok(value) => {
                self.given.insert(name.to_owned(), value);
            }
            Err(wrongs) => {
                for wrong in wrongs {
                    self.wrong_at(child(self.pointer, name) + &wrong.place, wrong.detail);
                }
            }
        }
    }

    fn unknown(&mut self, name: &str) {
        let known: Vec<&str> = self.op.params.iter().map(|param| param.name).collect();
        let listed = known.join("`, `");
        let op = self.op.name;
        let detail = if self.op.later.contains(&name) {
            format!("this build does not have `{name}` of `{op}`; it has `{listed}`")
        } else {
            let guess = guess(name, known);
            let name = clip(name);
            format!("`{op}` has no parameter {name}; it has `{listed}`{guess}")
        };
        self.wrong(name, detail);
    }

    /// Adds a mistake about member `name`.
    pub(crate) fn wrong(&mut self, name: &str, detail: impl Into<String>) {
        self.wrong_at(child(self.pointer, name), detail);
    }

    fn wrong_at(&mut self, pointer: String, detail: impl Into<String>) {
        self.mistakes.push(Mistake::new(pointer, detail));
    }

    /// Whether the member was given and is right in itself.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.given.contains_key(name)
    }

    /// The value given, else the default of the table.
    pub(crate) fn value(&self, name: &str) -> Option<Value> {
        self.given.get(name).cloned().or_else(|| {
            let param = self.op.param(name)?;
            param.default.map(|text| param.kind.json_of(text))
        })
    }

    pub(crate) fn integer<T: TryFrom<u64>>(&self, name: &str) -> Option<T> {
        self.value(name)?
            .as_u64()
            .and_then(|number| T::try_from(number).ok())
    }

    pub(crate) fn flag(&self, name: &str) -> bool {
        self.value(name)
            .and_then(|value| value.as_bool())
            .unwrap_or(false)
    }

    pub(crate) fn text(&self, name: &str) -> Option<String> {
        Some(self.value(name)?.as_str()?.to_owned())
    }

    pub(crate) fn choice<T>(&self, name: &str, named: impl Fn(&str) -> Option<T>) -> Option<T> {
        named(self.value(name)?.as_str()?)
    }

    pub(crate) fn color(&self, name: &str) -> Option<Color> {
        self.value(name)?.as_str()?.parse().ok()
    }

    /// The whole when it is neither given nor in the table.
    pub(crate) fn part(&self, name: &str) -> Part {
        let part = self.value(name).and_then(|value| Part::of(&value).ok());
        part.unwrap_or(Part::WHOLE)
    }

    pub(crate) fn codes(&self, name: &str) -> Option<Vec<u8>> {
        let number = |entry: &Value| u8::try_from(entry.as_u64()?).ok();
        self.value(name)?.as_array()?.iter().map(number).collect()
    }

    pub(crate) fn colors(&self, name: &str) -> Option<Vec<Color>> {
        self.value(name)?
            .as_array()?
            .iter()
            .map(|c| c.as_str()?.parse().ok())
            .collect()
    }
}

fn id(value: &Value) -> Result<String, String> {
    let right = |id: &str| {
        (1..=LONGEST_ID).contains(&id.len())
            && id
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-')
    };
    match value.as_str() {
        Some(id) if right(id) => Ok(id.to_owned()),
        _ => Err(format!(
            "expected 1 to {LONGEST_ID} letters, digits, `_` or `-`, not {}",
            shown(value)
        )),
    }
}

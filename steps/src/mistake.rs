use std::fmt::Display;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One thing wrong in a step, with the place it stands in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, thiserror::Error)]
#[error("{pointer}: {detail}")]
pub struct Mistake {
    /// RFC 6901 pointer, such as `/steps/1/levels`.
    pub pointer: String,
    /// What is wrong and what would be right, for people.
    pub detail: String,
}

impl Mistake {
    pub(crate) fn new(pointer: impl Into<String>, detail: impl Into<String>) -> Self {
        Self {
            pointer: pointer.into(),
            detail: detail.into(),
        }
    }
}

/// The longest member name that is repeated in a pointer; a longer one is only clipped text in
/// the detail, so that an answer never grows with the size of a bad request.
const LONGEST_NAME: usize = 64;

/// The pointer to member `name` of what `base` points to.
pub(crate) fn child(base: &str, name: impl Display) -> String {
    let name = name.to_string();
    if name.len() > LONGEST_NAME {
        return base.to_owned();
    }
    format!("{base}/{}", name.replace('~', "~0").replace('/', "~1"))
}

/// User text for a detail: quoted, escaped and at most 40 characters of it.
pub(crate) fn clip(text: &str) -> String {
    let mut short: String = text.chars().take(40).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    format!("{short:?}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pointer_escapes_tilde_and_slash() {
        assert_eq!(child("/steps/0", "a/b~c"), "/steps/0/a~1b~0c");
    }

    #[test]
    fn a_huge_name_does_not_grow_the_pointer() {
        assert_eq!(child("/steps/0", "x".repeat(1 << 20)), "/steps/0");
        assert!(clip(&"x".repeat(1 << 20)).len() < 60);
    }
}

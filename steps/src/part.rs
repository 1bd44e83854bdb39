use serde::{Serialize, Serializer};
use serde_json::Value;

use crate::kind::shown;

/// A part of one, in thousandths.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Part(u16);

const WHOLE: u16 = 1000;

impl Part {
    /// One.
    pub const WHOLE: Self = Self(WHOLE);

    /// In parts of 256, rounded.
    pub fn of_256(self) -> u16 {
        let thousandths = u32::from(self.0);
        let whole = u32::from(WHOLE);
        u16::try_from((thousandths * 256 + whole / 2) / whole).unwrap_or(256)
    }

    /// Of a number from 0 to 1, rounded.
    pub(crate) fn of(value: &Value) -> Result<Self, String> {
        match value.as_f64() {
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "from 0 to 1000"
            )]
            Some(part) if (0.0..=1.0).contains(&part) => {
                Ok(Self((part * f64::from(WHOLE)).round() as u16))
            }
            _ => Err(format!(
                "expected a number from 0 to 1, not {}",
                shown(value)
            )),
        }
    }
}

impl From<Part> for Value {
    fn from(part: Part) -> Self {
        (f64::from(part.0) / f64::from(WHOLE)).into()
    }
}

impl Serialize for Part {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        Value::from(*self).serialize(to)
    }
}

//! `Range`, as RFC 9110 section 14 has it: one range of bytes. Several are answered with the whole.

use std::ops::Range;

/// Which bytes an answer has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// All: no range, or none that we understand, which is the same.
    Whole,
    /// These.
    Some(Range<u64>),
    /// A range that begins behind the end.
    Outside,
}

/// What the value of a `Range` field asks of a content of `size` bytes.
pub(super) fn part(value: Option<&str>, size: u64) -> Part {
    value
        .and_then(single)
        .map_or(Part::Whole, |asked| asked.within(size))
}

enum Asked {
    /// From the first of them to the second, which is included.
    Between(u64, u64),
    /// So many at the end.
    Last(u64),
}

impl Asked {
    fn within(self, size: u64) -> Part {
        let range = match self {
            Self::Between(from, to) => from..to.saturating_add(1).min(size),
            Self::Last(count) => size.saturating_sub(count)..size,
        };
        if range.start < range.end {
            Part::Some(range)
        } else {
            Part::Outside
        }
    }
}

fn single(value: &str) -> Option<Asked> {
    let (unit, set) = value.split_once('=')?;
    if !unit.trim().eq_ignore_ascii_case("bytes") {
        return None;
    }
    let (from, to) = set.trim().split_once('-')?;
    match (from, to) {
        ("", count) => Some(Asked::Last(number(count)?)),
        (from, "") => Some(Asked::Between(number(from)?, u64::MAX)),
        (from, to) => {
            let (from, to) = (number(from)?, number(to)?);
            (from <= to).then_some(Asked::Between(from, to))
        }
    }
}

/// Digits only; what is larger than any content is as large as any.
fn number(text: &str) -> Option<u64> {
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| text.parse().unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_of_rfc_9110() {
        let some = |from, to| Part::Some(from..to);
        let table = [
            ("bytes=0-499", some(0, 500)),
            ("bytes=500-999", some(500, 1000)),
            ("bytes=-500", some(9500, 10000)),
            ("bytes=9500-", some(9500, 10000)),
            ("bytes=0-0", some(0, 1)),
            ("bytes=9999-9999", some(9999, 10000)),
            ("bytes=0-10000000", some(0, 10000)),
            ("bytes=-10000000", some(0, 10000)),
            ("bytes=0-99999999999999999999999999", some(0, 10000)),
            ("BYTES=0-1", some(0, 2)),
            ("bytes= 0-1", some(0, 2)),
            ("bytes=10000-", Part::Outside),
            ("bytes=10000-10001", Part::Outside),
            ("bytes=99999999999999999999999999-", Part::Outside),
            ("bytes=-0", Part::Outside),
            ("bytes=0-0,-1", Part::Whole),
            ("bytes=5-2", Part::Whole),
            ("bytes=", Part::Whole),
            ("bytes=-", Part::Whole),
            ("bytes=a-b", Part::Whole),
            ("bytes=+1-2", Part::Whole),
            ("bytes=1 -2", Part::Whole),
            ("bytes=1--2", Part::Whole),
            ("bytes 0-1", Part::Whole),
            ("items=0-1", Part::Whole),
            ("", Part::Whole),
        ];
        for (value, expected) in table {
            assert_eq!(part(Some(value), 10000), expected, "{value}");
        }
        assert_eq!(part(None, 10000), Part::Whole);
        assert_eq!(part(Some("bytes=0-"), 0), Part::Outside);
    }
}

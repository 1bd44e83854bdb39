//! Where in a description something is wrong.

use std::ops::Range;

use super::BadDevice;
use crate::palette_file::{harmless, quoted};

#[derive(Clone, Copy)]
pub(super) struct Text<'a>(&'a str);

impl<'a> Text<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self(text)
    }

    /// Complains of the line in which `span` begins.
    pub(super) fn bad(self, span: Range<usize>, problem: impl Into<String>) -> BadDevice {
        let before = self.0.get(..span.start).unwrap_or_default();
        BadDevice::Line {
            line: before.matches('\n').count() + 1,
            problem: problem.into(),
        }
    }

    /// It is no TOML, or none of the right form. The parser's message does not say which field it
    /// means, so the line is shown; of a field that is missing there is none.
    pub(super) fn no_description(self, error: &toml::de::Error) -> BadDevice {
        let span = error.span().unwrap_or(0..self.0.len());
        let message = error
            .message()
            .replace("expected i64", "expected a whole number");
        // It may repeat any part of the text.
        let message = harmless(&message, 200);
        let line = self.line(&span).filter(|_| !message.starts_with("missing"));
        let problem = match line {
            Some(line) => format!("{}: {message}", quoted(line)),
            None => message,
        };
        self.bad(span, problem)
    }

    /// The one line that a span is in.
    fn line(self, span: &Range<usize>) -> Option<&'a str> {
        if self.0.get(span.clone())?.contains('\n') {
            return None;
        }
        let begin = self.0[..span.start].rfind('\n').map_or(0, |at| at + 1);
        let line = self.0[begin..].lines().next()?.trim();
        Some(line).filter(|line| !line.is_empty())
    }
}

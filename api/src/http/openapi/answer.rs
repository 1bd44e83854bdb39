//! What is answered when all is well.

use axum::http::HeaderName;
use axum::http::header;
use serde_json::{Map, Value, json};

use super::headers;

/// One status, with its head and its forms.
pub(super) struct Answer {
    pub(super) status: u16,
    about: String,
    headers: Vec<(HeaderName, bool)>,
    content: Map<String, Value>,
}

/// What is said of a content.
pub(super) const OF_CONTENT: [HeaderName; 5] = [
    header::ETAG,
    header::ACCEPT_RANGES,
    header::CONTENT_DISPOSITION,
    header::CACHE_CONTROL,
    header::CONTENT_SECURITY_POLICY,
];
/// Types of contents: those that are shown as what they are, and bytes.
pub(super) const BYTES: &str = "*/*";

impl Answer {
    pub(super) fn new(status: u16, about: impl Into<String>) -> Self {
        Self {
            status,
            about: about.into(),
            headers: vec![(headers::REQUEST_ID, true), (headers::TRACE, true)],
            content: Map::new(),
        }
    }

    /// 204.
    pub(super) fn nothing(about: &str) -> Self {
        Self::new(204, about)
    }

    /// In this form, too.
    pub(super) fn form(mut self, media_type: &str, content: Value) -> Self {
        self.content.insert(media_type.to_owned(), content);
        self
    }

    pub(super) fn json(self, schema: Value, example: Value) -> Self {
        self.form("application/json", form(schema, example))
    }

    pub(super) fn html(self) -> Self {
        self.form(
            "text/html; charset=utf-8",
            json!({"schema": {"type": "string"}}),
        )
    }

    /// These fields are always there.
    pub(super) fn always<const N: usize>(mut self, names: [HeaderName; N]) -> Self {
        self.headers.extend(names.map(|name| (name, true)));
        self
    }

    /// These fields are there when they apply.
    pub(super) fn sometimes<const N: usize>(mut self, names: [HeaderName; N]) -> Self {
        self.headers.extend(names.map(|name| (name, false)));
        self
    }

    /// The bytes of a content, whole or in part.
    pub(super) fn bytes(status: u16, about: &str) -> Self {
        Self::new(status, about).form(
            BYTES,
            json!({"schema": {"type": "string", "format": "binary"}}),
        )
    }

    /// What is said of a content, with or without its bytes.
    pub(super) fn about_content(self) -> Self {
        self.always(OF_CONTENT)
            .sometimes([header::CONTENT_ENCODING, header::VARY])
    }

    pub(super) fn rendered(self) -> Value {
        let headers: Map<String, Value> = (self.headers.iter())
            .map(|(name, always)| (name.to_string(), headers::of_answer(name, *always)))
            .collect();
        let mut answer = json!({"description": self.about, "headers": headers});
        if !self.content.is_empty() {
            answer["content"] = self.content.into();
        }
        answer
    }
}

/// A form of a body, with an example.
pub(super) fn form(schema: Value, example: Value) -> Value {
    let members = [("schema", schema), ("example", example)];
    members.into_iter().collect()
}

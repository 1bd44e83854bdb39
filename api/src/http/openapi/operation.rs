//! One method of one path: what it takes, and all it may answer.

use axum::http::{HeaderName, header};
use filittle_common::problem::Kind;
use serde_json::{Value, json};

use super::answer::{Answer, form};
use super::problems::{Manner, Problems};
use super::{headers, parameters};

/// What stands in the document for a method of a path.
pub(super) struct Operation {
    pub(super) path: String,
    pub(super) method: &'static str,
    id: String,
    tag: &'static str,
    summary: String,
    about: String,
    is_signed_in: bool,
    parameters: Vec<Value>,
    body: Option<Value>,
    answers: Vec<Answer>,
    kinds: Vec<Kind>,
    manner: Manner,
}

/// `GET` of a path.
pub(super) fn get(path: &str, id: &str, summary: &str) -> Operation {
    Operation::new("get", path, id, summary)
}

/// `POST` to a path.
pub(super) fn post(path: &str, id: &str, summary: &str) -> Operation {
    Operation::new("post", path, id, summary)
}

/// `PUT` to a path.
pub(super) fn put(path: &str, id: &str, summary: &str) -> Operation {
    Operation::new("put", path, id, summary)
}

/// `PATCH` of a path.
pub(super) fn patch(path: &str, id: &str, summary: &str) -> Operation {
    Operation::new("patch", path, id, summary)
}

/// `DELETE` of a path.
pub(super) fn delete(path: &str, id: &str, summary: &str) -> Operation {
    Operation::new("delete", path, id, summary)
}

impl Operation {
    /// Everything may fail by a fault of ours, and be refused when there is too much of it. What
    /// writes may find the disk full.
    fn new(method: &'static str, path: &str, id: &str, summary: &str) -> Self {
        let mut kinds = vec![Kind::Internal, Kind::Unavailable];
        if method != "get" {
            kinds.push(Kind::InsufficientStorage);
        }
        Self {
            path: path.to_owned(),
            method,
            id: id.to_owned(),
            tag: "",
            summary: summary.to_owned(),
            about: String::new(),
            is_signed_in: false,
            parameters: Vec::new(),
            body: None,
            answers: Vec::new(),
            kinds,
            manner: Manner::default(),
        }
    }

    pub(super) fn about(mut self, about: impl Into<String>) -> Self {
        self.about = about.into();
        self
    }

    /// In this part of the document.
    pub(super) fn tagged(mut self, tag: &'static str) -> Self {
        self.tag = tag;
        self
    }

    /// Only for those who are signed in.
    pub(super) fn signed_in(mut self) -> Self {
        self.is_signed_in = true;
        self.refused([Kind::Unauthenticated])
    }

    /// A part of the path. What cannot be there is not found.
    pub(super) fn of(mut self, parameter: Value) -> Self {
        self.parameters.push(parameter);
        self.refused([Kind::NotFound])
    }

    /// A parameter of the query.
    pub(super) fn asking(mut self, parameter: Value) -> Self {
        self.parameters.push(parameter);
        self.refused([Kind::Invalid])
    }

    /// A field of the head.
    pub(super) fn heading(mut self, field: Value) -> Self {
        self.parameters.push(field);
        self
    }

    /// `Idempotency-Key` is heard.
    pub(super) fn idempotent(self) -> Self {
        self.heading(headers::idempotency_key()).refused([
            Kind::BadRequest,
            Kind::Conflict,
            Kind::Gone,
            Kind::Invalid,
        ])
    }

    /// A body of JSON.
    pub(super) fn json(mut self, schema: Value, example: Value) -> Self {
        let forms = [("application/json", form(schema, example))];
        self.body = Some(required(forms.into_iter().collect()));
        self.refused(OF_JSON)
    }

    /// A body of any forms.
    pub(super) fn body(mut self, content: Value) -> Self {
        self.body = Some(required(content));
        self
    }

    pub(super) fn answered(mut self, answer: Answer) -> Self {
        self.answers.push(answer);
        self
    }

    /// What is wrong may be of these kinds.
    pub(super) fn refused(mut self, kinds: impl IntoIterator<Item = Kind>) -> Self {
        self.kinds.extend(kinds);
        self
    }

    /// What is wrong may be told of a job, which is linked.
    pub(super) fn of_job(mut self) -> Self {
        self.manner.of_job = true;
        self
    }

    /// What is wrong is told to browsers as a page.
    pub(super) fn for_people(mut self) -> Self {
        self.manner.for_people = true;
        self
    }

    /// Tries are counted, and how many are left is told with what is wrong, too.
    pub(super) fn counted(mut self) -> Self {
        self.manner.counted = true;
        self
    }

    /// Nothing of it fails but by a fault of ours.
    pub(super) fn never_busy(mut self) -> Self {
        self.kinds.retain(|kind| *kind != Kind::Unavailable);
        self
    }

    /// Answers the bytes of a content: whole, in part, or not again.
    pub(super) fn content(self, about: &str) -> Self {
        let whole = Answer::bytes(200, about).about_content();
        self.content_or(whole.sometimes([headers::CONTENT_DIGEST]))
    }

    /// May be asked for as a content coding.
    pub(super) fn unpacked(self) -> Self {
        let unpack = parameters::query(
            "unpack",
            "Of a content that is zstd, gzip or brotli: send the same bytes with `Content-Encoding`, \
             so that the client unpacks them. Tag and name are then others.",
            json!({"type": "boolean", "default": false}),
        );
        let coding = headers::asked(
            &header::ACCEPT_ENCODING,
            "With `unpack=true`: how the content may be packed",
        );
        self.asking(unpack)
            .heading(coding)
            .refused([Kind::NotAcceptable])
    }

    /// The same where the whole may be something else, too.
    pub(super) fn content_or(self, whole: Answer) -> Self {
        let fields: [(HeaderName, &str); 4] = [
            (header::RANGE, "One range of bytes, such as `bytes=0-99`"),
            (
                header::IF_RANGE,
                "The tag of the content that the range is of",
            ),
            (header::IF_NONE_MATCH, "Tags of what is here already"),
            (
                header::IF_MATCH,
                "Tags of which one must be that of the content",
            ),
        ];
        let with_fields = fields.iter().fold(self, |operation, (name, about)| {
            operation.heading(headers::asked(name, about))
        });
        with_fields
            .answered(whole)
            .answered(
                Answer::bytes(206, "The range that was asked for")
                    .about_content()
                    .always([header::CONTENT_RANGE]),
            )
            .answered(Answer::new(304, "It is what `If-None-Match` names").about_content())
            .refused([
                Kind::PreconditionFailed,
                Kind::RangeNotSatisfiable,
                Kind::TooManyRequests,
            ])
    }

    pub(super) fn rendered(self, problems: &mut Problems) -> Value {
        let mut answers: serde_json::Map<String, Value> = problems
            .answers(&self.kinds, self.manner)
            .into_iter()
            .collect();
        for answer in self.answers {
            answers.insert(answer.status.to_string(), answer.rendered());
        }
        let mut operation = json!({
            "operationId": self.id,
            "tags": [self.tag],
            "summary": self.summary,
            "responses": answers,
            "security": if self.is_signed_in { json!([{"bearer": []}, {"basic": []}]) } else { json!([]) },
        });
        if !self.about.is_empty() {
            operation["description"] = self.about.into();
        }
        if !self.parameters.is_empty() {
            operation["parameters"] = self.parameters.into();
        }
        if let Some(body) = self.body {
            operation["requestBody"] = body;
        }
        operation
    }
}

fn required(content: Value) -> Value {
    let members = [("required", true.into()), ("content", content)];
    members.into_iter().collect()
}

/// What may be wrong with a body of JSON.
pub(super) const OF_JSON: [Kind; 4] = [
    Kind::BadRequest,
    Kind::TooLarge,
    Kind::UnsupportedMediaType,
    Kind::Invalid,
];
/// What may be wrong with files that come.
pub(super) const OF_UPLOADS: [Kind; 6] = [
    Kind::BadRequest,
    Kind::Conflict,
    Kind::TooLarge,
    Kind::Invalid,
    Kind::EmptyFile,
    Kind::TooManyRequests,
];
/// That there is no room for one more job.
pub(super) const OF_ROOM: [Kind; 2] = [Kind::TooManyJobs, Kind::BacklogFull];

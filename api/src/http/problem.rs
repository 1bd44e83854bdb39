//! Problems, as RFC 9457 tells them: every answer of 400 and above, whoever made it.

use axum::Json;
use axum::extract::Request;
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use filittle_common::Error;
use filittle_common::problem::{Kind, Problem};
use filittle_steps::Mistake;
use schemars::JsonSchema;
use serde::Serialize;

use super::problem_page::{self, ForPeople};

/// What a handler answers instead of a result. [`render`] makes the body.
#[derive(Debug)]
pub(super) struct Refusal(Box<Told>);

/// A problem, and what the head of its answer says beside.
#[derive(Debug)]
struct Told {
    problem: Problem,
    headers: HeaderMap,
}

pub(super) type Result<T, E = Refusal> = std::result::Result<T, E>;

const MEDIA_TYPE: &str = "application/problem+json";

/// How long to stay away when something is not there right now.
const RETRY_AFTER_SECONDS: u32 = 2;
/// And when there is no room for more jobs: how long those before it take is not known.
const ROOM_AFTER_SECONDS: u32 = 5;

/// A problem (RFC 9457). `code`, `title` and `status` belong together; `detail` is for people.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Problem")]
pub(super) struct Body<'a> {
    r#type: String,
    title: &'static str,
    status: u16,
    detail: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    instance: Option<&'a str>,
    code: &'static str,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    errors: &'a [Mistake],
}

impl Refusal {
    pub(super) fn of(kind: Kind, detail: impl Into<String>) -> Self {
        Problem::new(kind, detail).into()
    }

    pub(super) fn not_found(what: &str) -> Self {
        Self::of(Kind::NotFound, format!("there is no such {what}"))
    }

    pub(super) fn invalid(mistakes: Vec<Mistake>) -> Self {
        Problem::invalid(mistakes).into()
    }

    /// The same with more in its head.
    pub(super) fn with(mut self, headers: HeaderMap) -> Self {
        self.0.headers.extend(headers);
        self
    }
}

impl From<Problem> for Refusal {
    fn from(problem: Problem) -> Self {
        Self(Box::new(Told {
            problem,
            headers: HeaderMap::new(),
        }))
    }
}

/// Faults were logged where they came up.
impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        error.problem().into()
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let Told { problem, headers } = *self.0;
        let mut response = (status(problem.kind), headers).into_response();
        response.extensions_mut().insert(problem);
        response
    }
}

/// One mistake at this place.
pub(super) fn mistake(pointer: impl Into<String>, detail: impl Into<String>) -> Mistake {
    Mistake {
        pointer: pointer.into(),
        detail: detail.into(),
    }
}

/// Where a member of the body stands (RFC 6901).
pub(super) fn pointer(member: &str) -> String {
    format!("/{}", member.replace('~', "~0").replace('/', "~1"))
}

/// A problem as JSON, for places where it is not the whole answer.
pub(super) fn to_value(problem: &Problem) -> serde_json::Value {
    serde_json::to_value(Body::of(problem, None)).unwrap_or_default()
}

/// Gives every answer of 400 and above the same form, but for one that is JSON of its own, as of
/// the probes. Those that did not come from us (a route that is not there, a method that is not)
/// get the problem of their status. Its kind goes along, for those who count.
pub(super) async fn render(request: Request, next: Next) -> Response {
    let path = request.uri().path().to_owned();
    let mut response = next.run(request).await;
    if response.status().as_u16() < 400 || is_json(&response) {
        return response;
    }
    let problem = response
        .extensions_mut()
        .remove::<Problem>()
        .unwrap_or_else(|| by_status(response.status()));
    let mut rendered = if response.extensions().get::<ForPeople>().is_some() {
        problem_page::refused(&problem).into_response()
    } else {
        let body = Json(Body::of(&problem, Some(&path)));
        ([(CONTENT_TYPE, MEDIA_TYPE)], body).into_response()
    };
    *rendered.status_mut() = status(problem.kind);
    add_headers(&problem, &mut rendered);
    keep_headers(&response, &mut rendered);
    rendered.extensions_mut().insert(problem.kind);
    rendered
}

fn is_json(response: &Response) -> bool {
    response
        .headers()
        .get(CONTENT_TYPE)
        .is_some_and(|value| value == "application/json")
}

impl<'a> Body<'a> {
    fn of(problem: &'a Problem, instance: Option<&'a str>) -> Self {
        Self {
            r#type: format!("/problems/{}", problem.kind.code()),
            title: problem.kind.title(),
            status: problem.kind.status(),
            detail: &problem.detail,
            instance,
            code: problem.kind.code(),
            errors: &problem.errors,
        }
    }
}

fn add_headers(problem: &Problem, response: &mut Response) {
    let headers = response.headers_mut();
    match problem.kind {
        Kind::Unauthenticated => {
            // Not `Basic`, although it is taken: browsers would open a dialogue.
            let bearer = HeaderValue::from_static("Bearer realm=\"filittle\"");
            headers.insert(WWW_AUTHENTICATE, bearer);
        }
        Kind::Unavailable | Kind::TooManyRequests => {
            headers.insert(RETRY_AFTER, HeaderValue::from(RETRY_AFTER_SECONDS));
        }
        Kind::TooManyJobs | Kind::BacklogFull => {
            headers.insert(RETRY_AFTER, HeaderValue::from(ROOM_AFTER_SECONDS));
        }
        _ => {}
    }
}

/// `Allow`, `Content-Range` and the like; not what described the body that was there before.
fn keep_headers(from: &Response, to: &mut Response) {
    for (name, value) in from.headers() {
        if name != CONTENT_TYPE && name != CONTENT_LENGTH {
            to.headers_mut().insert(name, value.clone());
        }
    }
}

fn status(kind: Kind) -> StatusCode {
    StatusCode::from_u16(kind.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

fn by_status(status: StatusCode) -> Problem {
    match status {
        StatusCode::NOT_FOUND => Problem::new(Kind::NotFound, "nothing is at this address"),
        StatusCode::METHOD_NOT_ALLOWED => Problem::new(
            Kind::MethodNotAllowed,
            "this address does not know the method; Allow names those it knows",
        ),
        StatusCode::PAYLOAD_TOO_LARGE => Problem::new(Kind::TooLarge, "the body is too large"),
        StatusCode::UNSUPPORTED_MEDIA_TYPE => {
            Problem::new(Kind::UnsupportedMediaType, "the body has another type")
        }
        status if status.is_client_error() => {
            Problem::new(Kind::BadRequest, "the request cannot be read")
        }
        _ => Problem::new(Kind::Internal, "the fault is in the service's log"),
    }
}

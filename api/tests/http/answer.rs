//! An answer, with what all answers of a kind must have.

use bytes::Bytes;
use reqwest::RequestBuilder;
use reqwest::header::HeaderMap;
use serde_json::Value;

use crate::openapi;

/// A whole answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    pub(crate) path: String,
}

/// Sends a request and takes the whole answer, which must be one that the document tells of.
pub(crate) trait Send {
    async fn answer(self) -> Answer;
}

impl Send for RequestBuilder {
    async fn answer(self) -> Answer {
        let (client, request) = self.build_split();
        let request = request.expect("a request");
        let method = request.method().clone();
        let response = client.execute(request).await.expect("an answer");
        let answer = Answer {
            status: response.status().as_u16(),
            headers: response.headers().clone(),
            path: response.url().path().to_owned(),
            body: response.bytes().await.expect("the whole body"),
        };
        openapi::check(&method, &answer);
        answer
    }
}

impl Answer {
    /// It has this status.
    pub(crate) fn is(self, status: u16) -> Self {
        assert_eq!(
            self.status,
            status,
            "{}",
            String::from_utf8_lossy(&self.body)
        );
        self
    }

    pub(crate) fn json(&self) -> Value {
        assert!(
            self.header("content-type").ends_with("json"),
            "{:?}",
            self.headers
        );
        serde_json::from_slice(&self.body).expect("JSON")
    }

    /// A field of the head, empty when it is not there.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().expect("text"))
    }

    /// It is a problem of RFC 9457, in every part; answers its body.
    pub(crate) fn refused(self, status: u16, code: &str) -> Value {
        let answer = self.is(status);
        assert_eq!(answer.header("content-type"), "application/problem+json");
        let body = answer.json();
        assert_eq!(body["code"], code, "{body}");
        assert_eq!(body["type"], format!("/problems/{code}"));
        assert_eq!(body["status"], status);
        assert_eq!(body["instance"], answer.path);
        assert!(!body["title"].as_str().unwrap().is_empty());
        assert!(!body["detail"].as_str().unwrap().is_empty());
        if status == 401 {
            assert_eq!(
                answer.header("www-authenticate"),
                "Bearer realm=\"filittle\""
            );
        }
        body
    }

    /// It is a problem with these pointers.
    pub(crate) fn invalid(self, pointers: &[&str]) {
        let body = self.refused(422, "invalid");
        let told: Vec<_> = body["errors"]
            .as_array()
            .unwrap()
            .iter()
            .map(|error| error["pointer"].as_str().unwrap())
            .collect();
        assert_eq!(told, pointers, "{body}");
    }
}

//! `Idempotency-Key`: a request that its client may send twice, and that does what it does once.

use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::request::Parts;
use filittle_common::ids::OwnerId;
use filittle_common::problem::Kind;
use filittle_common::receipts::{Receipt, Underway};
use filittle_common::{Actor, random};
use uuid::Uuid;

use super::Api;
use super::problem::{Refusal, Result};

pub(super) const NAME: &str = "idempotency-key";
pub(super) const LONGEST: usize = 255;

/// The key of a request, if it has one, and what the request is but for its body.
pub(super) struct Key {
    key: Option<String>,
    route: String,
}

/// A request that is under way, with its key taken if it has one.
pub(super) struct Begun {
    receipt: Option<Receipt>,
    /// Keeps the key taken.
    underway: Option<Underway>,
}

impl FromRequestParts<Api> for Key {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _: &Api) -> Result<Self> {
        let uri = parts.uri.path_and_query().map_or("", |uri| uri.as_str());
        Ok(Self {
            key: key(&parts.headers)?,
            route: format!("{} {uri}", parts.method),
        })
    }
}

/// As it is, or as a string of RFC 9651, which is the same without its quotes.
fn key(headers: &HeaderMap) -> Result<Option<String>> {
    let mut sent = headers.get_all(NAME).iter();
    let Some(value) = sent.next() else {
        return Ok(None);
    };
    let text = value.to_str().unwrap_or_default().trim();
    let unquoted = (text.strip_prefix('"')).and_then(|rest| rest.strip_suffix('"'));
    let key = unquoted.unwrap_or(text);
    let is_good = (1..=LONGEST).contains(&key.len()) && !key.contains(['"', '\\']);
    if !is_good || sent.next().is_some() {
        return Err(Refusal::of(
            Kind::BadRequest,
            format!("Idempotency-Key is one text of 1 to {LONGEST} characters of ASCII"),
        ));
    }
    Ok(Some(key.to_owned()))
}

impl Key {
    /// Whether the client sent one.
    pub(super) fn is_sent(&self) -> bool {
        self.key.is_some()
    }

    /// The actor of a request whose body is these parts. `scope` keeps those apart who have no
    /// account yet.
    pub(super) fn sign<P: AsRef<[u8]>>(
        self,
        api: &Api,
        actor: Actor,
        scope: &str,
        parts: impl IntoIterator<Item = P>,
    ) -> Actor {
        let begun = Begun {
            receipt: self.receipt(api, &actor, scope),
            underway: None,
        };
        begun.sign(api, actor, parts)
    }

    /// Takes the key for as long as the body comes.
    pub(super) async fn begin(self, api: &Api, actor: &Actor) -> Result<Begun> {
        let Some(receipt) = self.receipt(api, actor, "") else {
            return Ok(Begun {
                receipt: None,
                underway: None,
            });
        };
        Ok(Begun {
            underway: Underway::begin(api, receipt.clone()).await?,
            receipt: Some(receipt),
        })
    }

    fn receipt(self, api: &Api, actor: &Actor, scope: &str) -> Option<Receipt> {
        let owner = actor.signed_in().map(|member| member.owner);
        let requests = api.accounts.requests();
        let key = self.key?;
        Some(Receipt {
            owner: owner.unwrap_or(OwnerId(Uuid::nil())),
            key: if scope.is_empty() {
                key
            } else {
                format!("{}:{key}", requests.fingerprint([scope]))
            },
            token: random::uuid_v4(),
            fingerprint: self.route,
            has_begun: false,
        })
    }
}

impl Begun {
    /// The actor of this request, now that its body is known.
    pub(super) fn sign<P: AsRef<[u8]>>(
        &self,
        api: &Api,
        actor: Actor,
        parts: impl IntoIterator<Item = P>,
    ) -> Actor {
        let Some(receipt) = &self.receipt else {
            return actor;
        };
        let requests = api.accounts.requests();
        let body = requests.fingerprint(parts);
        actor.under(Receipt {
            fingerprint: requests.fingerprint([receipt.fingerprint.as_bytes(), body.as_bytes()]),
            has_begun: self.underway.is_some(),
            ..receipt.clone()
        })
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn keys() {
        let long = "x".repeat(LONGEST + 1);
        let table = [
            ("a-1", Ok(Some("a-1"))),
            ("\"a-1\"", Ok(Some("a-1"))),
            ("", Err(())),
            ("\"\"", Err(())),
            ("a\"b", Err(())),
            (&long, Err(())),
        ];
        for (value, expected) in table {
            let mut headers = HeaderMap::new();
            headers.insert(NAME, HeaderValue::from_str(value).unwrap());
            let told = key(&headers).map_err(drop);
            assert_eq!(
                told.as_ref().map(Option::as_deref),
                expected.as_ref().map(|key| *key)
            );
        }
        assert!(key(&HeaderMap::new()).unwrap().is_none());
    }
}

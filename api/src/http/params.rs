//! Queries and path segments, in. A wrong value is told with the name of its parameter.

use std::str::FromStr;

use axum::extract::{FromRequestParts, Path, Query};
use axum::http::request::Parts;
use filittle_steps::Mistake;

use super::problem::{Refusal, Result, mistake, pointer};

/// The parameters of a query. Take what you know, then [`Params::finish`], which refuses the rest.
pub(super) struct Params {
    pairs: Vec<(String, String)>,
    known: Vec<&'static str>,
    mistakes: Vec<Mistake>,
}

impl<S: Sync> FromRequestParts<S> for Params {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self> {
        let Query(pairs) = Query::<Vec<(String, String)>>::try_from_uri(&parts.uri)
            .map_err(|error| Refusal::invalid(vec![mistake("", error.body_text())]))?;
        Ok(Self {
            pairs,
            known: Vec::new(),
            mistakes: Vec::new(),
        })
    }
}

impl Params {
    /// The text of a parameter; once is enough.
    pub(super) fn text(&mut self, name: &'static str) -> Option<String> {
        self.known.push(name);
        let mut values = self.pairs.iter().filter(|(key, _)| key == name);
        let value = values.next().map(|(_, value)| value.clone());
        if values.next().is_some() {
            self.mistakes
                .push(mistake(pointer(name), "stands there twice"));
        }
        value
    }

    /// The value of a parameter, which must be `what`.
    pub(super) fn parsed<T: FromStr>(&mut self, name: &'static str, what: &str) -> Option<T> {
        self.with(name, what, |text| text.parse().ok())
    }

    /// Whether what is packed is to be unpacked by the client; see [`unpacked`](super::unpack).
    pub(super) fn unpack(&mut self) -> bool {
        self.parsed("unpack", "true or false").unwrap_or_default()
    }

    /// The value of a parameter as `read` reads it, which must be `what`.
    pub(super) fn with<T>(
        &mut self,
        name: &'static str,
        what: &str,
        read: impl Fn(&str) -> Option<T>,
    ) -> Option<T> {
        let text = self.text(name)?;
        let value = read(&text);
        if value.is_none() {
            self.mistakes
                .push(mistake(pointer(name), format!("must be {what}")));
        }
        value
    }

    /// The texts of all parameters whose names begin so, each with the rest of its name; each once.
    pub(super) fn texts_under(&mut self, prefix: &'static str) -> Vec<(String, String)> {
        self.known.push(prefix);
        let (found, others) = std::mem::take(&mut self.pairs)
            .into_iter()
            .partition(|(name, _)| name.starts_with(prefix));
        self.pairs = others;
        let mut texts: Vec<(String, String)> = Vec::new();
        for (name, text) in found {
            let rest = name[prefix.len()..].to_owned();
            let wrong = if rest.is_empty() {
                Some("needs a name behind the point")
            } else if texts.iter().any(|(before, _)| *before == rest) {
                Some("stands there twice")
            } else {
                None
            };
            self.mistakes
                .extend(wrong.map(|wrong| mistake(pointer(&name), wrong)));
            texts.push((rest, text));
        }
        texts
    }

    /// The text of a parameter, which is none of those that are left.
    pub(super) fn taken(&mut self, name: &'static str) -> Option<String> {
        let text = self.text(name);
        self.pairs.retain(|(key, _)| key != name);
        text
    }

    /// Those that are left, for those who know themselves which there are.
    pub(super) fn into_pairs(self) -> Result<Vec<(String, String)>> {
        if self.mistakes.is_empty() {
            Ok(self.pairs)
        } else {
            Err(Refusal::invalid(self.mistakes))
        }
    }

    /// Refuses what was wrong, and what nobody took.
    pub(super) fn finish(mut self) -> Result<()> {
        for (name, _) in &self.pairs {
            if !self.known.contains(&name.as_str()) {
                let detail = match self.known.as_slice() {
                    [] => "is not known here; there are no parameters".into(),
                    known => format!("is not known here; there are {}", known.join(", ")),
                };
                let clipped: String = name.chars().take(64).collect();
                self.mistakes.push(mistake(pointer(&clipped), detail));
            }
        }
        if self.mistakes.is_empty() {
            Ok(())
        } else {
            Err(Refusal::invalid(self.mistakes))
        }
    }
}

/// The ids of a path. What cannot be one is the id of nothing.
pub(super) struct Ids<T>(pub(super) T);

impl<S: Send + Sync, T> FromRequestParts<S> for Ids<T>
where
    T: serde::de::DeserializeOwned + Send,
{
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self> {
        match Path::<T>::from_request_parts(parts, state).await {
            Ok(Path(ids)) => Ok(Self(ids)),
            Err(_) => Err(Refusal::not_found("thing")),
        }
    }
}

//! The bytes of a file or of an output: whole, in part, or not again.

use std::ops::Range;
use std::sync::Arc;

use axum::body::Body;
use axum::http::header::{
    ACCEPT_RANGES, CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_ENCODING, CONTENT_LENGTH,
    CONTENT_RANGE, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, IF_RANGE, RANGE, VARY,
    X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use filittle_common::domain::Output;
use filittle_common::domain::file::File;
use filittle_common::ids::{BlobId, OwnerId};
use filittle_common::problem::Kind;
use futures_util::{StreamExt, TryStreamExt, stream};

use super::Api;
use super::archive::Archive;
use super::conditional::{header_value, is_another, is_known};
use super::disposition::disposition;
use super::problem::{Refusal, Result};
use super::range::{Part, part};
use super::seats::hold;
use super::unpack::unpacked;

/// Types that nothing is run in. Everything else is bytes: what a browser might run (HTML, SVG,
/// XML …) must not be told apart by us either.
const HARMLESS: [&str; 22] = [
    "application/gzip",
    "application/pdf",
    "application/vnd.rar",
    "application/x-7z-compressed",
    "application/x-brotli",
    "application/x-bzip2",
    "application/x-lz4",
    "application/x-tar",
    "application/x-xz",
    "application/zip",
    "application/zstd",
    "audio/mpeg",
    "image/avif",
    "image/bmp",
    "image/gif",
    "image/heif",
    "image/jpeg",
    "image/png",
    "image/tiff",
    "image/webp",
    "text/plain",
    "video/mp4",
];

/// Should a browser show the bytes after all, it runs nothing of them and asks nobody.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox";

/// A content and what it is called.
pub(super) struct Content {
    pub(super) name: String,
    pub(super) media_type: String,
    /// How it is packed, for a client that unpacks it.
    pub(super) coding: Option<&'static str>,
    pub(super) size: u64,
    /// Its strong entity tag.
    pub(super) tag: String,
    /// Lower-case hexadecimal, when it is known.
    pub(super) sha256: Option<String>,
    /// Whose place it takes while it is sent.
    pub(super) owner: OwnerId,
    pub(super) source: Source,
}

/// Where the bytes come from.
pub(super) enum Source {
    /// A content of the store.
    Stored(BlobId),
    /// What is made while it is sent.
    Archive(Archive),
}

impl From<File> for Content {
    fn from(file: File) -> Self {
        Self {
            name: file.name,
            media_type: file.media_type,
            coding: None,
            size: file.size.unsigned_abs(),
            tag: tag(&file.sha256),
            sha256: Some(file.sha256),
            owner: file.owner_id,
            source: Source::Stored(file.blob_id),
        }
    }
}

impl Content {
    pub(super) fn of_output(output: Output, owner: OwnerId) -> Self {
        Self {
            name: output.name,
            media_type: output.media_type,
            coding: None,
            size: output.size,
            tag: tag(&output.sha256),
            sha256: Some(output.sha256),
            owner,
            source: Source::Stored(output.blob),
        }
    }
}

impl Content {
    /// With [`unpacked`] when the query has `unpack=true`.
    pub(super) fn asked(self, unpack: bool, asked: &HeaderMap) -> Result<Self> {
        if unpack {
            unpacked(self, asked)
        } else {
            Ok(self)
        }
    }
}

/// Answers `GET` and `HEAD` of a content: conditions first, then ranges (RFC 9110, section 13.2.2).
pub(super) async fn answer(
    api: &Api,
    method: &Method,
    asked: &HeaderMap,
    content: Content,
) -> Result<Response> {
    let tag = &content.tag;
    if is_another(asked, tag) {
        return Err(Refusal::of(
            Kind::PreconditionFailed,
            "it is not what If-Match names",
        ));
    }
    let mut headers = content.headers(tag)?;
    if is_known(asked, tag) {
        headers.remove(CONTENT_TYPE);
        return Ok((StatusCode::NOT_MODIFIED, headers).into_response());
    }
    match asked_part(method, asked, tag, content.size) {
        Part::Whole => {
            if let Some(sha256) = &content.sha256 {
                let digest = whole_digest(sha256)?;
                headers.insert(HeaderName::from_static("content-digest"), digest);
            }
            send(
                api,
                method,
                StatusCode::OK,
                headers,
                &content,
                0..content.size,
            )
            .await
        }
        Part::Some(range) => {
            let place = format!("bytes {}-{}/{}", range.start, range.end - 1, content.size);
            headers.insert(CONTENT_RANGE, header_value(&place)?);
            send(
                api,
                method,
                StatusCode::PARTIAL_CONTENT,
                headers,
                &content,
                range,
            )
            .await
        }
        Part::Outside => {
            let refusal = Refusal::of(
                Kind::RangeNotSatisfiable,
                format!("there are {} bytes", content.size),
            );
            let size = header_value(&format!("bytes */{}", content.size))?;
            Ok(([(CONTENT_RANGE, size)], refusal).into_response())
        }
    }
}

impl Content {
    fn headers(&self, tag: &str) -> Result<HeaderMap> {
        let fixed = |text| HeaderValue::from_static(text);
        let shown = shown_type(&self.media_type);
        let mut headers = HeaderMap::from_iter([
            (ETAG, header_value(tag)?),
            (ACCEPT_RANGES, fixed("bytes")),
            (CONTENT_TYPE, fixed(shown)),
            (CONTENT_DISPOSITION, disposition(&self.name, shown)),
            (CACHE_CONTROL, fixed("private, no-cache")),
            (X_CONTENT_TYPE_OPTIONS, fixed("nosniff")),
            (CONTENT_SECURITY_POLICY, fixed(POLICY)),
            (
                HeaderName::from_static("cross-origin-resource-policy"),
                fixed("same-site"),
            ),
        ]);
        if let Some(coding) = self.coding {
            headers.insert(CONTENT_ENCODING, fixed(coding));
            headers.insert(VARY, fixed("accept-encoding"));
        }
        Ok(headers)
    }
}

fn tag(sha256: &str) -> String {
    format!("\"{sha256}\"")
}

fn shown_type(media_type: &str) -> &'static str {
    let harmless = HARMLESS.iter().find(|known| **known == media_type);
    match harmless {
        // Bytes that are not UTF-8 are shown wrong; guessing would be worse.
        Some(&"text/plain") => "text/plain; charset=utf-8",
        Some(known) => known,
        None => "application/octet-stream",
    }
}

/// A range counts for `GET` only, and with `If-Range` only while the content is the same.
fn asked_part(method: &Method, asked: &HeaderMap, tag: &str, size: u64) -> Part {
    let is_same = asked.get(IF_RANGE).is_none_or(|value| value == tag);
    if method != Method::GET || !is_same {
        return Part::Whole;
    }
    let mut sent = asked.get_all(RANGE).iter();
    let only = sent.next().filter(|_| sent.next().is_none());
    part(only.and_then(|value| value.to_str().ok()), size)
}

/// RFC 9530, from the hash that is kept anyway.
fn whole_digest(sha256: &str) -> Result<HeaderValue> {
    let digits = |at| {
        sha256
            .get(at..at + 2)
            .and_then(|hex| u8::from_str_radix(hex, 16).ok())
    };
    let bytes: Vec<u8> = (0..sha256.len()).step_by(2).map_while(digits).collect();
    header_value(&format!("sha-256=:{}:", STANDARD.encode(bytes)))
}

async fn send(
    api: &Api,
    method: &Method,
    status: StatusCode,
    mut headers: HeaderMap,
    content: &Content,
    range: Range<u64>,
) -> Result<Response> {
    headers.insert(CONTENT_LENGTH, HeaderValue::from(range.end - range.start));
    if method == Method::HEAD {
        return Ok((status, headers).into_response());
    }
    let seat = api.downloads.wait(content.owner, api.settings.patience);
    let seat = Arc::new(seat.await?);
    let mut pieces = match &content.source {
        Source::Stored(blob) => api.blobs.read(*blob, range).boxed(),
        Source::Archive(archive) => archive.read(&api.blobs, &range),
    };
    // The first piece before the head: what cannot be read has no good status.
    let first = pieces.next().await.transpose().inspect_err(|error| {
        tracing::error!(%error, "content");
    })?;
    let rest = pieces.inspect(|piece| {
        if let Err(error) = piece {
            tracing::error!(%error, "content was cut off");
        }
    });
    let metrics = api.metrics().clone();
    let body = stream::iter(first.map(Ok))
        .chain(rest)
        .map_ok(move |piece| {
            metrics.http.sent(piece.len());
            hold(&seat, piece)
        });
    let body = Body::from_stream(body);
    Ok((status, headers, body).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_be_run_is_shown_as_bytes() {
        for active in [
            "text/html",
            "image/svg+xml",
            "text/xml",
            "application/javascript",
            "",
        ] {
            assert_eq!(shown_type(active), "application/octet-stream");
        }
        assert_eq!(shown_type("image/png"), "image/png");
    }

    #[test]
    fn the_digest_has_the_form_of_rfc_9530() {
        // Of no bytes at all.
        let hex = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(
            whole_digest(hex).unwrap(),
            "sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:"
        );
    }
}

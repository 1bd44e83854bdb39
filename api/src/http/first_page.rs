//! The page at `/`: files of the folder `first_page`, as they are. Nothing of them is made by a build
//! step, and nothing comes from elsewhere.

use aws_lc_rs::digest::{SHA256, digest};
use axum::Router;
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG};
use axum::http::{HeaderMap, HeaderName, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::Api;
use super::conditional::{header_value, is_known};
use super::problem::Result;

/// Scripts, styles and requests of this service only; pictures also of what is in the page's hands.
/// Text never becomes markup: the page makes elements, and with `require-trusted-types-for` a browser
/// refuses anything else.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
                      img-src 'self' blob:; connect-src 'self'; base-uri 'none'; \
                      form-action 'none'; frame-ancestors 'none'; \
                      require-trusted-types-for 'script'; trusted-types 'none'";

/// What the page never asks a browser for.
const PERMISSIONS: &str = "camera=(), geolocation=(), microphone=(), payment=(), usb=()";

const HTML: &str = "text/html; charset=utf-8";
const CSS: &str = "text/css; charset=utf-8";
const SVG: &str = "image/svg+xml";
const SCRIPT: &str = "text/javascript; charset=utf-8";

/// A file of the page.
struct Asset {
    path: &'static str,
    media_type: &'static str,
    text: &'static str,
}

macro_rules! assets {
    ($($path:literal: $media_type:ident $name:literal,)*) => {
        &[$(Asset {
            path: $path,
            media_type: $media_type,
            text: include_str!(concat!("../../first_page/", $name)),
        }),*]
    };
}

static ASSETS: &[Asset] = assets! {
    "/": HTML "index.html",
    "/page/style.css": CSS "style.css",
    "/page/jobs.css": CSS "jobs.css",
    "/page/icon.svg": SVG "icon.svg",
    "/page/app.js": SCRIPT "app.js",
    "/page/api.js": SCRIPT "api.js",
    "/page/card.js": SCRIPT "card.js",
    "/page/compare.js": SCRIPT "compare.js",
    "/page/curl.js": SCRIPT "curl.js",
    "/page/dom.js": SCRIPT "dom.js",
    "/page/feed.js": SCRIPT "feed.js",
    "/page/files.js": SCRIPT "files.js",
    "/page/jobs.js": SCRIPT "jobs.js",
    "/page/keys.js": SCRIPT "keys.js",
    "/page/order.js": SCRIPT "order.js",
    "/page/sending.js": SCRIPT "sending.js",
    "/page/session.js": SCRIPT "session.js",
    "/page/sign_in.js": SCRIPT "sign_in.js",
    "/page/steps.js": SCRIPT "steps.js",
    "/page/tones.js": SCRIPT "tones.js",
    "/page/units.js": SCRIPT "units.js",
    "/page/upload.js": SCRIPT "upload.js",
    "/page/words.js": SCRIPT "words.js",
};

pub(super) fn routes() -> Router<Api> {
    ASSETS.iter().fold(Router::new(), |routes, asset| {
        routes.route(
            asset.path,
            get(async move |asked: HeaderMap| asset.answer(&asked)),
        )
    })
}

impl Asset {
    /// The file, or 304 when the browser has just that. What every answer tells browsers is told by
    /// [`super::browsers`].
    fn answer(&self, asked: &HeaderMap) -> Result<Response> {
        let hash = digest(&SHA256, self.text.as_bytes());
        let tag = format!("\"{}\"", URL_SAFE_NO_PAD.encode(&hash.as_ref()[..16]));
        let about = [
            (ETAG, header_value(&tag)?),
            (CACHE_CONTROL, header_value("no-cache")?),
        ];
        let guards = [
            (CONTENT_SECURITY_POLICY, POLICY),
            (
                HeaderName::from_static("cross-origin-opener-policy"),
                "same-origin",
            ),
            (HeaderName::from_static("permissions-policy"), PERMISSIONS),
        ];
        if is_known(asked, &tag) {
            return Ok((StatusCode::NOT_MODIFIED, about, guards).into_response());
        }
        let media_type = [(CONTENT_TYPE, self.media_type)];
        Ok((about, guards, media_type, self.text).into_response())
    }
}

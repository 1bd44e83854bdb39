//! What a client would rather have (RFC 9110, 12.5.1).

use axum::http::HeaderMap;
use axum::http::header::ACCEPT;

const JSON: &str = "application/json";

/// Whether a client names this media type, and JSON not before it: with less weight, behind it with
/// the same, or not at all. Who only says that anything will do gets JSON.
pub(super) fn is_preferred(headers: &HeaderMap, media_type: &str) -> bool {
    let fields = headers.get_all(ACCEPT).iter();
    let mut best: Option<(bool, f32)> = None;
    for range in fields
        .filter_map(|field| field.to_str().ok())
        .flat_map(|field| field.split(','))
    {
        let mut parts = range.split(';').map(str::trim);
        let name = parts.next().unwrap_or_default();
        let is_it = name.eq_ignore_ascii_case(media_type);
        if !is_it && !name.eq_ignore_ascii_case(JSON) {
            continue;
        }
        let weight = parts.find_map(weight).unwrap_or(1.0);
        if weight > best.map_or(0.0, |(_, weight)| weight) {
            best = Some((is_it, weight));
        }
    }
    best.is_some_and(|(is_it, _)| is_it)
}

pub(super) fn weight(parameter: &str) -> Option<f32> {
    let (name, value) = parameter.split_once('=')?;
    name.eq_ignore_ascii_case("q").then(|| value.parse().ok())?
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn the_weight_decides_and_then_the_order() {
        let table = [
            ("text/html", true),
            (
                "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
                true,
            ),
            ("TEXT/HTML;level=1", true),
            ("text/html, application/json", true),
            ("application/json, text/html", false),
            ("text/html;q=0.5, application/json", false),
            ("application/json;q=0.1, text/html;q=0.9", true),
            ("text/html;q=0, application/json", false),
            ("text/html;q=0", false),
            ("text/html;q=x", true),
            ("application/json", false),
            ("*/*", false),
            ("", false),
        ];
        for (accept, expected) in table {
            let headers = HeaderMap::from_iter([(ACCEPT, HeaderValue::from_static(accept))]);
            assert_eq!(is_preferred(&headers, "text/html"), expected, "{accept}");
        }
        let stream = HeaderValue::from_static("text/event-stream; q=0.9, */*");
        let headers = HeaderMap::from_iter([(ACCEPT, stream)]);
        assert!(is_preferred(&headers, "text/event-stream"));
        let fields = ["application/json;q=0.2", "text/html"].map(HeaderValue::from_static);
        let headers = HeaderMap::from_iter(fields.map(|field| (ACCEPT, field)));
        assert!(!is_preferred(&HeaderMap::new(), "text/html"));
        assert!(is_preferred(&headers, "text/html"));
    }
}

//! A stored content that is packed goes out as the coding of another one (RFC 9110, 8.4), so that
//! the client unpacks it, and nobody else does.

use axum::http::HeaderMap;
use axum::http::header::ACCEPT_ENCODING;
use filittle_common::problem::Kind;

use super::accept::weight;
use super::content::Content;
use super::problem::{Refusal, Result};

/// A format that is a content coding, too: its media type, its name as a coding, and the endings of
/// its files, each with what is left of it.
struct Coding {
    media_type: &'static str,
    name: &'static str,
    endings: &'static [(&'static str, &'static str)],
}

const CODINGS: [Coding; 3] = [
    Coding {
        media_type: "application/zstd",
        name: "zstd",
        endings: &[(".zst", ""), (".tzst", ".tar")],
    },
    Coding {
        media_type: "application/gzip",
        name: "gzip",
        endings: &[(".gz", ""), (".tgz", ".tar")],
    },
    Coding {
        media_type: "application/x-brotli",
        name: "br",
        endings: &[(".br", "")],
    },
];

/// What is packed in `content`, when it is packed so that HTTP has a name for it; else it as it is.
///
/// Nobody gets this unasked: most clients accept gzip always, and who made a gzip file wants that.
///
/// # Errors
/// [`Kind::NotAcceptable`] when the client does not accept the coding.
pub(super) fn unpacked(content: Content, asked: &HeaderMap) -> Result<Content> {
    let mut codings = CODINGS.iter();
    let Some(coding) = codings.find(|coding| coding.media_type == content.media_type) else {
        return Ok(content);
    };
    if !accepts(asked, coding.name) {
        let name = coding.name;
        let detail = format!("it is packed; send `Accept-Encoding: {name}`, or leave `unpack` out");
        return Err(Refusal::of(Kind::NotAcceptable, detail));
    }
    Ok(Content {
        name: coding.before(&content.name),
        media_type: String::new(),
        tag: format!("{}-{}\"", content.tag.trim_end_matches('"'), coding.name),
        coding: Some(coding.name),
        ..content
    })
}

impl Coding {
    /// The name of a file before it was packed.
    fn before(&self, name: &str) -> String {
        for (ending, before) in self.endings {
            let start = name.len().saturating_sub(ending.len());
            let (stem, end) = name.split_at_checked(start).unwrap_or((name, ""));
            if !stem.is_empty() && end.eq_ignore_ascii_case(ending) {
                return format!("{stem}{before}");
            }
        }
        name.to_owned()
    }
}

/// RFC 9110, 12.5.3: a coding that is named counts as it is weighted there, another one as `*` is.
fn accepts(asked: &HeaderMap, coding: &str) -> bool {
    let fields = asked.get_all(ACCEPT_ENCODING).iter();
    let listed = fields
        .filter_map(|field| field.to_str().ok())
        .flat_map(|field| field.split(','));
    let mut of_all = 0.0;
    for one in listed {
        let mut parts = one.split(';').map(str::trim);
        let name = parts.next().unwrap_or_default();
        let weight = parts.find_map(weight).unwrap_or(1.0);
        if name.eq_ignore_ascii_case(coding) {
            return weight > 0.0;
        }
        if name == "*" {
            of_all = weight;
        }
    }
    of_all > 0.0
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn a_coding_is_accepted_where_it_or_all_are_named() {
        for (field, is_accepted) in [
            ("zstd", true),
            ("gzip, deflate, br, zstd", true),
            ("gzip;q=1.0, ZSTD;q=0.1", true),
            ("*", true),
            ("*;q=0, zstd", true),
            ("*, zstd;q=0", false),
            ("zstd;q=0", false),
            ("gzip, br", false),
            ("identity", false),
            ("", false),
        ] {
            let asked = HeaderMap::from_iter([(ACCEPT_ENCODING, HeaderValue::from_static(field))]);
            assert_eq!(accepts(&asked, "zstd"), is_accepted, "{field}");
        }
        assert!(!accepts(&HeaderMap::new(), "zstd"));
    }

    #[test]
    fn a_file_is_called_as_before_it_was_packed() {
        let [_, gzip, _] = &CODINGS;
        for (packed, before) in [
            ("a.txt.gz", "a.txt"),
            ("A.TXT.GZ", "A.TXT"),
            ("a.tgz", "a.tar"),
            (".gz", ".gz"),
            ("gz", "gz"),
            ("ä", "ä"),
            ("a.zip", "a.zip"),
        ] {
            assert_eq!(gzip.before(packed), before);
        }
    }
}

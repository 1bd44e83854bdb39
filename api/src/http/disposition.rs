//! `Content-Disposition` (RFC 6266): the only place where a user's file name gets into a header.

use axum::http::HeaderValue;

/// Pictures that a browser shows without running anything.
const SHOWN: [&str; 4] = ["image/png", "image/jpeg", "image/webp", "image/gif"];

/// Says what to do with the bytes, and what to call them.
pub(super) fn disposition(name: &str, media_type: &str) -> HeaderValue {
    let manner = if SHOWN.contains(&media_type) {
        "inline"
    } else {
        "attachment"
    };
    // Where it was in an archive is nothing for the folder that it is downloaded into.
    let name = name.rsplit('/').next().unwrap_or(name);
    let ascii: String = name
        .chars()
        .map(|c| if is_plain(c) { c } else { '_' })
        .collect();
    let value = format!(
        "{manner}; filename=\"{ascii}\"; filename*=UTF-8''{}",
        percent_encoded(name)
    );
    // Both forms of the name are plain ASCII, so this does not fail.
    HeaderValue::try_from(value).unwrap_or_else(|_| HeaderValue::from_static("attachment"))
}

/// What stands in a quoted string as it is, and is not taken for an escape by anybody.
fn is_plain(c: char) -> bool {
    matches!(c, ' '..='~') && !matches!(c, '"' | '\\' | '%')
}

/// RFC 8187: all but `attr-char` as percent and two digits.
fn percent_encoded(name: &str) -> String {
    use std::fmt::Write;
    name.bytes().fold(String::new(), |mut out, byte| {
        if byte.is_ascii_alphanumeric() || b"!#$&+-.^_`|~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(out, "%{byte:02X}");
        }
        out
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_path_only_the_name_is_told() {
        assert!(!text("folder/a.txt", "text/plain").contains("folder"));
    }

    fn text(name: &str, media_type: &str) -> String {
        disposition(name, media_type).to_str().unwrap().to_owned()
    }

    #[test]
    fn pictures_are_shown_and_everything_else_is_saved() {
        assert_eq!(
            text("a b.png", "image/png"),
            "inline; filename=\"a b.png\"; filename*=UTF-8''a%20b.png"
        );
        for media_type in ["image/svg+xml", "text/html", "application/pdf", "image/PNG"] {
            assert!(
                text("x", media_type).starts_with("attachment; "),
                "{media_type}"
            );
        }
    }

    #[test]
    fn no_name_gets_out_of_its_quotes() {
        let names = [
            "a\"; filename=\"evil.exe",
            "a\\",
            "a\r\nSet-Cookie: x=y",
            "naïve – 日本.txt",
            "%22",
            "\u{202e}gpj.exe",
            "a\0b",
            "'",
            "*",
            "",
        ];
        for name in names {
            let value = text(name, "text/plain");
            assert_eq!(value.matches('"').count(), 2, "{value}");
            let (_, encoded) = value.split_once("filename*=UTF-8''").unwrap();
            assert_eq!(decoded(encoded), name);
        }
    }

    fn decoded(text: &str) -> String {
        let mut bytes = Vec::new();
        let mut rest = text.bytes();
        while let Some(byte) = rest.next() {
            bytes.push(if byte == b'%' {
                let digits = [rest.next().unwrap(), rest.next().unwrap()];
                u8::from_str_radix(std::str::from_utf8(&digits).unwrap(), 16).unwrap()
            } else {
                byte
            });
        }
        String::from_utf8(bytes).unwrap()
    }
}

/// How many bytes from the start of a file [`sniff`] looks at, at most.
pub const SNIFF_BYTES: usize = 8 << 10;

/// The media type of a file by its first bytes; what the sender said about it does not count.
///
/// Formats by their magic numbers, else `text/plain` for UTF-8 without control characters other
/// than white space, else `application/octet-stream`. HTML and SVG are text here: a browser must
/// never run what a user sent.
pub fn sniff(head: &[u8]) -> &'static str {
    let head = &head[..head.len().min(SNIFF_BYTES)];
    match infer::get(head) {
        Some(kind) if kind.matcher_type() != infer::MatcherType::Text => kind.mime_type(),
        _ if is_text(head) => "text/plain",
        _ => "application/octet-stream",
    }
}

fn is_text(head: &[u8]) -> bool {
    let text = match std::str::from_utf8(head) {
        Ok(text) => text,
        // The head may end within a character.
        Err(error) if error.error_len().is_none() => {
            std::str::from_utf8(&head[..error.valid_up_to()]).unwrap_or_default()
        }
        Err(_) => return false,
    };
    !text.is_empty()
        && !text
            .chars()
            .any(|c| c.is_control() && !c.is_ascii_whitespace())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn magic_numbers_decide() {
        assert_eq!(sniff(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"), "image/png");
        assert_eq!(sniff(b"\xff\xd8\xff\xe0\0\x10JFIF\0"), "image/jpeg");
        assert_eq!(sniff(b"PK\x03\x04\x14\0\0\0"), "application/zip");
        assert_eq!(sniff(b"\x1f\x8b\x08\0\0\0\0\0"), "application/gzip");
        assert_eq!(sniff(b"\x28\xb5\x2f\xfd\0\0"), "application/zstd");
    }

    #[test]
    fn utf_8_is_text_also_when_cut_within_a_character() {
        assert_eq!(sniff("na\u{ef}ve\n".as_bytes()), "text/plain");
        assert_eq!(
            sniff(&"é".repeat(SNIFF_BYTES).as_bytes()[..101]),
            "text/plain"
        );
    }

    #[test]
    fn what_a_browser_would_run_is_plain_text() {
        assert_eq!(
            sniff(b"<!DOCTYPE html><script>alert(1)</script>"),
            "text/plain"
        );
        assert_eq!(
            sniff(b"<svg xmlns=\"http://www.w3.org/2000/svg\"/>"),
            "text/plain"
        );
    }

    #[test]
    fn anything_else_is_only_bytes() {
        assert_eq!(sniff(b""), "application/octet-stream");
        assert_eq!(sniff(&[0, 1, 2, 3, 255]), "application/octet-stream");
        assert_eq!(sniff(b"text with \0 in it"), "application/octet-stream");
    }
}

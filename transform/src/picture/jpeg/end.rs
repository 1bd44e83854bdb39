/// Whether a JPEG reaches its end-of-image marker (ITU-T T.81, B.1.1.3 and B.2.1).
///
/// The decoder fills what is missing with grey, and in a progressive file the loss may be whole
/// scans without any visible mark. Every truncation loses this marker, and it cannot appear by
/// accident: in entropy-coded data each 0xff is followed by 0x00, and metadata (which may hold a
/// thumbnail with an end of its own) is skipped by its length.
pub(super) fn reaches_end(jpeg: &[u8]) -> bool {
    let mut rest = jpeg.get(2..).unwrap_or_default();
    loop {
        let Some(at) = rest.iter().position(|byte| *byte == 0xff) else {
            return false;
        };
        rest = &rest[at + 1..];
        match rest.first() {
            None => return false,
            Some(0xd9) => return true,
            // A stuffed zero, a fill byte, TEM, a restart, SOI: nothing follows that has a length.
            Some(0x00 | 0x01 | 0xd0..=0xd8 | 0xff) => {}
            Some(_) => {
                let Some(&[high, low]) = rest.get(1..3) else {
                    return false;
                };
                let length = usize::from(u16::from_be_bytes([high, low]));
                let Some(after) = rest.get(1 + length..) else {
                    return false;
                };
                rest = after;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::reaches_end;

    #[test]
    fn the_end_of_a_thumbnail_is_not_the_end() {
        let start = [0xff, 0xd8, 0xff, 0xe1, 0, 6, 0xff, 0xd9, 0, 0];
        assert!(!reaches_end(&start));
        assert!(reaches_end(&[&start[..], &[0xff, 0xd9]].concat()));
    }

    #[test]
    fn a_stuffed_byte_is_no_marker() {
        let scan = [
            0xff, 0xd8, 0xff, 0xda, 0, 2, 1, 0xff, 0, 0xd9, 0xff, 0xd0, 7,
        ];
        assert!(!reaches_end(&scan));
        assert!(reaches_end(
            &[&scan[..], &[0xff, 0xff, 0xd9, 1, 2]].concat()
        ));
    }

    #[test]
    fn nothing_is_no_end() {
        assert!(!reaches_end(&[]) && !reaches_end(&[0xff]) && !reaches_end(&[0xff, 0xd8, 0xff]));
    }
}

//! The one thing we read from EXIF (CIPA DC-008, 4.6): the orientation, tag 0x0112 of IFD 0.

/// The orientation, 1 to 8, from a TIFF block with or without `Exif\0\0` before it.
pub(super) fn orientation(exif: &[u8]) -> Option<u8> {
    let tiff = exif.strip_prefix(b"Exif\0\0").unwrap_or(exif);
    let little = match tiff.get(..4)? {
        b"II*\0" => true,
        b"MM\0*" => false,
        _ => return None,
    };
    let short = |at: usize| {
        let bytes = *tiff.get(at..)?.first_chunk()?;
        Some(if little {
            u16::from_le_bytes(bytes)
        } else {
            u16::from_be_bytes(bytes)
        })
    };
    let long = |at: usize| {
        let bytes = *tiff.get(at..)?.first_chunk()?;
        Some(if little {
            u32::from_le_bytes(bytes)
        } else {
            u32::from_be_bytes(bytes)
        })
    };
    let ifd = usize::try_from(long(4)?).ok()?;
    let entries = usize::from(short(ifd)?);
    let entry = (0..entries)
        .map(|n| ifd + 2 + 12 * n)
        .find(|at| short(*at) == Some(0x0112))?;
    // Type 3 is SHORT; one value stands in the first bytes of the value field.
    let value = if short(entry + 2)? == 3 {
        short(entry + 8)?
    } else {
        return None;
    };
    u8::try_from(value)
        .ok()
        .filter(|value| (1..=8).contains(value))
}

#[cfg(test)]
mod tests {
    use super::orientation;

    #[test]
    fn both_byte_orders_are_read() {
        let little = b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0";
        let big = b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x08\0\0";
        assert_eq!(orientation(little), Some(6));
        assert_eq!(orientation(big), Some(8));
    }

    #[test]
    fn nonsense_has_no_orientation() {
        let far = b"II*\0\xff\xff\xff\xff\x01\0";
        let nine = b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x09\0\0\0";
        assert!(orientation(b"").is_none() && orientation(far).is_none());
        assert!(orientation(nine).is_none() && orientation(&nine[..18]).is_none());
    }
}

use std::io::{self, Read};

use super::{PictureFormat, PictureHeader, damaged, fill};
use crate::Error;

/// SOI and the first byte of the next marker.
pub(super) const MAGIC: [u8; 3] = [0xff, 0xd8, 0xff];

/// Walks the segments after SOI to the frame header `SOFn` (ITU-T T.81, B.2.2).
pub(super) fn header(reader: &mut impl Read) -> Result<PictureHeader, Error> {
    loop {
        let marker = marker(reader)?;
        match marker {
            // Without a length: TEM and the restart markers.
            0x01 | 0xd0..=0xd7 => {}
            0xd8..=0xda => return Err(damaged("a JPEG without a frame header")),
            // SOF0 to SOF15; DHT, JPG and DAC lie between them.
            0xc0..=0xc3 | 0xc5..=0xc7 | 0xc9..=0xcb | 0xcd..=0xcf => return frame(reader, marker),
            _ => skip(reader)?,
        }
    }
}

fn marker(reader: &mut impl Read) -> Result<u8, Error> {
    let mut byte = [0];
    fill(reader, &mut byte)?;
    if byte[0] != 0xff {
        return Err(damaged("a JPEG with bytes where a marker should be"));
    }
    // Any number of 0xff may stand before a marker.
    while byte[0] == 0xff {
        fill(reader, &mut byte)?;
    }
    Ok(byte[0])
}

fn length(reader: &mut impl Read) -> Result<u64, Error> {
    let mut length = [0; 2];
    fill(reader, &mut length)?;
    u64::from(u16::from_be_bytes(length))
        .checked_sub(2)
        .ok_or_else(|| damaged("a JPEG with a segment shorter than its own length"))
}

fn skip(reader: &mut impl Read) -> Result<(), Error> {
    let length = length(reader)?;
    let skipped = io::copy(&mut reader.by_ref().take(length), &mut io::sink())?;
    if skipped < length {
        return Err(Error::bad(
            "truncated-picture",
            "the picture ends within its header",
        ));
    }
    Ok(())
}

fn frame(reader: &mut impl Read, marker: u8) -> Result<PictureHeader, Error> {
    let mut rest = vec![0; usize::try_from(length(reader)?).unwrap_or_default()];
    fill(reader, &mut rest)?;
    let (Some(fixed), Some(components)) = (rest.first_chunk::<6>(), rest.get(6..)) else {
        return Err(damaged("a JPEG with a short frame header"));
    };
    let [bit_depth, h1, h0, w1, w0, channels] = *fixed;
    let (height, width) = (u16::from_be_bytes([h1, h0]), u16::from_be_bytes([w1, w0]));
    if components.len() != usize::from(channels) * 3 || !matches!(channels, 1..=4) {
        return Err(damaged("a JPEG with a wrong number of channels"));
    }
    if width == 0 || height == 0 {
        // A height of 0 would be told later by DNL; decoders do not follow that, nor do we.
        return Err(damaged("a JPEG with a side of no pixels"));
    }
    Ok(PictureHeader {
        format: PictureFormat::Jpeg,
        width: width.into(),
        height: height.into(),
        channels,
        bit_depth,
        indexed: false,
        progressive: matches!(marker & 3, 2),
        samples_per_256_pixels: samples(components)?,
    })
}

/// Samples over all components for 256 pixels, by their sampling factors.
fn samples(components: &[u8]) -> Result<u32, Error> {
    let factors = components
        .chunks_exact(3)
        .map(|c| (u32::from(c[1] >> 4), u32::from(c[1] & 15)));
    let (mut area, mut widest, mut highest) = (0, 0, 0);
    for (h, v) in factors {
        if !(1..=4).contains(&h) || !(1..=4).contains(&v) {
            return Err(damaged("a JPEG with a sampling factor that does not exist"));
        }
        area += h * v;
        widest = widest.max(h);
        highest = highest.max(v);
    }
    Ok(area * 256 / (widest * highest))
}

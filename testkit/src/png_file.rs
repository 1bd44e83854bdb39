//! Writes PNG files piece by piece, right or wrong, as the PNG specification (third edition,
//! sections 5 and 11.2) lays them out.

use std::io::Write;

use flate2::Compression;
use flate2::write::ZlibEncoder;

const SIGNATURE: [u8; 8] = *b"\x89PNG\r\n\x1a\n";

/// What a pixel is: the values of the header's two bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Pixels {
    /// One bit of grey.
    Bit,
    /// Eight bits of each of red, green and blue.
    Rgb,
}

/// A whole file. `rows` is already filtered, with the filter's byte before each row, and packed
/// by [`pack`].
pub(crate) fn file(width: u32, height: u32, pixels: Pixels, rows: &[u8]) -> Vec<u8> {
    let (bits, colour) = match pixels {
        Pixels::Bit => (1, 0),
        Pixels::Rgb => (8, 2),
    };
    let mut header = Vec::new();
    header.extend(width.to_be_bytes());
    header.extend(height.to_be_bytes());
    header.extend([bits, colour, 0, 0, 0]);

    let mut file = SIGNATURE.to_vec();
    chunk(&mut file, *b"IHDR", &header);
    chunk(&mut file, *b"IDAT", rows);
    chunk(&mut file, *b"IEND", &[]);
    file
}

/// The zlib stream of all `parts`.
pub(crate) fn pack<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
    for part in parts {
        encoder
            .write_all(part)
            .expect("memory takes all that is written");
    }
    encoder.finish().expect("memory takes all that is written")
}

fn chunk(file: &mut Vec<u8>, kind: [u8; 4], data: &[u8]) {
    let length = u32::try_from(data.len()).expect("a chunk of these files is below 4 GiB");
    file.extend(length.to_be_bytes());
    let summed = file.len();
    file.extend(kind);
    file.extend(data);
    let sum = crc32fast::hash(&file[summed..]);
    file.extend(sum.to_be_bytes());
}

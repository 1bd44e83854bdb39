use std::io::{self, Write};

use super::{Indexed, PutRow, lzw::Lzw};
use crate::Error;

/// The sections named here are those of the GIF89a specification.
const DEPTHS: [u8; 8] = [1, 2, 3, 4, 5, 6, 7, 8];

/// Written here and not by a codec: those want all pixels at once. The rows are not interlaced.
pub(super) fn write(
    picture: &Indexed<'_>,
    out: &mut dyn Write,
    fill: impl FnOnce(&mut PutRow<'_>) -> Result<(), Error>,
) -> Result<(), Error> {
    let depth = picture.depth(&DEPTHS);
    out.write_all(&head(picture, depth)?)
        .map_err(Error::of_codec)?;
    // Codes of one colour are two bits wide (22).
    let code_size = depth.max(2);
    out.write_all(&[code_size]).map_err(Error::of_codec)?;
    let mut blocks = SubBlocks::new(out);
    let mut lzw = Lzw::new(code_size);
    fill(&mut |row| {
        lzw.write(row);
        blocks.write_all(lzw.ready()).map_err(Error::of_codec)?;
        lzw.take();
        Ok(())
    })?;
    lzw.finish();
    let ended = blocks.write_all(lzw.ready()).and_then(|()| blocks.end());
    ended.map_err(Error::of_codec)
}

/// All before the pixels: the screen (18) and its colours (19), what is transparent (23), and where
/// the one image lies (20).
fn head(picture: &Indexed<'_>, depth: u8) -> Result<Vec<u8>, Error> {
    let size = [side(picture.width)?, side(picture.height)?].map(u16::to_le_bytes);
    let mut head = b"GIF89a".to_vec();
    head.extend_from_slice(size.as_flattened());
    // A table of colours follows; the bits of a primary colour, less one; and of an index.
    let flags = 0x80 | 7 << 4 | (depth - 1);
    // The colour of the background, and no aspect ratio.
    head.extend([flags, 0, 0]);
    head.extend_from_slice(picture.table(1 << depth).as_flattened());
    if let Some(index) = picture.transparent {
        head.extend([0x21, 0xf9, 4, 1, 0, 0, index, 0]);
    }
    head.extend([0x2c, 0, 0, 0, 0]);
    head.extend_from_slice(size.as_flattened());
    head.push(0);
    Ok(head)
}

fn side(pixels: u32) -> Result<u16, Error> {
    u16::try_from(pixels).map_err(|_| {
        Error::large(
            "too-many-pixels",
            "a side of a GIF has at most 65535 pixels",
        )
    })
}

/// Cuts what is written into sub-blocks of up to 255 bytes, each behind its length (15).
struct SubBlocks<'a> {
    out: &'a mut dyn Write,
    /// The length, and as many bytes.
    block: Vec<u8>,
}

const MOST: usize = 255;

impl<'a> SubBlocks<'a> {
    fn new(out: &'a mut dyn Write) -> Self {
        let mut block = Vec::with_capacity(1 + MOST);
        block.push(0);
        Self { out, block }
    }

    fn put(&mut self) -> io::Result<()> {
        self.block[0] = u8::try_from(self.block.len() - 1).unwrap_or(u8::MAX);
        self.out.write_all(&self.block)?;
        self.block.truncate(1);
        Ok(())
    }

    /// The last block, the one of no bytes that ends them, and the end of the file (27).
    fn end(mut self) -> io::Result<()> {
        if self.block.len() > 1 {
            self.put()?;
        }
        self.out.write_all(&[0, 0x3b])
    }
}

impl Write for SubBlocks<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let room = 1 + MOST - self.block.len();
        let count = bytes.len().min(room);
        self.block.extend_from_slice(&bytes[..count]);
        if count == room {
            self.put()?;
        }
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

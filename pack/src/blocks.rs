use std::io::{self, Read};

/// Bytes moved at once.
pub(crate) const BLOCK: usize = 64 << 10;

/// Gives all that is there to read, in blocks.
pub(crate) fn each_block(
    from: &mut impl Read,
    mut take: impl FnMut(&[u8]) -> io::Result<()>,
) -> io::Result<()> {
    let mut block = vec![0; BLOCK];
    loop {
        match from.read(&mut block) {
            Ok(0) => return Ok(()),
            Ok(count) => take(&block[..count])?,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

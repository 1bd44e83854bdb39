//! Tar archives in the form of GNU tar, packed or not.

use std::io::{self, Read, Write};

use tar::{Builder, EntryType, Header};

use crate::{Attributes, EARLIEST, Fault, Settings, write};

/// An archive being written.
pub struct TarWriter<W: Write> {
    tar: Builder<Out<W>>,
}

/// Where the archive goes.
enum Out<W> {
    Plain(W),
    Packed(Box<write::Encoder<W>>),
}

impl<W: Write> TarWriter<W> {
    /// An archive that goes to `out`, all of it packed as one stream if that is asked for.
    ///
    /// # Errors
    /// [`Fault::Encoder`] when there is no memory for it.
    pub fn new(out: W, packed: Option<&Settings>) -> io::Result<Self> {
        let out = match packed {
            Some(settings) => Out::Packed(Box::new(write::Encoder::new(out, settings)?)),
            None => Out::Plain(out),
        };
        Ok(Self {
            tar: Builder::new(out),
        })
    }

    /// Adds a file of `len` bytes. The name has `/` between folders; a time that is not known is 1980.
    /// After an error the archive is of no use.
    ///
    /// # Errors
    /// Those of the reader and of the writer; [`Fault::Encoder`] when the content has another length
    /// or the name has none or leads out of the archive.
    pub fn add(
        &mut self,
        name: &str,
        attributes: Attributes,
        len: u64,
        content: impl Read,
    ) -> io::Result<()> {
        let modified = attributes.modified.unwrap_or(EARLIEST);
        let mut header = Header::new_gnu();
        header.set_entry_type(EntryType::Regular);
        header.set_mode(attributes.mode());
        header.set_mtime(u64::try_from(modified).unwrap_or_default());
        header.set_size(len);
        let mut content = content.take(len);
        self.tar.append_data(&mut header, name, &mut content)?;
        let missing = content.limit();
        let more = io::copy(&mut content.into_inner().take(1), &mut io::sink())?;
        let what = match (missing, more) {
            (0, 0) => return Ok(()),
            (0, _) => format!("there are more than {len} bytes"),
            (missing, _) => format!("{missing} of {len} bytes are missing"),
        };
        Err(Fault::Encoder("tar", what).into())
    }

    /// Writes the end, and gives back what was written to.
    ///
    /// # Errors
    /// As [`add`](Self::add).
    pub fn finish(self) -> io::Result<W> {
        match self.tar.into_inner()? {
            Out::Plain(out) => Ok(out),
            Out::Packed(encoder) => encoder.finish(),
        }
    }
}

impl<W: Write> Write for Out<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(out) => out.write(bytes),
            Self::Packed(encoder) => encoder.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(out) => out.flush(),
            Self::Packed(encoder) => encoder.flush(),
        }
    }
}

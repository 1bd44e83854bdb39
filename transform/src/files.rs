use std::io::{self, Read, Write};

use filittle_pack::Attributes;

use crate::Error;

/// Opens an input from its first byte; called once for each way that it takes through the steps.
pub type Open = Box<dyn FnMut() -> io::Result<Box<dyn Read + Send>> + Send>;

/// One file to work on.
pub struct Input {
    /// The user's name for it; data only, never a path.
    pub name: String,
    /// Its bytes, if they are known; [`open`](Self::open) must give exactly as many.
    pub size: Option<u64>,
    /// What archives keep of it.
    pub attributes: Attributes,
    /// Opens it from its first byte.
    pub open: Open,
}

/// What an output is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutputMeta {
    /// A clean name, different from the names of all other outputs of the run. What was in a folder of
    /// an archive has `/` between clean names: a path that leads only down, of at most 1,024 bytes.
    pub name: String,
    /// The media type.
    pub media_type: &'static str,
    /// Width and height, when a step made it as a picture.
    pub pixels: Option<(u32, u32)>,
    /// Those of the input, or of a file that was in an archive; what was made of a picture has none.
    pub attributes: Attributes,
    /// Index of the input it was made of; none when several were gathered.
    pub item: Option<usize>,
    /// Index of the step that made it.
    pub step: usize,
}

/// Takes the bytes of one output. Dropping it without [`finish`](Self::finish) must discard them.
pub trait Sink: Write {
    /// Keeps the output. Nothing is written after it.
    fn finish(self: Box<Self>) -> io::Result<()>;
}

/// Makes a [`Sink`] for each output. One is open at a time.
pub trait Outputs {
    /// A new output, whose bytes follow.
    fn create(&mut self, meta: OutputMeta) -> io::Result<Box<dyn Sink + '_>>;
    /// What was finished of this input goes, because it failed after all; without one, what was
    /// gathered of several, because all failed.
    fn discard(&mut self, item: Option<usize>) -> io::Result<()>;
}

/// How one input ended.
#[derive(Debug)]
pub struct ItemReport {
    /// Done, or why not; only [`Error::BadInput`] and [`Error::TooLarge`] stand here.
    pub result: Result<(), Error>,
    /// Bytes that were read of it.
    pub bytes_in: u64,
    /// What its user may not expect, in sentences: files of an archive that have other names now, what
    /// was left out. At most twenty, and then that there are more.
    pub notes: Vec<String>,
}

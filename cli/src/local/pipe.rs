//! What comes from a pipe, worked on while it comes.

use std::{
    fs::File,
    io::{self, Cursor, Read},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use filittle_transform::{Attributes, Input};
use rustix::event::{PollFd, PollFlags, Timespec, poll};

/// So much is read before anything else: by it is known what it is, also of what is packed in it. The
/// largest blocks that are unpacked as a whole are those of lz4, of 4 MiB.
const HEAD: u64 = 5 << 20;

/// How long nothing may come before it is looked whether the run was cancelled.
const PATIENCE: Duration = Duration::from_millis(100);

/// What is known of a pipe while it is read.
#[derive(Clone)]
pub(super) struct Pipe {
    head: Arc<[u8]>,
    /// Bytes that came after the head, if the head was not all.
    rest: Option<Arc<AtomicU64>>,
}

impl Pipe {
    /// Reads the beginning. When that is all the input is as any other; else it has no size and can
    /// be opened once.
    pub(super) fn open(mut file: File, name: String) -> io::Result<(Self, Input)> {
        let mut head = Vec::new();
        file.by_ref().take(HEAD).read_to_end(&mut head)?;
        let is_all = (head.len() as u64) < HEAD;
        let pipe = Self {
            head: head.into(),
            rest: (!is_all).then(Arc::default),
        };
        let size = is_all.then_some(pipe.head.len() as u64);
        let (of_input, mut file) = (pipe.clone(), Some(file));
        let open = move || -> io::Result<Box<dyn Read + Send>> {
            let Some(count) = &of_input.rest else {
                return Ok(of_input.head());
            };
            let rest = Rest {
                file: file.take().ok_or_else(|| {
                    io::Error::other("what comes from a pipe can be read only once")
                })?,
                count: Arc::clone(count),
            };
            Ok(Box::new(of_input.head().chain(rest)))
        };
        let input = Input {
            name,
            size,
            attributes: Attributes::default(),
            open: Box::new(open),
        };
        Ok((pipe, input))
    }

    /// The beginning.
    pub(super) fn head(&self) -> Box<dyn Read + Send> {
        Box::new(Cursor::new(Arc::clone(&self.head)))
    }

    /// Whether more comes.
    pub(super) fn goes_on(&self) -> bool {
        self.rest.is_some()
    }

    /// Bytes that were read so far of what has no size.
    pub(super) fn read(&self) -> u64 {
        let of_rest = |count: &Arc<AtomicU64>| HEAD + count.load(Ordering::Relaxed);
        self.rest.as_ref().map_or(0, of_rest)
    }
}

/// What comes after the head.
struct Rest {
    file: File,
    count: Arc<AtomicU64>,
}

impl Read for Rest {
    /// Interrupted when nothing has come for a while, so that whoever reads can do something else.
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut polled = [PollFd::new(&self.file, PollFlags::IN)];
        let patience = Timespec::try_from(PATIENCE).ok();
        if poll(&mut polled, patience.as_ref())? == 0 {
            return Err(io::ErrorKind::Interrupted.into());
        }
        let count = self.file.read(buffer)?;
        self.count.fetch_add(count as u64, Ordering::Relaxed);
        Ok(count)
    }
}

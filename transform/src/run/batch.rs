//! Files that wait until all of their input is known to be good.

use std::{
    cell::RefCell,
    io::{self, Read},
    rc::Rc,
};

use filittle_pack::Attributes;

use crate::{
    Error,
    names::Names,
    spool::Spooled,
    streams::copy,
    value::{Body, Stream, Value, Work},
    work::archive,
};

/// Files one behind the other in one temporary file.
pub(super) struct Batch {
    file: Rc<RefCell<Spooled>>,
    files: Vec<File>,
}

struct File {
    name: String,
    attributes: Attributes,
    len: u64,
}

impl Batch {
    pub(super) fn new(work: &Work<'_>) -> Self {
        Self {
            file: Rc::new(RefCell::new(work.spool.create())),
            files: Vec::new(),
        }
    }

    /// Of an archive within an archive nobody has counted what is in all of them.
    pub(super) fn add(&mut self, value: Value, work: &Work<'_>) -> Result<(), Error> {
        work.limits.admit_entries(self.files.len() + 1)?;
        let mut stream = value.body.into_stream(work)?;
        let mut file = self.file.borrow_mut();
        let before = file.len();
        copy(&mut *stream.reader, &mut *file)?;
        self.files.push(File {
            name: value.name,
            attributes: value.attributes,
            len: file.len() - before,
        });
        Ok(())
    }

    /// Gives them the names that they will have in an archive; all or none.
    pub(super) fn claim(&mut self, names: &mut Names, work: &Work<'_>) -> Result<(), Error> {
        let before = names.mark();
        for file in &mut self.files {
            match archive::claim(names, &file.name, work) {
                Ok(name) => file.name = name,
                Err(error) => {
                    names.go_back(before);
                    return Err(error);
                }
            }
        }
        Ok(())
    }

    /// All of them; each is to be read to its end before the next one.
    pub(super) fn values(self) -> io::Result<impl Iterator<Item = Value>> {
        let Self { file, files } = self;
        file.borrow_mut().start_over()?;
        Ok(files.into_iter().map(move |it| Value {
            name: it.name,
            attributes: it.attributes,
            body: Body::Stream(Stream {
                reader: Box::new(Part(Rc::clone(&file)).take(it.len)),
                len: Some(it.len),
                media_type: None,
            }),
        }))
    }
}

/// Goes on where it was read last.
struct Part(Rc<RefCell<Spooled>>);

impl Read for Part {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.borrow_mut().read(buffer)
    }
}

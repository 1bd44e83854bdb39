//! What travels from one step to the next.

use std::{
    cell::Cell,
    io::{Cursor, Read, Write},
    rc::Rc,
};

use filittle_pack::Attributes;

use crate::{
    Error, Limits, PictureHeader,
    notes::Notes,
    picture::{Encoding, Picture, Source},
    sniff::{SNIFF_BYTES, sniff},
    spool::Spool,
    streams::head,
    watch::Watch,
    work::dither::Plan,
};

impl Work<'_> {
    /// The same for a file of so many bytes at the beginning of its way, for which so much memory is
    /// `known` to be needed.
    pub(crate) fn beginning(&self, bytes: u64, known: u64) -> Self {
        Self {
            expansion: Expansion::of(bytes),
            memory: Rc::new(Memory {
                known,
                ..Memory::default()
            }),
            ..self.clone()
        }
    }
}

/// What a file on its way takes of the memory, as far as others have to be asked for it.
#[derive(Default)]
pub(crate) struct Memory {
    /// What was known before it began.
    known: u64,
    /// Of all decoders that are at work.
    decoders: Cell<u64>,
    /// The most that was asked for: there is room for it until the way ends.
    asked: Cell<u64>,
}

impl Memory {
    /// Waits until there is room for so many bytes more.
    pub(crate) fn wait_for(&self, more: u64, limits: &Limits) -> Result<(), Error> {
        let all = self.known.saturating_add(self.decoders.get());
        let all = all.saturating_add(more);
        if all > self.asked.get() {
            limits.wait_for(all)?;
            self.asked.set(all);
        }
        Ok(())
    }

    /// Waits until there is room for a decoder that takes so many bytes while it lives.
    pub(crate) fn decoder(&self, bytes: u64, limits: &Limits) -> Result<Decoding<'_>, Error> {
        self.wait_for(bytes, limits)?;
        self.decoders.set(self.decoders.get().saturating_add(bytes));
        Ok(Decoding {
            memory: self,
            bytes,
        })
    }
}

/// The memory of a decoder that is at work.
pub(crate) struct Decoding<'m> {
    memory: &'m Memory,
    bytes: u64,
}

impl Drop for Decoding<'_> {
    fn drop(&mut self) {
        let all = self.memory.decoders.get();
        self.memory.decoders.set(all.saturating_sub(self.bytes));
    }
}

/// How much all unpacking has made of an input on its way, also of archives in it.
#[derive(Default)]
pub(crate) struct Expansion {
    /// Bytes of the input.
    pub packed: u64,
    pub unpacked: Cell<u64>,
}

impl Expansion {
    pub(crate) fn of(packed: u64) -> Rc<Self> {
        Rc::new(Self {
            packed,
            unpacked: Cell::new(0),
        })
    }
}

/// Asks for room for a picture of so many bytes.
type Admit<'a> = dyn Fn(&PictureHeader, u64) -> Result<(), Error> + 'a;

/// What a step may use besides the value it works on.
#[derive(Clone)]
pub(crate) struct Work<'a> {
    pub limits: &'a Limits,
    pub spool: &'a Rc<Spool>,
    pub watch: Rc<Watch>,
    pub notes: Rc<Notes>,
    pub expansion: Rc<Expansion>,
    /// Bytes of memory for which there is room already, and those of decoders that came since.
    pub memory: Rc<Memory>,
    /// Asks for what a picture will need, when nobody could know it before.
    pub admit: Option<&'a Admit<'a>>,
}

/// One file on its way through the steps.
pub(crate) struct Value {
    /// A clean name, or a clean path.
    pub name: String,
    /// What archives keep of it.
    pub attributes: Attributes,
    pub body: Body,
}

/// The content of a file, as the last step left it.
pub(crate) enum Body {
    /// Bytes that are made while they are read.
    Stream(Stream),
    /// Pixels, and how they are to be written once somebody wants bytes.
    Picture(Picture, Encoding),
    /// Pixels to be written in few colours.
    Dithered(Source, Plan),
}

/// Bytes to be read once.
pub(crate) struct Stream {
    pub reader: Box<dyn Read>,
    /// How many, if that is known before they are read.
    pub len: Option<u64>,
    /// What they are, if a step made them; else unknown.
    pub media_type: Option<&'static str>,
}

impl Body {
    /// The media type of the bytes, if it is known.
    pub(crate) fn media_type(&self) -> Option<&'static str> {
        match self {
            Self::Stream(stream) => stream.media_type,
            Self::Picture(_, encoding) => Some(encoding.format().media_type()),
            Self::Dithered(_, plan) => Some(plan.format().output().media_type()),
        }
    }

    /// With its media type: by its first bytes, when no step has said it.
    pub(crate) fn known(self) -> Result<(Self, &'static str), Error> {
        if let Some(media_type) = self.media_type() {
            return Ok((self, media_type));
        }
        let Self::Stream(mut stream) = self else {
            return Ok((self, "application/octet-stream"));
        };
        let head = head(&mut *stream.reader, SNIFF_BYTES)?;
        let media_type = sniff(&head);
        stream.reader = Box::new(Cursor::new(head).chain(stream.reader));
        Ok((Self::Stream(stream), media_type))
    }

    /// Width and height, while it is a picture.
    pub(crate) fn pixels(&self) -> Option<(u32, u32)> {
        match self {
            Self::Stream(_) => None,
            Self::Picture(picture, _) => Some(picture.size()),
            Self::Dithered(source, _) => Some(source.size()),
        }
    }

    /// The bytes for a step that reads bytes; pixels are encoded into a temporary file.
    pub(crate) fn into_stream(self, work: &Work<'_>) -> Result<Stream, Error> {
        let media_type = self.media_type();
        match self {
            Self::Stream(stream) => Ok(stream),
            Self::Picture(..) | Self::Dithered(..) => {
                let mut file = work.spool.create();
                self.write(&mut file, work)?;
                let len = Some(file.len());
                Ok(Stream {
                    reader: Box::new(file.rewind()?),
                    len,
                    media_type,
                })
            }
        }
    }

    /// The pixels for a step that works on all of them, and how they are to be written after it.
    pub(crate) fn into_picture(self, work: &Work<'_>) -> Result<(Picture, Encoding), Error> {
        let (source, encoding) = match self {
            Self::Picture(picture, encoding) => return Ok((picture, encoding)),
            other => other.into_source(work)?,
        };
        Ok((source.whole()?, encoding))
    }

    /// The pixels for a step that takes them row by row.
    pub(crate) fn into_source(self, work: &Work<'_>) -> Result<(Source, Encoding), Error> {
        match self {
            Self::Picture(picture, encoding) => Ok((Source::Whole(picture), encoding)),
            // What is left of a dithered picture is what its file would hold.
            Self::Stream(_) | Self::Dithered(..) => Source::open(self.into_stream(work)?, work),
        }
    }

    /// Writes the bytes out.
    pub(crate) fn write(self, out: &mut dyn Write, work: &Work<'_>) -> Result<(), Error> {
        match self {
            Self::Stream(mut stream) => crate::streams::copy(&mut *stream.reader, out),
            Self::Picture(picture, encoding) => encoding.write(&picture, out, work),
            Self::Dithered(source, plan) => plan.write(source, out, work),
        }
    }
}

/// Something to do with the default limits.
#[cfg(test)]
pub(crate) fn with_work<T>(monitor: &crate::Monitor, run: impl FnOnce(&Work<'_>) -> T) -> T {
    let limits = Limits::default();
    let spool = Spool::new(&limits);
    run(&Work {
        limits: &limits,
        spool: &spool,
        watch: Watch::new(&limits, monitor, 0, 0),
        notes: Rc::default(),
        expansion: Rc::default(),
        memory: Rc::default(),
        admit: None,
    })
}

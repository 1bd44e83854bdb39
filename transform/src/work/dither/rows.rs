//! Rows on their way from where they are read, through the dithering, to where they are written.

use std::{
    ops::{ControlFlow, Range},
    sync::mpsc::sync_channel,
    thread,
};

use filittle_dither::Ditherer;

use crate::{
    Error,
    monitor::Phase,
    picture::{Rows, Source},
    value::Work,
};

/// A picture to be dithered.
pub(super) struct Dithering<'a> {
    reader: Reader,
    ditherer: Ditherer,
    /// Bytes of a dithered row.
    row: usize,
    work: &'a Work<'a>,
}

/// Where the rows are read, and how many were.
struct Reader {
    source: Source,
    y: usize,
    height: usize,
    /// Bytes of a row.
    stride: usize,
}

/// Rows that another thread works on.
#[derive(Default)]
struct Band {
    source: Vec<u8>,
    out: Vec<u8>,
}

/// Bands on their way to the other thread and back.
const BANDS: usize = 3;

/// Bytes of a band before it is dithered, about.
const BAND_BYTES: usize = 512 << 10;

impl<'a> Dithering<'a> {
    pub(super) fn new(
        source: Source,
        ditherer: Ditherer,
        work: &'a Work<'a>,
    ) -> Result<Self, Error> {
        let (width, height) = source.size();
        let stride = width as usize * source.channels().count();
        let row = width as usize * ditherer.output().bytes();
        let height = height as usize;
        // One that wants all rows at once gets them in one piece.
        let source = if ditherer.band() >= height {
            Source::Whole(source.whole()?)
        } else {
            source
        };
        let reader = Reader {
            source,
            y: 0,
            height,
            stride,
        };
        Ok(Self {
            reader,
            ditherer,
            row,
            work,
        })
    }

    /// Width and height.
    pub(super) fn size(&self) -> (u32, u32) {
        self.reader.source.size()
    }

    /// All rows, one after the other.
    pub(super) fn each(
        self,
        mut put: impl FnMut(&mut [u8]) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let watch = &self.work.watch;
        if self.work.limits.threads > 1 && self.ditherer.band() < self.reader.height {
            self.beside(&mut put)?;
        } else {
            self.in_turn(&mut put)?;
        }
        watch.advance(1, 1);
        Ok(())
    }

    /// Reads, dithers and writes a few rows, then the next.
    fn in_turn(mut self, put: &mut dyn FnMut(&mut [u8]) -> Result<(), Error>) -> Result<(), Error> {
        let watch = &self.work.watch;
        let stride = self.reader.stride;
        let (width, height) = self.size();
        let (width, height) = (u64::from(width), u64::from(height));
        let (mut buffer, mut out) = (Vec::new(), Vec::new());
        let mut rows_before = 0;
        loop {
            let source = self.reader.next(self.ditherer.band(), &mut buffer)?;
            if source.is_empty() {
                return Ok(());
            }
            begin(rows_before, self.work);
            let rows = source.len() / stride;
            resize(&mut out, rows * self.row)?;
            let mut stopped = Ok(());
            let mut check = |so_far: u64| {
                watch.advance(rows_before * width + so_far, height * width);
                stopped = watch.check();
                match stopped {
                    Ok(()) => ControlFlow::Continue(()),
                    Err(_) => ControlFlow::Break(()),
                }
            };
            let flow = self.ditherer.dither(source, &mut out, &mut check);
            if flow.is_break() {
                return stopped;
            }
            out.chunks_exact_mut(self.row).try_for_each(&mut *put)?;
            rows_before += rows as u64;
        }
    }

    /// Another thread dithers while this one reads what comes next and writes what is done.
    fn beside(self, put: &mut dyn FnMut(&mut [u8]) -> Result<(), Error>) -> Result<(), Error> {
        let Self {
            mut reader,
            mut ditherer,
            row,
            work,
        } = self;
        let (_, height) = reader.source.size();
        let rows = (BAND_BYTES / reader.stride).next_multiple_of(ditherer.band());
        let (give, given) = sync_channel::<Band>(BANDS);
        let (give_back, back) = sync_channel::<Band>(BANDS);
        let mut done = 0;
        let mut write = |band: &mut Band| {
            work.watch.check()?;
            band.out.chunks_exact_mut(row).try_for_each(&mut *put)?;
            done += (band.out.len() / row) as u64;
            work.watch.advance(done, height.into());
            Ok::<_, Error>(())
        };
        let lost = || Error::Broken("the thread that dithers has ended".to_owned());
        thread::scope(|scope| {
            let dither = move || {
                for mut band in given {
                    let mut go_on = |_| ControlFlow::Continue(());
                    let _ = ditherer.dither(&band.source, &mut band.out, &mut go_on);
                    if give_back.send(band).is_err() {
                        // Nobody waits for it: reading or writing has failed.
                        break;
                    }
                }
            };
            thread::Builder::new().spawn_scoped(scope, dither)?;
            let mut new = (0..BANDS).map(|_| Band::default());
            loop {
                let mut band = match new.next() {
                    Some(band) => band,
                    None => back.recv().map_err(|_| lost())?,
                };
                write(&mut band)?;
                let before = reader.y;
                reader.copy(rows, &mut band.source)?;
                if reader.y == before {
                    break;
                }
                begin(before as u64, work);
                resize(&mut band.out, (reader.y - before) * row)?;
                give.send(band).map_err(|_| lost())?;
            }
            drop(give);
            back.into_iter().try_for_each(|mut band| write(&mut band))
        })
    }
}

/// From here on progress is that of the dithering: a progressive file is read when its first rows
/// are.
fn begin(done: u64, work: &Work<'_>) {
    if done == 0 {
        work.watch.enter(Phase::Dithering);
        work.watch.go_on();
    }
}

impl Reader {
    /// The next rows, up to `count`; they lie in `buffer` unless all of the picture is there.
    fn next<'s>(&'s mut self, count: usize, buffer: &'s mut Vec<u8>) -> Result<&'s [u8], Error> {
        let bytes = self.go_on(count);
        match &mut self.source {
            Source::Whole(picture) => Ok(&picture.data[bytes]),
            Source::Rows(rows) => {
                resize(buffer, bytes.len())?;
                fill(&mut **rows, self.stride, buffer)?;
                Ok(buffer)
            }
        }
    }

    /// Copies the next rows, up to `count`.
    fn copy(&mut self, count: usize, buffer: &mut Vec<u8>) -> Result<(), Error> {
        let bytes = self.go_on(count);
        resize(buffer, bytes.len())?;
        match &mut self.source {
            Source::Whole(picture) => buffer.copy_from_slice(&picture.data[bytes]),
            Source::Rows(rows) => fill(&mut **rows, self.stride, buffer)?,
        }
        Ok(())
    }

    /// Where the next rows lie in the whole picture.
    fn go_on(&mut self, count: usize) -> Range<usize> {
        let from = self.y;
        self.y = self.height.min(from + count);
        from * self.stride..self.y * self.stride
    }
}

/// Without ending the process when there is no memory.
fn resize(buffer: &mut Vec<u8>, len: usize) -> Result<(), Error> {
    buffer
        .try_reserve_exact(len.saturating_sub(buffer.len()))
        .map_err(|_| Error::not_enough_memory())?;
    buffer.resize(len, 0);
    Ok(())
}

fn fill(rows: &mut dyn Rows, stride: usize, buffer: &mut [u8]) -> Result<(), Error> {
    buffer
        .chunks_exact_mut(stride)
        .try_for_each(|row| rows.read(row))
}

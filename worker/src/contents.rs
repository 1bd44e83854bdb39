//! Inputs and outputs of a job as the work sees them: blocking streams from and to the blobs.

use std::io::{self, Read, Write};

use filittle_common::App;
use filittle_common::blobs::BlockingWriter;
use filittle_common::domain::{self, Job};
use filittle_common::engine::Made;
use filittle_transform::{Attributes, Input, OutputMeta, Outputs, Sink, header, memory_needed};

use crate::budget::Share;

/// The inputs of a job. Opening one waits until the memory it will need is free.
pub(crate) fn inputs(app: &App, job: &Job, share: &Share) -> Vec<Input> {
    job.spec
        .inputs
        .iter()
        .map(|input| self::input(app, job, input, share))
        .collect()
}

fn input(app: &App, job: &Job, input: &domain::Input, share: &Share) -> Input {
    let (app, steps, share) = (app.clone(), job.spec.steps.clone(), share.clone());
    let (blob, size) = (input.blob, input.size);
    let is_picture = input.media_type.starts_with("image/");
    let open = move || -> io::Result<Box<dyn Read + Send>> {
        let content = || app.blobs.blocking_reader(blob, 0..size);
        // A header that cannot be read is refused by the work itself, before it decodes.
        let header = is_picture.then(|| header(content()).ok()).flatten();
        // What is over a limit is refused before it needs any memory.
        let is_refused = header
            .as_ref()
            .is_some_and(|it| app.config.limits.of_work().admit(it).is_err());
        if !is_refused {
            let limits = app.config.limits.of_work();
            share.admit(memory_needed(&steps, header.as_ref(), size, &limits))?;
        }
        Ok(Box::new(content()))
    };
    Input {
        attributes: Attributes::default(),
        name: input.name.clone(),
        size: Some(size),
        open: Box::new(open),
    }
}

/// The outputs of an attempt, stored as they are written.
pub(crate) struct Products {
    app: App,
    made: Vec<Made>,
    discarded: Vec<Made>,
}

impl Products {
    pub(crate) fn new(app: App) -> Self {
        Self {
            app,
            made: Vec::new(),
            discarded: Vec::new(),
        }
    }

    /// What was made, and what is to be removed.
    pub(crate) fn into_made(self) -> (Vec<Made>, Vec<Made>) {
        (self.made, self.discarded)
    }
}

impl Outputs for Products {
    fn create(&mut self, meta: OutputMeta) -> io::Result<Box<dyn Sink + '_>> {
        // The run itself counts what all outputs hold together.
        let writer = self.app.blobs.blocking_writer(u64::MAX);
        Ok(Box::new(Product {
            writer,
            meta,
            made: &mut self.made,
        }))
    }

    fn discard(&mut self, item: Option<usize>) -> io::Result<()> {
        let gone = self.made.extract_if(.., |made| made.item == item);
        self.discarded.extend(gone);
        Ok(())
    }
}

struct Product<'m> {
    writer: BlockingWriter,
    meta: OutputMeta,
    made: &'m mut Vec<Made>,
}

impl Write for Product<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.writer.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.writer.flush()
    }
}

impl Sink for Product<'_> {
    fn finish(self: Box<Self>) -> io::Result<()> {
        let stored = self.writer.finish()?;
        self.made.push(Made {
            name: self.meta.name,
            media_type: self.meta.media_type.into(),
            item: self.meta.item,
            step: self.meta.step,
            stored,
        });
        Ok(())
    }
}

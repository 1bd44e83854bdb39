use super::{Channels, Picture, buffer};
use crate::Error;

/// A picture that is there, or that is made row by row.
pub(crate) enum Source {
    Whole(Picture),
    Rows(Box<dyn Rows>),
}

/// Makes the rows of a picture from top to bottom.
pub(crate) trait Rows {
    /// Width and height.
    fn size(&self) -> (u32, u32);

    fn channels(&self) -> Channels;

    /// The next row. As many as the picture is high can be read; that the file is good to its end is
    /// known once the last one was.
    fn read(&mut self, row: &mut [u8]) -> Result<(), Error>;
}

impl Source {
    pub(crate) fn size(&self) -> (u32, u32) {
        match self {
            Self::Whole(picture) => picture.size(),
            Self::Rows(rows) => rows.size(),
        }
    }

    pub(crate) fn channels(&self) -> Channels {
        match self {
            Self::Whole(picture) => picture.channels,
            Self::Rows(rows) => rows.channels(),
        }
    }

    /// All its pixels.
    pub(crate) fn whole(self) -> Result<Picture, Error> {
        let mut rows = match self {
            Self::Whole(picture) => return Ok(picture),
            Self::Rows(rows) => rows,
        };
        let ((width, height), channels) = (rows.size(), rows.channels());
        // What a reader needs at its beginning alone is gone before there is room for all pixels.
        let mut first = buffer(width, 1, channels)?;
        rows.read(&mut first)?;
        let mut data = buffer(width, height, channels)?;
        let (top, rest) = data.split_at_mut(first.len());
        top.copy_from_slice(&first);
        rest.chunks_exact_mut(first.len())
            .try_for_each(|row| rows.read(row))?;
        Ok(Picture {
            width,
            height,
            channels,
            data,
        })
    }

    /// Turned as its EXIF orientation says; for that all pixels must be there.
    pub(super) fn upright(self, orientation: Option<u8>) -> Result<Self, Error> {
        match orientation {
            None | Some(1) => Ok(self),
            turned => Ok(Self::Whole(self.whole()?.upright(turned)?)),
        }
    }
}

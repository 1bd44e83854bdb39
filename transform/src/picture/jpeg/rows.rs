use std::rc::Rc;

use filittle_dither::cpu;
use zune_core::colorspace::ColorSpace;
use zune_jpeg::RawImcuRowStatus;

use super::{
    Decoder,
    color::{ToRgb, Widen},
    explain,
};
use crate::{
    Error,
    picture::{Channels, Rows, buffer},
    watch::Watch,
};

/// Reads a JPEG row by row. The codec gives stripes of a row of its blocks, each channel on its own
/// and chroma as small as it is stored; of them two are held, because chroma between two stripes is
/// made of both. A baseline file needs no more memory than that, a progressive one all its
/// coefficients, and those twice until the first row is there.
pub(super) struct JpegRows {
    decoder: Decoder,
    watch: Rc<Watch>,
    size: (u32, u32),
    channels: Channels,
    planes: Vec<Plane>,
    /// Stripes that were read.
    stripes: usize,
    /// The row that comes next.
    y: usize,
    /// A row of each chroma channel, as wide as it is stored and as wide as the picture.
    narrow: Vec<u8>,
    chroma: [Vec<u8>; 2],
}

/// One channel.
struct Plane {
    width: usize,
    height: usize,
    /// Rows of a stripe; known once the first was read.
    rows: usize,
    /// How much smaller than the picture it is stored: 1 or 2 times.
    shrunk: (usize, usize),
    /// Two stripes.
    data: [Vec<u8>; 2],
}

impl Plane {
    /// A row of a stripe that is held.
    fn row(&self, y: usize) -> &[u8] {
        let (stripe, y) = (y / self.rows, y % self.rows);
        &self.data[stripe % 2][y * self.width..(y + 1) * self.width]
    }

    /// Whether so many stripes have what row `y` of the picture needs.
    fn has(&self, y: usize, stripes: usize) -> bool {
        let (near, far) = self.around(y);
        near.max(far) < stripes * self.rows
    }

    /// The row that is nearest to row `y` of the picture, and the nearest on its other side.
    fn around(&self, y: usize) -> (usize, usize) {
        if self.shrunk.1 == 1 {
            return (y, y);
        }
        let near = y / 2;
        let far = if y.is_multiple_of(2) {
            near.saturating_sub(1)
        } else {
            (near + 1).min(self.height - 1)
        };
        (near, far)
    }
}

impl JpegRows {
    /// The decoder comes back when its picture is of an unusual kind; and when it is progressive
    /// and chroma as high as the picture, because the codec then needs less memory for the whole.
    pub(super) fn new(
        mut decoder: Decoder,
        size: (u32, u32),
        progressive: bool,
        watch: Rc<Watch>,
    ) -> Result<Self, Box<Decoder>> {
        let planes = match planes(&mut decoder, size) {
            Some(planes) if !progressive || planes.iter().any(|plane| plane.shrunk.1 > 1) => planes,
            _ => return Err(Box::new(decoder)),
        };
        let channels = if planes.len() == 1 {
            Channels::Gray
        } else {
            Channels::Rgb
        };
        let width = size.0 as usize;
        let narrow = planes.get(1).map_or(0, |plane| plane.width);
        let row = |is_there: bool| vec![0; if is_there { width } else { 0 }];
        Ok(Self {
            narrow: vec![0; narrow],
            chroma: [row(narrow > 0), row(narrow > 0)],
            decoder,
            watch,
            size,
            channels,
            planes,
            stripes: 0,
            y: 0,
        })
    }

    /// Reads stripes until that row of each channel is there that is wanted for row `y`.
    fn reach(&mut self, y: usize) -> Result<(), Error> {
        // How high a stripe is was not known before the first.
        while self.stripes == 0 || !self.planes.iter().all(|plane| plane.has(y, self.stripes)) {
            self.stripe()?;
        }
        Ok(())
    }

    fn stripe(&mut self) -> Result<(), Error> {
        self.watch.check()?;
        let strides: Vec<usize> = self.planes.iter().map(|plane| plane.width).collect();
        let mut targets: Vec<&mut [u8]> = (self.planes.iter_mut())
            .map(|plane| &mut plane.data[self.stripes % 2][..])
            .collect();
        let status = self
            .decoder
            .raw_output()
            .decode_next_imcu_row(&mut targets, &strides)
            .map_err(|error| explain(&error, &self.watch))?;
        let RawImcuRowStatus::RowReady { rows_written } = status else {
            self.watch.check()?;
            return Err(Error::bad(
                "damaged-picture",
                "the JPEG has less data than its picture needs",
            ));
        };
        if self.stripes == 0 {
            for (plane, rows) in self.planes.iter_mut().zip(rows_written) {
                plane.rows = rows.max(1);
            }
        }
        self.stripes += 1;
        Ok(())
    }
}

impl Rows for JpegRows {
    fn size(&self) -> (u32, u32) {
        self.size
    }

    fn channels(&self) -> Channels {
        self.channels
    }

    fn read(&mut self, row: &mut [u8]) -> Result<(), Error> {
        let y = self.y;
        self.reach(y)?;
        self.y += 1;
        let [luma, chroma @ ..] = &self.planes[..] else {
            return Err(Error::Broken("a JPEG of no channels".to_owned()));
        };
        let luma = luma.row(y);
        if chroma.is_empty() {
            row.copy_from_slice(luma);
            return Ok(());
        }
        for (plane, wide) in chroma.iter().zip(&mut self.chroma) {
            let (near, far) = plane.around(y);
            let (across, down) = plane.shrunk;
            let widen = Widen {
                near: plane.row(near),
                far: plane.row(far),
                across,
                down,
                narrow: &mut self.narrow,
                wide,
            };
            cpu::run(true, widen);
        }
        let [blue, red] = &self.chroma;
        let out = row;
        cpu::run(
            true,
            ToRgb {
                luma,
                blue,
                red,
                out,
            },
        );
        Ok(())
    }
}

/// Of a picture of one channel, or of luma and two of chroma that are as large or half as large.
fn planes(decoder: &mut Decoder, (width, height): (u32, u32)) -> Option<Vec<Plane>> {
    let space = decoder.input_colorspace()?;
    let raw = decoder.raw_output();
    let (layout, count) = (raw.layout()?, raw.num_components()?);
    if !matches!(
        (count, space),
        (1, ColorSpace::Luma) | (3, ColorSpace::YCbCr)
    ) {
        return None;
    }
    let (width, height) = (width as usize, height as usize);
    let first = layout[0];
    let planes = layout[..count].iter().map(|info| {
        let across = first.horizontal_sampling_factor / info.horizontal_sampling_factor;
        let down = first.vertical_sampling_factor / info.vertical_sampling_factor;
        let fits = (1..=2).contains(&across)
            && (1..=2).contains(&down)
            && info.width == width.div_ceil(across)
            && info.height == height.div_ceil(down);
        let rows = info.vertical_sampling_factor * 8;
        let stripe = || {
            buffer(
                u32::try_from(info.width).ok()?,
                u32::try_from(rows).ok()?,
                Channels::Gray,
            )
            .ok()
        };
        fits.then_some(())?;
        Some(Plane {
            width: info.width,
            height: info.height,
            rows,
            shrunk: (across, down),
            data: [stripe()?, stripe()?],
        })
    });
    let planes: Vec<Plane> = planes.collect::<Option<_>>()?;
    // Both channels of chroma are alike.
    let is_usual = planes.len() == 1 || planes[1].shrunk == planes[2].shrunk;
    is_usual.then_some(planes)
}

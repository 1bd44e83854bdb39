use std::io::{BufWriter, Write};

use filittle_dither::raw::{Layout, Packing, add_to_page, pack_plane, pack_row};

use super::{Indexed, PutRow, copy};
use crate::{
    Error,
    spool::{Spool, Spooled},
    streams::BLOCK,
    value::Work,
};

/// Rows of a page.
const PAGE: u8 = 8;

/// What indices become.
pub(super) struct Codes(Option<[u8; 256]>);

impl Codes {
    /// Each index of the picture must have a code that the packing holds.
    pub(super) fn new(
        packing: Packing,
        codes: Option<&[u8]>,
        picture: &Indexed<'_>,
    ) -> Result<Self, Error> {
        let broken = |text: &str| Err(Error::Broken(text.to_owned()));
        let count = picture.colors.len();
        let greatest = packing.greatest_code();
        if picture.transparent.is_some() {
            return broken("a raw picture has no transparency");
        }
        if !packing.exists() {
            return broken("no layout packs so many bits a pixel");
        }
        let Some(codes) = codes else {
            if count > usize::from(greatest) + 1 {
                return broken("there are more colours than codes");
            }
            return Ok(Self(None));
        };
        if codes.len() < count || codes[..count].iter().any(|code| *code > greatest) {
            return broken("not every colour has a code of so many bits");
        }
        let mut table = [0; 256];
        table[..count].copy_from_slice(&codes[..count]);
        Ok(Self(Some(table)))
    }

    fn of<'a>(&self, row: &'a [u8], room: &'a mut Vec<u8>) -> &'a [u8] {
        let Some(table) = &self.0 else {
            return row;
        };
        room.clear();
        room.extend(row.iter().map(|index| table[usize::from(*index)]));
        room
    }
}

pub(super) fn write(
    packing: Packing,
    codes: &Codes,
    picture: &Indexed<'_>,
    out: &mut dyn Write,
    work: &Work<'_>,
    fill: impl FnOnce(&mut PutRow<'_>) -> Result<(), Error>,
) -> Result<(), Error> {
    let mut room = Vec::new();
    let fill = |put: &mut PutRow<'_>| fill(&mut |row| put(codes.of(row, &mut room)));
    match packing.layout {
        Layout::Rows => rows(packing, out, fill),
        Layout::Planes => planes(packing, out, work, fill),
        Layout::Pages => pages(packing, picture.width, out, fill),
    }
}

/// Of the temporary files of all planes but one.
pub(super) fn memory(packing: Packing, width: u32, height: u32) -> u64 {
    match packing.layout {
        Layout::Rows | Layout::Pages => 0,
        Layout::Planes => {
            let others = u64::from(packing.bits.saturating_sub(1));
            let plane = Packing { bits: 1, ..packing }.bytes(width, height);
            others * (Spool::memory(plane) + BLOCK as u64)
        }
    }
}

fn rows(
    packing: Packing,
    out: &mut dyn Write,
    fill: impl FnOnce(&mut PutRow<'_>) -> Result<(), Error>,
) -> Result<(), Error> {
    let mut packed = Vec::new();
    fill(&mut |row| {
        let packed = pack_row(row, packing.bits, packing.order, &mut packed);
        out.write_all(packed).map_err(Error::of_codec)
    })
}

/// The first plane goes out as its rows come, the others wait in temporary files until it is whole.
fn planes(
    packing: Packing,
    out: &mut dyn Write,
    work: &Work<'_>,
    fill: impl FnOnce(&mut PutRow<'_>) -> Result<(), Error>,
) -> Result<(), Error> {
    let waiting = || BufWriter::with_capacity(BLOCK, work.spool.create());
    let mut others: Vec<BufWriter<Spooled>> = (1..packing.bits).map(|_| waiting()).collect();
    let mut packed = Vec::new();
    fill(&mut |row| {
        let first = pack_plane(row, 0, packing.order, &mut packed);
        out.write_all(first).map_err(Error::of_codec)?;
        for (plane, file) in (1..).zip(&mut others) {
            let next = pack_plane(row, plane, packing.order, &mut packed);
            file.write_all(next).map_err(Error::of_codec)?;
        }
        Ok(())
    })?;
    for file in others {
        let file = file
            .into_inner()
            .map_err(|error| Error::of_codec(error.into_error()))?;
        copy(file.rewind()?, out, work)?;
    }
    Ok(())
}

fn pages(
    packing: Packing,
    width: u32,
    out: &mut dyn Write,
    fill: impl FnOnce(&mut PutRow<'_>) -> Result<(), Error>,
) -> Result<(), Error> {
    let mut page = vec![0; width as usize];
    let mut filled = 0;
    fill(&mut |row| {
        add_to_page(row, filled, packing.order, &mut page);
        filled += 1;
        if filled == PAGE {
            out.write_all(&page).map_err(Error::of_codec)?;
            page.fill(0);
            filled = 0;
        }
        Ok(())
    })?;
    if filled > 0 {
        out.write_all(&page).map_err(Error::of_codec)?;
    }
    Ok(())
}

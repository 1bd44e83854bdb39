use std::{cell::Cell, io};

use filittle_dither::raw::{BitOrder, Layout, Packing};

use super::kit::{Cancelling, Full, Sample, raw};
use crate::{
    Error, Monitor,
    picture::indexed::{Indexed, IndexedFormat, write_indexed},
    value::with_work,
};

fn packing(layout: Layout, bits: u8) -> Packing {
    Packing {
        bits,
        order: BitOrder::Msb,
        layout,
    }
}

fn formats() -> [IndexedFormat; 6] {
    [
        IndexedFormat::Png,
        IndexedFormat::Gif,
        IndexedFormat::Bmp,
        raw(packing(Layout::Rows, 2)),
        raw(packing(Layout::Planes, 3)),
        raw(packing(Layout::Pages, 1)),
    ]
}

#[test]
fn an_output_that_fails_at_any_byte_is_an_error_of_the_surroundings() {
    let sample = Sample::new(40, 30, 2);
    for format in formats() {
        let whole = sample.written(&format).expect("written").len();
        for room in 0..whole {
            let ended = with_work(&Monitor::new(0), |work| {
                sample.write_to(&format, &mut Full(room), work)
            });
            let is_full = |error: &io::Error| error.kind() == io::ErrorKind::StorageFull;
            assert!(
                matches!(&ended, Err(Error::Environment(error)) if is_full(error)),
                "{room}: {ended:?}"
            );
        }
        let ended = with_work(&Monitor::new(0), |work| {
            sample.write_to(&format, &mut Full(whole), work)
        });
        assert!(ended.is_ok());
    }
}

#[test]
fn an_error_while_rows_are_made_is_the_error_of_the_writer() {
    let sample = Sample::new(40, 30, 2);
    for format in formats() {
        let ended = with_work(&Monitor::new(0), |work| {
            write_indexed(&format, &sample.indexed(), &mut Vec::new(), work, |put| {
                put(&sample.indices[..40])?;
                Err(Error::Cancelled)
            })
        });
        assert!(matches!(ended, Err(Error::Cancelled)), "{ended:?}");
    }
}

#[test]
fn what_waited_for_the_last_row_is_cancelled_while_it_goes_out() {
    let sample = Sample::new(4000, 200, 200);
    for (format, bytes) in [
        (IndexedFormat::Bmp, 800_000),
        (raw(packing(Layout::Planes, 8)), 800_000),
    ] {
        let (monitor, taken) = (Monitor::new(0), Cell::new(0));
        // Of the planes the first one goes out while rows come.
        let mut out = Cancelling {
            monitor: &monitor,
            after: bytes / 4,
            taken: &taken,
        };
        let ended = with_work(&monitor, |work| sample.write_to(&format, &mut out, work));
        assert!(matches!(ended, Err(Error::Cancelled)), "{ended:?}");
        assert!(taken.get() < bytes / 2, "{}", taken.get());
    }
}

#[test]
fn what_a_format_cannot_hold_is_refused_before_a_row_is_asked_for() {
    let refused = |format, width, height| {
        let picture = Indexed {
            width,
            height,
            colors: &[[0; 3]; 200],
            transparent: None,
            gray_bits: None,
        };
        let ended = with_work(&Monitor::new(0), |work| {
            write_indexed(&format, &picture, &mut Vec::new(), work, |_| {
                unreachable!("no row is asked for")
            })
        });
        ended.expect_err("refused").to_string()
    };
    assert_eq!(
        refused(IndexedFormat::Gif, 65_536, 1),
        "a side of a GIF has at most 65535 pixels"
    );
    assert_eq!(
        refused(IndexedFormat::Gif, 1, 65_536),
        "a side of a GIF has at most 65535 pixels"
    );
    assert_eq!(
        refused(IndexedFormat::Bmp, 1 << 31, 1),
        "a BMP has at most 2 GiB"
    );
    assert_eq!(
        refused(IndexedFormat::Bmp, 1 << 16, 1 << 15),
        "a BMP has at most 2 GiB"
    );
    assert_eq!(
        refused(IndexedFormat::Bmp, u32::MAX, u32::MAX),
        "a BMP has at most 2 GiB"
    );
}

#[test]
fn a_gif_has_sides_of_up_to_65535_pixels() {
    for (width, height) in [(65_535, 1), (1, 65_535)] {
        let file = Sample::new(width, height, 2).written(&IndexedFormat::Gif);
        assert!(file.is_ok());
    }
}

#[test]
fn what_does_not_go_together_is_broken() {
    let code = |sample: &Sample, format: &IndexedFormat| {
        sample.written(format).err().map(|error| error.code())
    };
    let transparent = Sample {
        transparent: Some(1),
        ..Sample::new(4, 4, 2)
    };
    let rows = |bits| raw(packing(Layout::Rows, bits));
    let broken = Some("broken");
    assert_eq!(code(&transparent, &IndexedFormat::Bmp), broken);
    assert_eq!(code(&transparent, &rows(1)), broken);
    let far = Sample {
        transparent: Some(9),
        ..Sample::new(4, 4, 2)
    };
    assert_eq!(code(&far, &IndexedFormat::Png), broken);
    let colors = Sample {
        gray_bits: Some(1),
        ..Sample::new(4, 4, 2)
    };
    assert_eq!(code(&colors, &IndexedFormat::Png), broken);
    let five = Sample::new(4, 4, 5);
    assert_eq!(code(&five, &rows(2)), broken);
    assert_eq!(code(&five, &rows(3)), broken);
    assert_eq!(code(&five, &rows(4)), None);
    for codes in [vec![0, 1, 2, 3], vec![0, 1, 2, 3, 16]] {
        let format = IndexedFormat::Raw {
            packing: packing(Layout::Rows, 4),
            codes: Some(codes),
        };
        assert_eq!(code(&five, &format), broken);
    }
    let none = Sample {
        colors: Vec::new(),
        ..Sample::new(4, 4, 1)
    };
    assert_eq!(code(&none, &IndexedFormat::Png), broken);
}

#[test]
fn other_rows_than_were_said_are_broken() {
    let sample = Sample::new(7, 3, 2);
    for format in formats() {
        for rows in [&[7, 7][..], &[7, 7, 7, 7], &[7, 7, 6], &[8, 7, 7], &[]] {
            let ended = with_work(&Monitor::new(0), |work| {
                write_indexed(&format, &sample.indexed(), &mut Vec::new(), work, |put| {
                    rows.iter().try_for_each(|width| put(&vec![0; *width]))
                })
            });
            assert!(
                matches!(ended, Err(Error::Broken(_))),
                "{rows:?}: {ended:?}"
            );
        }
    }
}

#[test]
fn no_format_takes_memory_of_the_size_of_the_picture() {
    for format in formats() {
        assert!(format.memory(1, 1) < 1 << 20);
        assert!(format.memory(u32::MAX, u32::MAX) < 32 << 20);
    }
}

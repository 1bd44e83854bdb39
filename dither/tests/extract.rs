//! What the extraction of palettes promises.

use filittle_dither::extract::{Extraction, extract};

/// Soft transitions between many colours, the same in each run.
fn picture(width: u16, height: u16) -> Vec<[u8; 3]> {
    let pixels = (0..height).flat_map(|y| (0..width).map(move |x| (x, y)));
    let part = |value: u16| value.to_be_bytes()[1];
    pixels
        .map(|(x, y)| [part(x), part(y), part((x ^ y) / 3)])
        .collect()
}

fn luma([r, g, b]: [u8; 3]) -> u32 {
    2126 * u32::from(r) + 7152 * u32::from(g) + 722 * u32::from(b)
}

#[test]
fn no_more_colours_than_asked_for_all_different_and_in_order() {
    let picture = picture(200, 200);
    for count in [2, 3, 7, 16, 100, 256] {
        let colors = extract(200, &picture, count);
        assert_eq!(colors.len(), usize::from(count));
        let order: Vec<_> = colors.iter().map(|&color| (luma(color), color)).collect();
        assert!(
            order.is_sorted_by(|one, next| one < next),
            "{count}: {colors:?}"
        );
    }
}

#[test]
fn a_picture_with_few_colours_gives_exactly_its_own() {
    // In the order of their luma; the last one is there once, where no grid would find it.
    let own = [
        [0, 0, 0],
        [0, 0, 1],
        [1, 0, 0],
        [0, 1, 0],
        [254, 255, 255],
        [9, 255, 3],
    ];
    let mut picture: Vec<_> = own.into_iter().cycle().take(2000 * 2000).collect();
    picture
        .iter_mut()
        .filter(|pixel| **pixel == own[5])
        .for_each(|pixel| *pixel = own[0]);
    picture[2000 * 1001 + 1001] = own[5];
    let mut wanted = own;
    wanted.swap(4, 5);
    for count in [6, 7, 256] {
        assert_eq!(extract(2000, &picture, count), wanted, "{count}");
    }
    assert!(extract(2000, &picture, 5).len() <= 5);
}

#[test]
fn the_same_pixels_give_the_same_colours_on_every_machine() {
    let wanted = [
        [31, 63, 20],
        [95, 63, 20],
        [159, 63, 63],
        [223, 63, 63],
        [31, 191, 63],
        [95, 191, 63],
        [159, 191, 20],
        [223, 191, 20],
    ];
    assert_eq!(extract(256, &picture(256, 256), 8), wanted);
}

#[test]
fn rows_may_lack_pixels_and_a_picture_may_have_none() {
    let mut extraction = Extraction::new(3, 3, 2);
    extraction.row(&[]);
    extraction.row(&[[7, 7, 7]]);
    assert_eq!(extraction.finish(), [[7, 7, 7]]);
    assert!(extract(0, &[], 16).is_empty());
    assert!(Extraction::new(u32::MAX, u32::MAX, 16).finish().is_empty());
}

#[test]
fn a_large_picture_of_which_little_is_seen_has_colours_too() {
    let mut extraction = Extraction::new(10_000, 10_000, 2);
    extraction.row(&[]);
    extraction.row(&[[0, 0, 0], [9, 9, 9], [255, 255, 255]]);
    assert!(!extraction.finish().is_empty());
}

#[test]
fn other_counts_than_2_to_256_are_the_nearest_of_these() {
    let picture = picture(128, 128);
    assert_eq!(extract(128, &picture, 0), extract(128, &picture, 2));
    assert_eq!(
        extract(128, &picture, u16::MAX),
        extract(128, &picture, 256)
    );
}

#[test]
fn a_palette_holds_the_colours_that_a_picture_is_made_of() {
    // Three crowds of colours, and one colour asked for each.
    let crowds = [[20, 20, 30], [210, 60, 50], [120, 200, 240]];
    let near = |n: u8, [r, g, b]: [u8; 3]| [r + n % 5, g + n % 4, b + n % 3];
    let picture: Vec<_> = (0..60)
        .flat_map(|n| crowds.map(|crowd| near(n, crowd)))
        .collect();
    let colors = extract(30, &picture, 3);
    for (color, crowd) in colors.iter().zip(crowds) {
        for (part, least) in color.iter().zip(crowd) {
            assert!((least..least + 5).contains(part), "{colors:?}");
        }
    }
}

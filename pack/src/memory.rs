use crate::{
    Format, Method, Settings, ZipSettings, decoder::XZ_MEMORY, deflate::PIECE,
    encoder::xz_dictionary, zip::WHOLE, zstd::LONG_WINDOW_LOG,
};

const MIB: u64 = 1 << 20;

/// Bytes that packing takes at its peak, with what verifying takes; an upper bound, near what is
/// measured. For admitting work before it starts.
pub fn encoder_memory(settings: &Settings) -> u64 {
    let level = settings.level();
    let threads = settings.threads.max(1) as u64;
    let packing = match settings.format {
        Format::Zstd => zstd(settings),
        // Pieces and what becomes of them, those that wait and those that are worked on.
        Format::Gzip => threads * (MIB + 6 * PIECE as u64),
        Format::Brotli => brotli(level),
        Format::Xz => xz(settings),
        Format::Lz4 => 12 * MIB,
        Format::Bzip2 => 9 * MIB,
    };
    let unpacking = match settings.format {
        _ if !settings.verify => 0,
        Format::Zstd if settings.long => of_size(settings, 1 << LONG_WINDOW_LOG),
        Format::Zstd => of_size(settings, 8 * MIB),
        Format::Gzip => MIB,
        Format::Brotli => 17 * MIB,
        Format::Xz => u64::from(xz_dictionary(level, settings.size.unwrap_or(u64::MAX))) + MIB,
        Format::Lz4 => 9 * MIB,
        Format::Bzip2 => 5 * MIB,
    };
    packing.saturating_add(unpacking).saturating_add(MIB / 2)
}

/// Bytes that unpacking a stream takes that begins so; an upper bound. For what follows its first frame
/// or member nothing is said.
pub fn decoder_memory(format: Format, head: &[u8]) -> u64 {
    match format {
        Format::Zstd => zstd_window(head).min(1 << LONG_WINDOW_LOG) + MIB,
        Format::Gzip => MIB,
        Format::Brotli => 17 * MIB,
        Format::Xz => xz_dictionary_in(head).map_or(XZ_MEMORY, |it| (it + MIB).min(XZ_MEMORY)),
        Format::Lz4 => 9 * MIB,
        Format::Bzip2 => 5 * MIB,
    }
}

/// Bytes of the dictionary of the first block: xz-file-format.txt 1.2.1, 3.1 and 5.3.1.
fn xz_dictionary_in(head: &[u8]) -> Option<u64> {
    const LZMA2: u64 = 0x21;
    let block = head.get(12..)?;
    let flags = *block.get(1)?;
    let mut rest = block.get(2..)?;
    for has_size in [flags & 0x40 != 0, flags & 0x80 != 0] {
        if has_size {
            xz_number(&mut rest)?;
        }
    }
    for _ in 0..=flags & 3 {
        let (filter, len) = (xz_number(&mut rest)?, xz_number(&mut rest)?);
        let (properties, after) = rest.split_at_checked(usize::try_from(len).ok()?)?;
        rest = after;
        if filter == LZMA2 {
            let bits = properties.first()? & 0x3f;
            return Some(u64::from(2 | (bits & 1)) << (bits / 2 + 11));
        }
    }
    None
}

/// A number of as many bytes as it needs: 1.2.
fn xz_number(bytes: &mut &[u8]) -> Option<u64> {
    let mut value = 0;
    for shift in (0..63).step_by(7) {
        let (byte, rest) = bytes.split_first()?;
        *bytes = rest;
        value |= u64::from(byte & 0x7f) << shift;
        if *byte < 0x80 {
            return Some(value);
        }
    }
    None
}

/// Of the first frame: RFC 8878, 3.1.1.1.
fn zstd_window(head: &[u8]) -> u64 {
    let Some((&descriptor, rest)) = head.get(4..).and_then(|rest| rest.split_first()) else {
        return 0;
    };
    let is_single_segment = descriptor & 0x20 != 0;
    if !is_single_segment {
        let window = rest.first().copied().unwrap_or_default();
        let base = 1_u64 << (10 + (window >> 3)).min(41);
        return base + base / 8 * u64::from(window & 7);
    }
    let dictionary = [0, 1, 2, 4][usize::from(descriptor & 3)];
    let len = [1, 2, 4, 8][usize::from(descriptor >> 6)];
    let mut size = [0; 8];
    let Some(told) = rest.get(dictionary..dictionary + len) else {
        return 0;
    };
    size[..len].copy_from_slice(told);
    u64::from_le_bytes(size).saturating_add(256)
}

/// As [`encoder_memory`], of a zip. Its directory comes on top, a few hundred bytes a member.
pub fn zip_memory(settings: &ZipSettings) -> u64 {
    let of = |format| {
        encoder_memory(&Settings {
            threads: settings.threads,
            verify: settings.verify,
            ..Settings::new(format, settings.level)
        })
    };
    // Of each thread two that wait, and one with what becomes of it and what is unpacked again; one
    // that is read.
    let members = (5 * settings.threads.max(1) as u64 + 3) * WHOLE as u64;
    match settings.method {
        Method::Deflate => of(Format::Gzip).max(members + settings.threads as u64 * MIB),
        // Small members beside one another, each in one thread.
        Method::Zstd => of(Format::Zstd).saturating_mul(2) + members,
        Method::Store => members,
    }
}

/// `most`, and less when there is less to pack.
fn of_size(settings: &Settings, most: u64) -> u64 {
    let size = settings.size.unwrap_or(u64::MAX);
    size.max(1)
        .checked_next_power_of_two()
        .unwrap_or(most)
        .min(most)
        + MIB
}

/// Window and tables, rounded up from measured peaks; for each thread once more, and the job that
/// it works on. Tables shrink with a size that is known to be small.
fn zstd(settings: &Settings) -> u64 {
    let tables = MIB
        * match settings.level() {
            ..=2 => 4,
            3..=4 => 8,
            5..=8 => 16,
            9..=12 => 48,
            13..=15 => 80,
            16..=18 => 96,
            19 => 128,
            _ => 192,
        };
    let one = match settings.size {
        Some(size) => tables.min(size.saturating_mul(40).saturating_add(MIB)),
        None => tables,
    };
    let long = if settings.long {
        of_size(settings, 2 << LONG_WINDOW_LOG)
    } else {
        0
    };
    match settings.threads as u64 {
        ..=1 => one.saturating_add(long),
        threads => one.saturating_mul(2 * threads).saturating_add(long),
    }
}

fn brotli(level: u8) -> u64 {
    MIB * match level {
        0 | 1 => 8,
        2..=4 => 64,
        5..=9 => 96,
        _ => 256,
    }
}

/// As the manual of `xz` has it, which is eleven times the dictionary and a little more; of several
/// threads each has an input of three dictionaries besides.
fn xz(settings: &Settings) -> u64 {
    let dictionary = u64::from(xz_dictionary(
        settings.level(),
        settings.size.unwrap_or(u64::MAX),
    ));
    let one = 11 * dictionary + 8 * MIB;
    match settings.threads as u64 {
        ..=1 => one,
        threads => threads * (one + 7 * dictionary),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_be_of_any_size_takes_as_much_as_the_largest() {
        for format in Format::ALL {
            for level in format.levels() {
                for threads in [1, 4] {
                    let of = |size| {
                        encoder_memory(&Settings {
                            threads,
                            size,
                            ..Settings::new(format, level)
                        })
                    };
                    let any = of(None);
                    assert_eq!(of(Some(u64::MAX)), any, "{format} {level}");
                    assert!(
                        of(Some(1 << 40)) <= any && of(Some(0)) <= any,
                        "{format} {level}"
                    );
                }
            }
        }
        // As the manual of xz has it.
        let xz = |level| encoder_memory(&Settings::new(Format::Xz, level));
        assert!(xz(6) > 94 * MIB && xz(9) > 674 * MIB);
    }
}

use super::bits::Bits;

/// Codes have at most so many bits (GIF89a, appendix F).
const LONGEST: u32 = 12;

/// Places of the table of strings, twice as many as there are strings.
const PLACE_BITS: u32 = LONGEST + 1;

/// Compression by strings that came before, as GIF has it: T. A. Welch, "A technique for
/// high-performance data compression", Computer 17 (6), 1984.
pub(super) struct Lzw {
    /// Bits of a pixel, at least two.
    pixel_bits: u32,
    /// The code of the longest known string that the pixels so far end with.
    string: Option<u32>,
    /// Bits of a code now.
    code_bits: u32,
    /// The code of the next new string.
    next: u32,
    /// Strings by hash: the code of all but the last pixel, that pixel, and the code of the string,
    /// in 12, 8 and 12 bits. No string has the code 0, so that is a free place.
    places: Vec<u32>,
    bits: Bits,
}

impl Lzw {
    /// For pixels of so many bits, 2 to 8.
    pub(super) fn new(pixel_bits: u8) -> Self {
        let mut lzw = Self {
            pixel_bits: pixel_bits.into(),
            string: None,
            code_bits: u32::from(pixel_bits) + 1,
            next: 0,
            places: Vec::new(),
            bits: Bits::default(),
        };
        lzw.bits.reserve(2);
        lzw.clear();
        lzw
    }

    /// Compresses more pixels, of which no higher bits count.
    pub(super) fn write(&mut self, pixels: &[u8]) {
        // Of each pixel may come a code, and here and there one more.
        self.bits.reserve(2 * pixels.len() + 16);
        let most = self.clear_code() - 1;
        for pixel in pixels {
            let pixel = u32::from(*pixel) & most;
            let Some(string) = self.string else {
                self.string = Some(pixel);
                continue;
            };
            let (place, known) = self.look_up(string << 8 | pixel);
            self.string = Some(known.unwrap_or(pixel));
            if known.is_none() {
                self.put(string);
                if self.next < 1 << LONGEST {
                    self.places[place] = (string << 8 | pixel) << LONGEST | self.next;
                    self.count();
                } else {
                    self.clear();
                }
            }
        }
    }

    /// The last string, and the code of the end.
    pub(super) fn finish(&mut self) {
        self.bits.reserve(8);
        if let Some(string) = self.string.take() {
            self.put(string);
            // The reader, who is one string behind, counts too.
            self.count();
        }
        self.put(self.clear_code() + 1);
        self.bits.align();
    }

    /// The bytes that are ready.
    pub(super) fn ready(&self) -> &[u8] {
        self.bits.ready()
    }

    /// Forgets the bytes that were ready.
    pub(super) fn take(&mut self) {
        self.bits.take();
    }

    fn clear_code(&self) -> u32 {
        1 << self.pixel_bits
    }

    /// Tells the reader to forget all strings.
    fn clear(&mut self) {
        self.put(self.clear_code());
        self.code_bits = self.pixel_bits + 1;
        self.next = self.clear_code() + 2;
        self.places.clear();
        self.places.resize(1 << PLACE_BITS, 0);
    }

    #[inline]
    fn put(&mut self, code: u32) {
        self.bits.add(code.into(), self.code_bits);
        self.bits.flush();
    }

    /// A new string has the next code; the codes behind it may be longer.
    #[inline]
    fn count(&mut self) {
        self.next += 1;
        if self.next > 1 << self.code_bits && self.code_bits < LONGEST {
            self.code_bits += 1;
        }
    }

    /// Where a string is or belongs, and its code if it is known.
    #[inline]
    fn look_up(&self, string: u32) -> (usize, Option<u32>) {
        let hash = string.wrapping_mul(0x9e37_79b1) >> (u32::BITS - PLACE_BITS);
        let mut place = hash as usize;
        loop {
            let entry = self.places[place];
            if entry == 0 {
                return (place, None);
            }
            if entry >> LONGEST == string {
                return (place, Some(entry & ((1 << LONGEST) - 1)));
            }
            place = (place + 1) % (1 << PLACE_BITS);
        }
    }
}

#[cfg(test)]
mod tests {
    use weezl::{BitOrder, decode::Decoder};

    use super::*;

    fn compressed(pixels: &[u8], bits: u8, row: usize) -> Vec<u8> {
        let mut lzw = Lzw::new(bits);
        let mut codes = Vec::new();
        for row in pixels.chunks(row) {
            lzw.write(row);
            codes.extend_from_slice(lzw.ready());
            lzw.take();
        }
        lzw.finish();
        codes.extend_from_slice(lzw.ready());
        codes
    }

    /// What another library reads, up to the code of the end, which is the last.
    fn read(codes: &[u8], bits: u8) -> Vec<u8> {
        let mut decoder = Decoder::new(BitOrder::Lsb, bits);
        let mut pixels = Vec::new();
        let ended = decoder.into_vec(&mut pixels).decode_all(codes);
        assert!(ended.status.is_ok() && ended.consumed_in == codes.len());
        assert!(decoder.has_ended());
        pixels
    }

    fn noise(count: usize, bits: u8) -> Vec<u8> {
        let mut seed = 5_u32;
        let next = || {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (seed >> 16).to_le_bytes()[0] & (u8::MAX >> (8 - bits))
        };
        std::iter::repeat_with(next).take(count).collect()
    }

    #[test]
    fn noise_of_each_depth_comes_back_whatever_its_length() {
        for bits in 2..=8 {
            for count in (0..600).chain([4_000, 100_000]) {
                let pixels = noise(count, bits);
                assert!(
                    read(&compressed(&pixels, bits, 97), bits) == pixels,
                    "{bits} {count}"
                );
            }
        }
    }

    #[test]
    fn pixels_that_repeat_come_back_and_take_little() {
        for period in [1, 2, 3, 100] {
            let part = noise(period, 4);
            let pixels: Vec<u8> = part.iter().copied().cycle().take(300_000).collect();
            let codes = compressed(&pixels, 4, 1_000);
            assert!(
                read(&codes, 4) == pixels && codes.len() < 25_000,
                "{}",
                codes.len()
            );
        }
    }

    #[test]
    fn the_length_of_rows_changes_nothing() {
        let pixels = noise(20_000, 3);
        let whole = compressed(&pixels, 3, 20_000);
        assert!(
            [1, 7, 8_191]
                .iter()
                .all(|row| compressed(&pixels, 3, *row) == whole)
        );
    }
}

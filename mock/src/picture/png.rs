//! PNG with one bit a pixel, in one deflate block with fixed codes.
//!
//! Format: W3C PNG specification; RFC 1950 and RFC 1951. A band of equal rows is one long repeat,
//! so a picture of 4096 by 4096 takes about 20 KiB.

use super::bits::LowFirst;
use crate::seed::mix;

const BANDS: u32 = 8;

pub(super) fn encode(width: u32, height: u32, seed: u64, transparent: bool) -> Vec<u8> {
    let mut file = vec![0x89, b'P', b'N', b'G', 0x0D, 0x0A, 0x1A, 0x0A];
    let mut header = Vec::with_capacity(13);
    header.extend(width.to_be_bytes());
    header.extend(height.to_be_bytes());
    // One bit deep, greyscale, the only compression and filter methods, not interlaced.
    header.extend([1, 0, 0, 0, 0]);
    chunk(&mut file, *b"IHDR", &header);
    if transparent {
        // Black is not to be seen.
        chunk(&mut file, *b"tRNS", &[0, 0]);
    }
    chunk(&mut file, *b"IDAT", &pixels(width, height, seed));
    chunk(&mut file, *b"IEND", &[]);
    file
}

fn pixels(width: u32, height: u32, seed: u64) -> Vec<u8> {
    let row = width.div_ceil(8);
    let mut bits = LowFirst::default();
    let mut check = Adler::default();
    bits.put(1, 1);
    bits.put(1, 2);
    let bands = BANDS.min(height);
    for band in 0..bands {
        let rows = height * (band + 1) / bands - height * band / bands;
        let pattern = mix(seed ^ u64::from(band)).to_le_bytes()[0];
        literal(&mut bits, 0);
        literal(&mut bits, pattern);
        repeat(&mut bits, 1, row - 1, [pattern, pattern]);
        repeat(&mut bits, row + 1, (rows - 1) * (row + 1), [0, pattern]);
        for _ in 0..rows {
            check.add(0, 1);
            check.add(pattern, row);
        }
    }
    // End of block.
    bits.put_code(0, 7);
    let mut stream = vec![0x78, 0x01];
    stream.extend(bits.finish());
    stream.extend(check.value().to_be_bytes());
    stream
}

fn literal(bits: &mut LowFirst, byte: u8) {
    let byte = u32::from(byte);
    if byte < 144 {
        bits.put_code(0x30 + byte, 8);
    } else {
        bits.put_code(0x190 + byte - 144, 9);
    }
}

/// Copies `length` bytes from `distance` back. The format has no copy of one or two bytes: so short
/// a rest is written out, as the end of `rest`.
fn repeat(bits: &mut LowFirst, distance: u32, length: u32, rest: [u8; 2]) {
    if length < 3 {
        rest.iter()
            .skip(2 - length as usize)
            .for_each(|byte| literal(bits, *byte));
        return;
    }
    let mut left = length;
    while left > 0 {
        let piece = match left {
            0..=258 => left,
            259 | 260 => 250,
            _ => 258,
        };
        length_code(bits, piece);
        distance_code(bits, distance);
        left -= piece;
    }
}

const LENGTHS: [(u32, u32); 29] = lengths();
const DISTANCES: [(u32, u32); 30] = distances();

/// Smallest length and number of extra bits of the codes 257 to 285.
const fn lengths() -> [(u32, u32); 29] {
    let mut table = [(0, 0); 29];
    let mut code: usize = 0;
    let mut base = 3;
    let mut extra = 0;
    while code < 28 {
        if code >= 8 && code.is_multiple_of(4) {
            extra += 1;
        }
        table[code] = (base, extra);
        base += 1 << extra;
        code += 1;
    }
    table[28] = (258, 0);
    table
}

const fn distances() -> [(u32, u32); 30] {
    let mut table = [(0, 0); 30];
    let mut code: usize = 0;
    let mut base = 1;
    let mut extra = 0;
    while code < 30 {
        if code >= 4 && code.is_multiple_of(2) {
            extra += 1;
        }
        table[code] = (base, extra);
        base += 1 << extra;
        code += 1;
    }
    table
}

fn length_code(bits: &mut LowFirst, length: u32) {
    let (index, (base, extra)) = entry(&LENGTHS, length);
    let symbol = 257 + index;
    if symbol < 280 {
        bits.put_code(symbol - 256, 7);
    } else {
        bits.put_code(0xC0 + symbol - 280, 8);
    }
    bits.put(length - base, extra);
}

fn distance_code(bits: &mut LowFirst, distance: u32) {
    let (index, (base, extra)) = entry(&DISTANCES, distance);
    bits.put_code(index, 5);
    bits.put(distance - base, extra);
}

fn entry(table: &[(u32, u32)], value: u32) -> (u32, (u32, u32)) {
    let after = (0_u32..).zip(table).filter(|(_, (base, _))| *base <= value);
    let (index, entry) = after
        .last()
        .expect("every table starts at the smallest value");
    (index, *entry)
}

fn chunk(file: &mut Vec<u8>, name: [u8; 4], body: &[u8]) {
    let length = u32::try_from(body.len()).expect("a picture of the replica is small");
    file.extend(length.to_be_bytes());
    let start = file.len();
    file.extend(name);
    file.extend(body);
    let check = crc(&file[start..]);
    file.extend(check.to_be_bytes());
}

/// The check sum of PNG chunks and of gzip.
pub(crate) fn crc(bytes: &[u8]) -> u32 {
    let mut state = u32::MAX;
    for byte in bytes {
        state ^= u32::from(*byte);
        for _ in 0..8 {
            let carry = state & 1;
            state = (state >> 1) ^ (0xEDB8_8320 * carry);
        }
    }
    !state
}

/// Adler-32 over runs of one byte.
struct Adler {
    low: u64,
    high: u64,
}

impl Default for Adler {
    fn default() -> Self {
        Self { low: 1, high: 0 }
    }
}

impl Adler {
    const MODULUS: u64 = 65_521;

    fn add(&mut self, byte: u8, times: u32) {
        let (byte, times) = (u64::from(byte), u64::from(times));
        self.high += times * self.low + byte * (times * (times + 1) / 2);
        self.high %= Self::MODULUS;
        self.low = (self.low + times * byte) % Self::MODULUS;
    }

    fn value(&self) -> u32 {
        u32::try_from((self.high << 16) | self.low).expect("both halves are below 65521")
    }
}

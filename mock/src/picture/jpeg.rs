//! JPEG, baseline, greyscale, one colour: every block repeats the first one's brightness.
//!
//! Format: ITU-T T.81. A block takes two bits: no change of brightness, no detail.

use super::bits::HighFirst;
use crate::seed::mix;

pub(super) fn encode(width: u32, height: u32, seed: u64) -> Vec<u8> {
    let mut file = vec![0xFF, 0xD8];
    segment(&mut file, 0xE0, b"JFIF\0\x01\x01\0\0\x01\0\x01\0\0");
    // With every divisor at 8 a step of brightness is a step of the sample.
    let mut divisors = vec![0];
    divisors.extend([8; 64]);
    segment(&mut file, 0xDB, &divisors);
    let mut frame = vec![8];
    frame.extend(&height.to_be_bytes()[2..]);
    frame.extend(&width.to_be_bytes()[2..]);
    frame.extend([1, 1, 0x11, 0]);
    segment(&mut file, 0xC0, &frame);
    // Brightness: category 0 is `0`, category 7 is `10`. Detail: only the end of the block.
    segment(&mut file, 0xC4, &table(0x00, &[1, 1], &[0, 7]));
    segment(&mut file, 0xC4, &table(0x10, &[1], &[0]));
    segment(&mut file, 0xDA, &[1, 1, 0, 0, 63, 0]);
    file.extend(blocks(width.div_ceil(8) * height.div_ceil(8), seed));
    file.extend([0xFF, 0xD9]);
    file
}

fn blocks(count: u32, seed: u64) -> Vec<u8> {
    let mut bits = HighFirst::default();
    // A difference of category 7 is 64 to 127: lighter than the middle grey, not white.
    let light = 64 + u32::from(mix(seed).to_le_bytes()[0] % 60);
    bits.put(0b10, 2);
    bits.put(light, 7);
    bits.put(0, 1);
    for _ in 1..count {
        bits.put(0, 2);
    }
    bits.finish()
}

fn table(class: u8, counts: &[u8], symbols: &[u8]) -> Vec<u8> {
    let mut body = vec![class];
    body.extend(counts);
    body.resize(17, 0);
    body.extend(symbols);
    body
}

fn segment(file: &mut Vec<u8>, marker: u8, body: &[u8]) {
    let length = u16::try_from(body.len() + 2).expect("segments here are short");
    file.extend([0xFF, marker]);
    file.extend(length.to_be_bytes());
    file.extend(body);
}

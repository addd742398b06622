//! Lossless WebP of one colour: each channel has a code of one symbol, so pixels take no bits.
//!
//! Format: the WebP container and lossless bitstream specifications, RFC 9649.

use super::bits::LowFirst;
use crate::seed::mix;

pub(super) fn encode(width: u32, height: u32, seed: u64, transparent: bool) -> Vec<u8> {
    let mut bits = LowFirst::default();
    bits.put(0x2F, 8);
    bits.put(width - 1, 14);
    bits.put(height - 1, 14);
    // Alpha, version 0, no transform, no colour cache, one set of codes.
    bits.put(u32::from(transparent), 1);
    bits.put(0, 3);
    bits.put(0, 1);
    bits.put(0, 1);
    bits.put(0, 1);
    let [red, green, blue, ..] = mix(seed).to_le_bytes();
    let alpha = if transparent { 0 } else { 255 };
    for value in [green, red, blue, alpha] {
        // A simple code with one symbol that takes eight bits to name.
        bits.put(0b101, 3);
        bits.put(u32::from(value), 8);
    }
    // Distances are never used: one symbol, named in one bit.
    bits.put(0b0001, 4);
    let mut stream = bits.finish();
    let length = stream.len();
    if length % 2 == 1 {
        stream.push(0);
    }
    let size = |bytes: usize| {
        u32::try_from(bytes)
            .expect("the stream is tiny")
            .to_le_bytes()
    };
    let mut file = b"RIFF".to_vec();
    file.extend(size(stream.len() + 12));
    file.extend(b"WEBPVP8L");
    file.extend(size(length));
    file.extend(stream);
    file
}

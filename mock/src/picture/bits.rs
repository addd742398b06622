//! Writing bits, in the two orders that picture formats use.

/// Fills each byte from its lowest bit (deflate, WebP).
#[derive(Default)]
pub(super) struct LowFirst {
    bytes: Vec<u8>,
    held: u64,
    count: u32,
}

impl LowFirst {
    /// The lowest `count` bits of `value`; at most 32.
    pub(super) fn put(&mut self, value: u32, count: u32) {
        self.held |= (u64::from(value) & ((1_u64 << count) - 1)) << self.count;
        self.count += count;
        while self.count >= 8 {
            self.bytes.push(self.held.to_le_bytes()[0]);
            self.held >>= 8;
            self.count -= 8;
        }
    }

    /// A Huffman code, whose first bit is its highest.
    pub(super) fn put_code(&mut self, code: u32, length: u32) {
        self.put(code.reverse_bits() >> (32 - length), length);
    }

    pub(super) fn finish(mut self) -> Vec<u8> {
        if self.count > 0 {
            self.put(0, 8 - self.count);
        }
        self.bytes
    }
}

/// Fills each byte from its highest bit, and stuffs a zero after 0xFF (JPEG).
#[derive(Default)]
pub(super) struct HighFirst {
    bytes: Vec<u8>,
    held: u32,
    count: u32,
}

impl HighFirst {
    /// The lowest `count` bits of `value`, highest first; at most 16.
    pub(super) fn put(&mut self, value: u32, count: u32) {
        self.held = (self.held << count) | (value & ((1 << count) - 1));
        self.count += count;
        while self.count >= 8 {
            let byte = (self.held >> (self.count - 8)).to_le_bytes()[0];
            self.bytes.push(byte);
            if byte == 0xFF {
                self.bytes.push(0);
            }
            self.count -= 8;
            self.held &= (1 << self.count) - 1;
        }
    }

    /// Pads with ones, as the format asks.
    pub(super) fn finish(mut self) -> Vec<u8> {
        if self.count > 0 {
            let missing = 8 - self.count;
            self.put((1 << missing) - 1, missing);
        }
        self.bytes
    }
}

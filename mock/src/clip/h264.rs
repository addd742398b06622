//! The least H.264 that is a film (ITU-T H.264, baseline profile, CAVLC).
//!
//! Every block of the first picture is predicted from its neighbours and has nothing to add; the
//! first block alone has a brightness of its own, which the others take over. A later picture skips
//! all of its blocks.

/// Bits from the highest down, with the variable-length codes of the format.
#[derive(Default)]
struct Bits {
    bytes: Vec<u8>,
    free: u32,
}

impl Bits {
    fn bit(&mut self, bit: bool) {
        if self.free == 0 {
            self.bytes.push(0);
            self.free = 8;
        }
        self.free -= 1;
        if let Some(last) = self.bytes.last_mut() {
            *last |= u8::from(bit) << self.free;
        }
    }

    /// The lowest `count` bits, highest first.
    fn put(&mut self, value: u32, count: u32) {
        for place in (0..count).rev() {
            self.bit(value >> place & 1 == 1);
        }
    }

    /// An unsigned Exp-Golomb code.
    fn ue(&mut self, value: u32) {
        let value = value + 1;
        let length = 32 - value.leading_zeros();
        self.put(0, length - 1);
        self.put(value, length);
    }

    /// A signed one.
    fn se(&mut self, value: i32) {
        let twice = value.unsigned_abs() * 2;
        self.ue(if value > 0 { twice - 1 } else { twice });
    }

    /// Closes the payload and guards it: no three bytes may look like a start code.
    fn unit(mut self, kind: u8) -> Vec<u8> {
        self.bit(true);
        let mut unit = vec![kind];
        let mut zeros = 0;
        for byte in self.bytes {
            if zeros == 2 && byte <= 3 {
                unit.push(3);
                zeros = 0;
            }
            zeros = if byte == 0 { zeros + 1 } else { 0 };
            unit.push(byte);
        }
        unit
    }
}

fn blocks(size: (u32, u32)) -> (u32, u32) {
    (size.0.div_ceil(16), size.1.div_ceil(16))
}

/// Level 5.2, which has room for every size that is made here.
const LEVEL: u32 = 52;

/// The sequence's parameters.
pub(super) fn sequence_set(size: (u32, u32)) -> Vec<u8> {
    let (columns, rows) = blocks(size);
    let mut bits = Bits::default();
    // Constrained baseline.
    bits.put(66, 8);
    bits.put(0b1100_0000, 8);
    bits.put(LEVEL, 8);
    bits.ue(0);
    // Frame numbers of four bits, pictures shown as they come, one of them kept.
    bits.ue(0);
    bits.ue(2);
    bits.ue(1);
    bits.bit(false);
    bits.ue(columns - 1);
    bits.ue(rows - 1);
    // Whole frames.
    bits.bit(true);
    bits.bit(true);
    let (right, bottom) = (columns * 16 - size.0, rows * 16 - size.1);
    let is_cropped = right + bottom > 0;
    bits.bit(is_cropped);
    if is_cropped {
        // In units of two pixels: left, right, top, bottom.
        for side in [0, right / 2, 0, bottom / 2] {
            bits.ue(side);
        }
    }
    bits.bit(false);
    bits.unit(0x67)
}

/// The pictures' parameters.
pub(super) fn picture_set() -> Vec<u8> {
    let mut bits = Bits::default();
    bits.ue(0);
    bits.ue(0);
    // No arithmetic coding, no bottom fields, one slice group, one reference each.
    bits.put(0, 2);
    bits.ue(0);
    bits.ue(0);
    bits.ue(0);
    // No weights; quantisers and chroma as usual.
    bits.put(0, 3);
    bits.se(0);
    bits.se(0);
    bits.se(0);
    // The filter between blocks can be switched off.
    bits.bit(true);
    bits.put(0, 2);
    bits.unit(0x68)
}

/// The first picture. `shade` is how far from the middle grey it lies, and on which side.
pub(super) fn picture(size: (u32, u32), shade: u8) -> Vec<u8> {
    let (columns, rows) = blocks(size);
    let mut bits = Bits::default();
    bits.ue(0);
    bits.ue(7);
    bits.ue(0);
    bits.put(0, 4);
    bits.ue(0);
    bits.put(0, 2);
    // The coarser the quantiser, the further one step leads.
    bits.se(i32::from(shade % 18));
    bits.ue(1);
    for block in 0..columns * rows {
        // Predicted as a whole from what is left and above; chroma alike; the quantiser stays.
        bits.ue(3);
        bits.ue(0);
        bits.se(0);
        if block == 0 {
            // One coefficient of size one, its sign, and none after it.
            bits.put(0b01, 2);
            bits.bit(shade & 0x80 != 0);
            bits.bit(true);
        } else {
            bits.bit(true);
        }
    }
    bits.unit(0x65)
}

/// A picture that is the one before it; `number` counts from 1.
pub(super) fn repeat(size: (u32, u32), number: u32) -> Vec<u8> {
    let (columns, rows) = blocks(size);
    let mut bits = Bits::default();
    bits.ue(0);
    bits.ue(5);
    bits.ue(0);
    bits.put(number % 16, 4);
    // References as they are: no other count, no other order, no marking.
    bits.put(0, 3);
    bits.se(0);
    bits.ue(1);
    bits.ue(columns * rows);
    bits.unit(0x41)
}

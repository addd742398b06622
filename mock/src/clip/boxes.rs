//! The boxes that an MP4 file is made of (ISO/IEC 14496-12).

/// A box of that name around what `fill` writes.
pub(super) fn boxed(out: &mut Vec<u8>, name: [u8; 4], fill: impl FnOnce(&mut Vec<u8>)) {
    let start = out.len();
    out.extend([0; 4]);
    out.extend(name);
    fill(out);
    let size = u32::try_from(out.len() - start).expect("a clip of the replica is small");
    out[start..start + 4].copy_from_slice(&size.to_be_bytes());
}

/// A box with version 0 and these flags.
pub(super) fn full(out: &mut Vec<u8>, name: [u8; 4], flags: u32, fill: impl FnOnce(&mut Vec<u8>)) {
    boxed(out, name, |body| {
        body.extend(flags.to_be_bytes());
        fill(body);
    });
}

//! The smallest MP4 that a player opens: a movie header with its length and no track.
//!
//! Format: ISO/IEC 14496-12. It holds no picture; it proves that a download arrives whole.

/// A file of `ftyp`, `mdat` and `moov`. `seed` fills the media so that clips differ.
pub(crate) fn encode(seconds: u64, seed: u64) -> Vec<u8> {
    let mut file = Vec::with_capacity(256);
    boxed(&mut file, *b"ftyp", b"isom\0\0\x02\0isomiso2mp41");
    boxed(&mut file, *b"mdat", &seed.to_be_bytes());
    let mut header = Vec::with_capacity(108);
    boxed(&mut header, *b"mvhd", &movie_header(seconds));
    boxed(&mut file, *b"moov", &header);
    file
}

/// Version 0: times are 32 bits, in units of a millisecond.
fn movie_header(seconds: u64) -> Vec<u8> {
    let duration = u32::try_from(seconds.saturating_mul(1000)).unwrap_or(u32::MAX);
    let mut body = vec![0; 12];
    body.extend(1000_u32.to_be_bytes());
    body.extend(duration.to_be_bytes());
    // Normal speed, full volume, reserved.
    body.extend(0x0001_0000_u32.to_be_bytes());
    body.extend(0x0100_u16.to_be_bytes());
    body.extend([0; 10]);
    for cell in [0x0001_0000_u32, 0, 0, 0, 0x0001_0000, 0, 0, 0, 0x4000_0000] {
        body.extend(cell.to_be_bytes());
    }
    body.extend([0; 24]);
    body.extend(2_u32.to_be_bytes());
    body
}

fn boxed(file: &mut Vec<u8>, name: [u8; 4], body: &[u8]) {
    let size = u32::try_from(body.len() + 8).expect("boxes here are short");
    file.extend(size.to_be_bytes());
    file.extend(name);
    file.extend(body);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_boxes_of_a_clip_fill_the_file_exactly() {
        let file = encode(8, 3);
        let mut names = Vec::new();
        let mut at = 0;
        while at < file.len() {
            let size = u32::from_be_bytes(file[at..at + 4].try_into().unwrap()) as usize;
            names.push(String::from_utf8(file[at + 4..at + 8].to_vec()).unwrap());
            at += size;
        }
        assert_eq!(at, file.len());
        assert_eq!(names, ["ftyp", "mdat", "moov"]);
        assert_eq!(movie_header(8).len(), 100);
    }
}

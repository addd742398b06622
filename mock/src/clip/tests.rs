use super::*;

/// A box as a reader finds it: its name and its body.
type Found<'a> = (String, &'a [u8]);

fn number(bytes: &[u8], at: usize) -> u32 {
    u32::from_be_bytes(bytes[at..at + 4].try_into().unwrap())
}

/// The boxes that fill these bytes exactly.
fn walk(mut bytes: &[u8]) -> Vec<Found<'_>> {
    let mut found = Vec::new();
    while !bytes.is_empty() {
        let size = number(bytes, 0) as usize;
        assert!((8..=bytes.len()).contains(&size), "a box of {size} bytes");
        let name = String::from_utf8(bytes[4..8].to_vec()).unwrap();
        found.push((name, &bytes[8..size]));
        bytes = &bytes[size..];
    }
    found
}

/// The body of the box at the end of a path of names.
fn inside<'a>(bytes: &'a [u8], path: &str) -> &'a [u8] {
    path.split('/').fold(bytes, |bytes, name| {
        let boxes = walk(bytes);
        let found = boxes.into_iter().find(|(known, _)| known == name);
        found.unwrap_or_else(|| panic!("no `{name}` of {path}")).1
    })
}

const TABLE: &str = "moov/trak/mdia/minf/stbl";

#[test]
fn the_boxes_of_a_clip_fill_the_file_and_their_parents_exactly() {
    let file = encode(8, (1280, 720), 3);
    let names = |bytes| {
        let boxes = walk(bytes);
        boxes.into_iter().map(|(name, _)| name).collect::<Vec<_>>()
    };
    assert_eq!(names(&file), ["ftyp", "moov", "mdat"]);
    assert_eq!(names(inside(&file, "moov")), ["mvhd", "trak"]);
    assert_eq!(names(inside(&file, "moov/trak")), ["tkhd", "mdia"]);
    let table = ["stsd", "stts", "stss", "stsc", "stsz", "stco"];
    assert_eq!(names(inside(&file, TABLE)), table);
}

#[test]
fn length_and_size_are_true_wherever_they_are_told() {
    for (seconds, size) in [(1, (720, 720)), (8, (1920, 1080)), (20, (1080, 1920))] {
        let file = encode(seconds, size, 5);
        for header in ["moov/mvhd", "moov/trak/mdia/mdhd"] {
            let body = inside(&file, header);
            let told = u64::from(number(body, 16)) / u64::from(number(body, 12));
            assert_eq!(told, seconds, "{header}");
        }
        let track = inside(&file, "moov/trak/tkhd");
        let told = (number(track, 76) >> 16, number(track, 80) >> 16);
        assert_eq!(told, size);
        let entry = &inside(&file, &format!("{TABLE}/stsd"))[8..];
        let entry = inside(entry, "avc1");
        let side = |at: usize| u32::from(u16::from_be_bytes([entry[at], entry[at + 1]]));
        assert_eq!((side(24), side(26)), size);
        assert!(file.len() < 40_000, "{} bytes", file.len());
    }
}

#[test]
fn every_frame_lies_where_the_tables_say() {
    let file = encode(2, (1280, 720), 7);
    let sizes = inside(&file, &format!("{TABLE}/stsz"));
    let count = number(sizes, 8) as usize;
    assert_eq!(count, 48);
    let mut at = number(inside(&file, &format!("{TABLE}/stco")), 8) as usize;
    for sample in 0..count {
        let size = number(sizes, 12 + 4 * sample) as usize;
        let unit = number(&file, at) as usize;
        assert_eq!(unit + 4, size, "frame {sample}");
        let kind = file[at + 4] & 0x1F;
        assert_eq!(kind, if sample == 0 { 5 } else { 1 });
        at += size;
    }
    assert_eq!(at, file.len(), "the last frame ends the file");
}

#[test]
fn no_frame_holds_what_looks_like_a_start_code() {
    for size in [(16, 16), (1920, 1080), (4096, 4096), (17, 33)] {
        for number in 0..40 {
            let unit = &sample(number, size, u64::from(number))[4..];
            let looks = |bytes: &[u8]| bytes[0] == 0 && bytes[1] == 0 && bytes[2] < 3;
            assert!(!unit.windows(3).any(looks), "{size:?} {number}");
        }
    }
}

#[test]
fn clips_of_other_seeds_differ_and_absurd_wishes_are_bounded() {
    assert_ne!(encode(5, (1280, 720), 1), encode(5, (1280, 720), 2));
    assert_eq!(encode(5, (1280, 720), 1), encode(5, (1280, 720), 1));
    let longest = encode(u64::MAX, (0, u32::MAX), 1);
    let told = number(inside(&longest, "moov/mvhd"), 16);
    assert_eq!(told / SCALE, 3600);
}

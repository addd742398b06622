//! Small films that any player opens: one H.264 track of the size and length asked for.
//!
//! The picture is one grey, from a seed, and stays as it is: the first frame holds it and every
//! later one says "as before", so a minute of 1080p takes some tens of kilobytes.

mod boxes;
mod h264;

use self::boxes::{boxed, full};
use crate::seed::mix;

/// Frames a second.
const RATE: u64 = 24;
/// Ticks of the track's clock a second; a frame takes [`TICKS`] of them.
const SCALE: u32 = 12_288;
const TICKS: u32 = 512;
/// Longer clips than this are made this long.
const LONGEST: u64 = 3600;

/// A film of that many seconds. Sides are brought to even numbers from 16 to 4096.
pub(crate) fn encode(seconds: u64, size: (u32, u32), seed: u64) -> Vec<u8> {
    let side = |side: u32| side.clamp(16, 4096) & !1;
    let size = (side(size.0), side(size.1));
    let frames = u32::try_from(seconds.clamp(1, LONGEST) * RATE).unwrap_or(u32::MAX);
    let samples: Vec<Vec<u8>> = (0..frames)
        .map(|number| sample(number, size, seed))
        .collect();
    let mut file = Vec::new();
    boxed(&mut file, *b"ftyp", |body| {
        body.extend(b"isom\0\0\x02\0isomiso2avc1mp41");
    });
    // The index comes before the media, so that a player may start early; its own length does not
    // depend on the place that it tells.
    let head = file.len();
    let length = index(&samples, size, 0).len();
    let place = u32::try_from(head + length + 8).unwrap_or(u32::MAX);
    file.extend(index(&samples, size, place));
    boxed(&mut file, *b"mdat", |body| body.extend(samples.concat()));
    file
}

fn sample(number: u32, size: (u32, u32), seed: u64) -> Vec<u8> {
    let unit = if number == 0 {
        h264::picture(size, mix(seed).to_le_bytes()[0])
    } else {
        h264::repeat(size, number)
    };
    let length = u32::try_from(unit.len()).unwrap_or(u32::MAX);
    [&length.to_be_bytes()[..], &unit].concat()
}

/// `moov`, with the media at `place` of the file.
fn index(samples: &[Vec<u8>], size: (u32, u32), place: u32) -> Vec<u8> {
    let count = u32::try_from(samples.len()).unwrap_or(u32::MAX);
    let duration = count.saturating_mul(TICKS);
    let mut index = Vec::new();
    boxed(&mut index, *b"moov", |moov| {
        full(moov, *b"mvhd", 0, |body| {
            times(body, duration);
            words(body, &[0x0001_0000]);
            body.extend([1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
            words(body, &MATRIX);
            body.extend([0; 24]);
            words(body, &[2]);
        });
        boxed(moov, *b"trak", |trak| {
            // Enabled, in the film, in its preview.
            full(trak, *b"tkhd", 7, |body| {
                words(body, &[0, 0, 1, 0, duration]);
                body.extend([0; 16]);
                words(body, &MATRIX);
                words(body, &[size.0 << 16, size.1 << 16]);
            });
            boxed(trak, *b"mdia", |mdia| {
                full(mdia, *b"mdhd", 0, |body| {
                    times(body, duration);
                    // No language.
                    body.extend([0x55, 0xC4, 0, 0]);
                });
                full(mdia, *b"hdlr", 0, |body| {
                    body.extend(b"\0\0\0\0vide\0\0\0\0\0\0\0\0\0\0\0\0VideoHandler\0");
                });
                boxed(mdia, *b"minf", |minf| tables(minf, samples, size, place));
            });
        });
    });
    index
}

/// No rotation, no scaling.
const MATRIX: [u32; 9] = [0x0001_0000, 0, 0, 0, 0x0001_0000, 0, 0, 0, 0x4000_0000];

fn words(body: &mut Vec<u8>, words: &[u32]) {
    for word in words {
        body.extend(word.to_be_bytes());
    }
}

/// Made and changed at no known time, the clock's rate, the length.
fn times(body: &mut Vec<u8>, duration: u32) {
    words(body, &[0, 0, SCALE, duration]);
}

/// Where each frame lies and how long it is shown.
fn tables(minf: &mut Vec<u8>, samples: &[Vec<u8>], size: (u32, u32), place: u32) {
    let count = u32::try_from(samples.len()).unwrap_or(u32::MAX);
    full(minf, *b"vmhd", 1, |body| body.extend([0; 8]));
    boxed(minf, *b"dinf", |dinf| {
        full(dinf, *b"dref", 0, |body| {
            words(body, &[1]);
            // The media lies in this file.
            full(body, *b"url ", 1, |_| {});
        });
    });
    boxed(minf, *b"stbl", |stbl| {
        full(stbl, *b"stsd", 0, |body| {
            words(body, &[1]);
            boxed(body, *b"avc1", |entry| sample_entry(entry, size));
        });
        full(stbl, *b"stts", 0, |body| words(body, &[1, count, TICKS]));
        full(stbl, *b"stss", 0, |body| words(body, &[1, 1]));
        // One chunk holds them all.
        full(stbl, *b"stsc", 0, |body| words(body, &[1, 1, count, 1]));
        full(stbl, *b"stsz", 0, |body| {
            words(body, &[0, count]);
            for sample in samples {
                words(body, &[u32::try_from(sample.len()).unwrap_or(u32::MAX)]);
            }
        });
        full(stbl, *b"stco", 0, |body| words(body, &[1, place]));
    });
}

fn sample_entry(entry: &mut Vec<u8>, size: (u32, u32)) {
    // Reserved, and the only data reference.
    entry.extend([0, 0, 0, 0, 0, 0, 0, 1]);
    entry.extend([0; 16]);
    entry.extend(&size.0.to_be_bytes()[2..]);
    entry.extend(&size.1.to_be_bytes()[2..]);
    // 72 dots an inch, reserved, one frame a sample.
    words(entry, &[0x0048_0000, 0x0048_0000, 0]);
    entry.extend([0, 1]);
    // No compressor's name, 24 bits deep, no colour table.
    entry.extend([0; 32]);
    entry.extend([0, 24, 0xFF, 0xFF]);
    boxed(entry, *b"avcC", |body| {
        let (sequence, picture) = (h264::sequence_set(size), h264::picture_set());
        // Version, then profile, compatibility and level; lengths of four bytes, one set each.
        body.extend([1, sequence[1], sequence[2], sequence[3], 0xFF, 0xE1]);
        for (set, mark) in [(sequence, None), (picture, Some(1))] {
            body.extend(mark);
            let length = u16::try_from(set.len()).unwrap_or(u16::MAX);
            body.extend(length.to_be_bytes());
            body.extend(set);
        }
    });
}

#[cfg(test)]
mod tests;

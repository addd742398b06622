//! Pictures as answers carry them: base64, a format, a size. Nothing here decodes a pixel.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// Characters of base64 that a JPEG's size is looked for in: profiles and previews stand before it.
const SEARCHED: usize = 1 << 18;

/// Why a text is not standard base64, without decoding it: images have megabytes.
pub(crate) fn base64_fault(text: &str) -> Option<String> {
    let bytes = text.as_bytes();
    let padding = bytes.iter().rev().take_while(|byte| **byte == b'=').count();
    let body = &bytes[..bytes.len() - padding];
    let known = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/');
    if let Some(at) = body.iter().position(|byte| !known(byte)) {
        let found = text
            .get(at..)
            .and_then(|rest| rest.chars().next())
            .unwrap_or('?');
        return Some(format!("expected base64, found {found:?} at byte `{at}`"));
    }
    if padding > 2 || !bytes.len().is_multiple_of(4) || body.is_empty() {
        let length = bytes.len();
        return Some(format!(
            "expected base64 in groups of four, found `{length}` characters"
        ));
    }
    None
}

/// Whether the text begins with the magic of a format and, where it says how large the picture is,
/// ends as such a picture does. `None`: too broken or unknown to say.
pub(crate) fn magic_fault(text: &str, format: &str) -> Option<Result<(), String>> {
    let start = text.get(..text.len().min(16))?;
    let bytes = STANDARD.decode(start).ok()?;
    let fits = |name: &str| match name {
        "png" => bytes.starts_with(b"\x89PNG\r\n\x1a\n"),
        "jpeg" => bytes.starts_with(b"\xff\xd8\xff"),
        "webp" => bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP"),
        _ => false,
    };
    let known = ["png", "jpeg", "webp"];
    if !known.contains(&format) {
        return None;
    }
    if fits(format) {
        return Some(if is_cut(text, format) {
            Err(format!(
                "expected a whole `{format}`, found one that breaks off"
            ))
        } else {
            Ok(())
        });
    }
    let found = known.into_iter().find(|name| fits(name));
    Some(Err(format!(
        "expected an image in `{format}`, found `{}`",
        found.unwrap_or("none of the known formats")
    )))
}

/// Characters of base64 of a PNG's magic.
const MAGIC: usize = 12;
/// Characters of base64 in which the end of a picture must be.
const END: usize = 64;

/// Whether a picture has a beginning and no end.
fn is_cut(text: &str, format: &str) -> bool {
    // A header that is cut itself tells no size; the bare magic stands for a picture that was left
    // out.
    let is_begun = pixels(text).is_some() || (format == "png" && text.len() > MAGIC);
    if !is_begun {
        return false;
    }
    let start = text.len().saturating_sub(END) / 4 * 4;
    let Some(Ok(end)) = text.get(start..).map(|end| STANDARD.decode(end)) else {
        return false;
    };
    let has = |mark: &[u8]| memchr::memmem::find(&end, mark).is_some();
    match format {
        "png" => !has(b"IEND"),
        "jpeg" => !has(b"\xff\xd9"),
        _ => {
            let head = text.get(..12).and_then(|head| STANDARD.decode(head).ok());
            let size =
                head.and_then(|head| Some(u32::from_le_bytes(head.get(4..8)?.try_into().ok()?)));
            let length = start / 4 * 3 + end.len();
            size.is_some_and(|size| length < size as usize + 8)
        }
    }
}

/// Width and height as the picture's own header tells them. `None`: it cannot be read.
pub(crate) fn pixels(text: &str) -> Option<(u32, u32)> {
    let head = text.get(..text.len().min(64) / 4 * 4)?;
    let head = STANDARD.decode(head).ok()?;
    if head.starts_with(b"\x89PNG\r\n\x1a\n") && head.get(12..16) == Some(b"IHDR") {
        return Some((be32(head.get(16..20)?)?, be32(head.get(20..24)?)?));
    }
    if head.starts_with(b"RIFF") && head.get(8..12) == Some(b"WEBP") {
        return webp(&head);
    }
    if head.starts_with(b"\xff\xd8") {
        let start = text.get(..text.len().min(SEARCHED) / 4 * 4)?;
        return jpeg(&STANDARD.decode(start).ok()?);
    }
    None
}

fn be32(bytes: &[u8]) -> Option<u32> {
    Some(u32::from_be_bytes(bytes.try_into().ok()?))
}

fn le24(bytes: &[u8]) -> u32 {
    let bytes = bytes.iter().rev().take(3);
    bytes.fold(0, |sum, byte| sum << 8 | u32::from(*byte))
}

/// The three kinds of first chunk that a WebP file can have.
fn webp(head: &[u8]) -> Option<(u32, u32)> {
    match head.get(12..16)? {
        b"VP8X" => Some((le24(head.get(24..27)?) + 1, le24(head.get(27..30)?) + 1)),
        b"VP8L" => {
            let bits = head.get(21..25)?;
            let bits = u32::from_le_bytes(bits.try_into().ok()?);
            Some(((bits & 0x3fff) + 1, (bits >> 14 & 0x3fff) + 1))
        }
        b"VP8 " => {
            let side = |at: usize| {
                let bytes = head.get(at..at + 2)?;
                Some(u32::from(
                    u16::from_le_bytes(bytes.try_into().ok()?) & 0x3fff,
                ))
            };
            Some((side(26)?, side(28)?))
        }
        _ => None,
    }
}

/// From segment to segment, up to the one that begins a frame.
fn jpeg(bytes: &[u8]) -> Option<(u32, u32)> {
    let mut at = 2;
    loop {
        let marker = bytes.get(at..at + 2)?;
        let ([0xff, kind], Some(length)) = (marker, bytes.get(at + 2..at + 4)) else {
            return None;
        };
        let length = usize::from(u16::from_be_bytes(length.try_into().ok()?));
        // C4, C8 and CC are tables, not frames.
        if (0xc0..=0xcf).contains(kind) && !matches!(kind, 0xc4 | 0xc8 | 0xcc) {
            let side = |from: usize| {
                let bytes = bytes.get(at + from..at + from + 2)?;
                Some(u32::from(u16::from_be_bytes(bytes.try_into().ok()?)))
            };
            return Some((side(7)?, side(5)?));
        }
        at += 2 + length.max(2);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pixels_of(bytes: &[u8]) -> Option<(u32, u32)> {
        pixels(&STANDARD.encode(bytes))
    }

    #[test]
    fn each_format_tells_its_size() {
        let png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x04\0\0\0\x03\0\x08\x02\0\0\0";
        assert_eq!(pixels_of(png), Some((1024, 768)));
        let jpeg = b"\xff\xd8\xff\xe0\0\x04ab\xff\xc4\0\x02\xff\xc0\0\x11\x08\x02\0\x01\0\x03";
        assert_eq!(pixels_of(jpeg), Some((256, 512)));
        let extended = b"RIFF\x20\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0\xff\x03\0\xff\x01\0";
        assert_eq!(pixels_of(extended), Some((1024, 512)));
        let lossless = b"RIFF\x20\0\0\0WEBPVP8L\x0a\0\0\0\x2f\xff\xc3\x7f\0\0\0\0\0\0";
        assert_eq!(pixels_of(lossless), Some((1024, 512)));
        let lossy = b"RIFF\x20\0\0\0WEBPVP8 \x0a\0\0\0\0\0\0\x9d\x01\x2a\0\x04\0\x02";
        assert_eq!(pixels_of(lossy), Some((1024, 512)));
    }

    #[test]
    fn a_picture_that_breaks_off_is_told() {
        let png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x04\0\0\0\x03\0\x08\x02\0\0\0";
        let jpeg = b"\xff\xd8\xff\xe0\0\x04ab\xff\xc4\0\x02\xff\xc0\0\x11\x08\x02\0\x01\0\x03";
        let webp = b"RIFF\x1e\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0\xff\x03\0\xff\x01\0";
        let cases = [
            (png.as_slice(), "png", b"\0\0\0\0IEND\xaeB`\x82".as_slice()),
            (jpeg, "jpeg", b"\xff\xd9"),
            (webp, "webp", b"abcdefgh"),
            (&png[..18], "png", b"\0\0\0\0IEND\xaeB`\x82"),
        ];
        for (bytes, format, end) in cases {
            let fault = magic_fault(&STANDARD.encode(bytes), format);
            assert!(matches!(fault, Some(Err(_))), "{format}");
            let whole = [bytes, end].concat();
            assert_eq!(
                magic_fault(&STANDARD.encode(whole), format),
                Some(Ok(())),
                "{format}"
            );
        }
    }

    #[test]
    fn what_is_cut_or_odd_has_no_size() {
        for bytes in [
            b"\x89PNG\r\n\x1a\n".as_slice(),
            b"\xff\xd8\xff\xe0\xff\xff",
            b"\xff\xd8",
            b"\xff\xd8\xff\xe0\0\0\0\0",
            b"RIFF\0\0\0\0WEBPVP8X",
            b"GIF89a",
            b"",
        ] {
            assert_eq!(pixels_of(bytes), None, "{bytes:?}");
        }
        assert_eq!(pixels("é"), None);
    }
}

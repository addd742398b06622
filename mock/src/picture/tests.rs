//! Every picture is read by decoders that are not ours.

use std::io::Cursor;

// `super::png` is our own encoder.
use ::png as png_decoder;
use proptest::prelude::*;

use super::look::look;
use super::*;

fn sketch(format: Format, width: u32, height: u32) -> Sketch {
    Sketch {
        format,
        size: (width, height),
        seed: u64::from(width) << 32 | u64::from(height),
        transparent: false,
    }
}

/// The size, and the bytes of every pixel.
fn decoded(format: Format, bytes: &[u8]) -> ((u32, u32), Vec<u8>) {
    match format {
        Format::Png => {
            let mut decoder = png_decoder::Decoder::new(Cursor::new(bytes));
            decoder.set_transformations(png_decoder::Transformations::EXPAND);
            let mut reader = decoder.read_info().expect("a readable header");
            let mut pixels = vec![0; reader.output_buffer_size().expect("a size")];
            let frame = reader.next_frame(&mut pixels).expect("readable pixels");
            reader.finish().expect("a whole file");
            ((frame.width, frame.height), pixels)
        }
        Format::Jpeg => {
            let mut decoder = zune_jpeg::JpegDecoder::new(Cursor::new(bytes));
            let pixels = decoder.decode().expect("readable pixels");
            let info = decoder.info().expect("a header");
            ((info.width.into(), info.height.into()), pixels)
        }
        Format::Webp => {
            let mut decoder = image_webp::WebPDecoder::new(Cursor::new(bytes)).expect("a header");
            let mut pixels = vec![0; decoder.output_buffer_size().expect("a size")];
            decoder.read_image(&mut pixels).expect("readable pixels");
            (decoder.dimensions(), pixels)
        }
    }
}

#[test]
fn the_largest_picture_of_every_format_decodes_and_stays_small() {
    for format in Format::ALL {
        let bytes = encode(&sketch(format, 4096, 4096));
        assert_eq!(decoded(format, &bytes).0, (4096, 4096), "{}", format.name());
        assert!(bytes.len() < 100_000, "{} {}", format.name(), bytes.len());
    }
}

#[test]
fn pictures_of_other_seeds_show_other_pixels() {
    for format in Format::ALL {
        let pixels = |seed| {
            let sketch = sketch(format, 64, 64);
            decoded(format, &encode(&Sketch { seed, ..sketch })).1
        };
        assert_eq!(pixels(1), pixels(1));
        let others = (2..12).filter(|seed| pixels(*seed) != pixels(1));
        assert!(others.count() > 7, "{}", format.name());
    }
}

#[test]
fn a_transparent_picture_can_be_seen_through() {
    for format in [Format::Png, Format::Webp] {
        let sketch = Sketch {
            transparent: true,
            ..sketch(format, 40, 24)
        };
        let (size, pixels) = decoded(format, &encode(&sketch));
        assert_eq!(size, (40, 24));
        let each = pixels.len() / (40 * 24);
        assert!(each == 2 || each == 4, "{} has no alpha", format.name());
        assert!(pixels.chunks(each).any(|pixel| pixel[each - 1] == 0));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn a_picture_decodes_to_exactly_its_size(
        width in 1_u32..300, height in 1_u32..300, seed: u64, transparent: bool,
    ) {
        for format in Format::ALL {
            let size = (width, height);
            let bytes = encode(&Sketch { format, size, seed, transparent });
            prop_assert_eq!(decoded(format, &bytes).0, size);
            let seen = look(&bytes).expect("a picture");
            prop_assert_eq!((seen.format, seen.size), (format, size));
        }
    }

    #[test]
    fn no_bytes_upset_a_look(start in 0_usize..4, bytes: Vec<u8>) {
        let starts: [&[u8]; 4] = [
            b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"RIFF\0\0\0\0WEBPVP8 ", b"RIFF\0\0\0\0WEBPVP8L",
        ];
        look(&[starts[start], &bytes].concat());
    }
}

#[test]
fn what_is_no_picture_is_told_from_one() {
    for bytes in [
        &b""[..],
        b"PNG",
        b"\x89PNG\r\n\x1a\n",
        b"GIF89a",
        b"\xff\xd8\xff\xe0\0\0",
    ] {
        assert_eq!(look(bytes), None, "{bytes:?}");
    }
}

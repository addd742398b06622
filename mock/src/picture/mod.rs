//! Pictures that any decoder reads and that stay small whatever their size.
//!
//! Nothing is drawn that means anything: bands or one colour, from a seed. The encoders write the
//! smallest legal form of each format by hand; they are no use for real pictures.

mod bits;
mod jpeg;
mod png;
mod webp;

pub(crate) use self::png::crc;

/// A format that `output_format` can ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    Png,
    Jpeg,
    Webp,
}

impl Format {
    pub(crate) const ALL: [Self; 3] = [Self::Png, Self::Jpeg, Self::Webp];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Png => "png",
            Self::Jpeg => "jpeg",
            Self::Webp => "webp",
        }
    }

    pub(crate) fn media_type(self) -> &'static str {
        match self {
            Self::Png => "image/png",
            Self::Jpeg => "image/jpeg",
            Self::Webp => "image/webp",
        }
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.name() == text)
    }
}

/// A picture of that size. Sides are at least 1 and at most 8192; others are brought there.
pub(crate) fn encode(format: Format, width: u32, height: u32, seed: u64) -> Vec<u8> {
    let (width, height) = (width.clamp(1, 8192), height.clamp(1, 8192));
    match format {
        Format::Png => png::encode(width, height, seed),
        Format::Jpeg => jpeg::encode(width, height, seed),
        Format::Webp => webp::encode(width, height, seed),
    }
}

//! Pictures that any decoder reads and that stay small whatever their size.
//!
//! Nothing is drawn that means anything: bands or one colour, from a seed. The encoders write the
//! smallest legal form of each format by hand; they are no use for real pictures.

mod bits;
mod jpeg;
pub(crate) mod look;
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

/// All that a picture is made from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Sketch {
    pub(crate) format: Format,
    /// Sides from 1 to [`LONGEST_SIDE`]; others are brought there.
    pub(crate) size: (u32, u32),
    pub(crate) seed: u64,
    /// Some or all of it can be seen through; JPEG has no such thing.
    pub(crate) transparent: bool,
}

/// Pixels.
pub(crate) const LONGEST_SIDE: u32 = 8192;

pub(crate) fn encode(sketch: &Sketch) -> Vec<u8> {
    let side = |side: u32| side.clamp(1, LONGEST_SIDE);
    let (width, height) = (side(sketch.size.0), side(sketch.size.1));
    let (seed, transparent) = (sketch.seed, sketch.transparent);
    match sketch.format {
        Format::Png => png::encode(width, height, seed, transparent),
        Format::Jpeg => jpeg::encode(width, height, seed),
        Format::Webp => webp::encode(width, height, seed, transparent),
    }
}

#[cfg(test)]
mod tests;

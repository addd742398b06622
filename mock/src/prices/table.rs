//! What each model costs: nothing but data, with the page that it is from.
//!
//! Text: micro-USD per million tokens. Pictures: micro-USD each. Clips: micro-USD a second. The
//! gateway's live price list is its pricing page, which names no rate that could be kept here;
//! "filler" marks what no page names. Any rate can be replaced in the configuration.

use super::Rates;

/// Reads from a cache cost a tenth of fresh input (stated for two models, filled in for the
/// others); writes cost as much as fresh input (concepts/credits-and-billing).
const fn text(input: i64, output: i64) -> Rates {
    Rates {
        input,
        output,
        cache_read: input / 10,
        cache_write: input,
        ..Rates::FREE
    }
}

/// As [`text`], but a write to the cache costs five quarters of fresh input
/// (concepts/credits-and-billing).
const fn claude(input: i64, output: i64) -> Rates {
    Rates {
        cache_write: input * 5 / 4,
        ..text(input, output)
    }
}

const fn image(image: i64) -> Rates {
    Rates {
        image,
        ..Rates::FREE
    }
}

const fn clip(second: i64) -> Rates {
    Rates {
        second,
        ..Rates::FREE
    }
}

pub(crate) const RATES: &[(&str, Rates)] = &[
    // docs/claude-messages, the card of the family's largest models.
    ("claude-opus-4-8", claude(5_000_000, 25_000_000)),
    ("claude-opus-4-7", claude(5_000_000, 25_000_000)),
    ("claude-opus-4-6", claude(5_000_000, 25_000_000)),
    ("claude-opus-4-5", claude(5_000_000, 25_000_000)),
    // models/claude-sonnet-4-6: 3.00 in, 15.00 out, 0.30 cache read.
    ("claude-sonnet-4-6", claude(3_000_000, 15_000_000)),
    // Filler: as its successor.
    ("claude-sonnet-4-5", claude(3_000_000, 15_000_000)),
    // models/claude-sonnet-4-6: "one quarter" of that model.
    ("claude-haiku-4-5", claude(750_000, 3_750_000)),
    // Fillers.
    ("gpt-5-5", text(5_000_000, 30_000_000)),
    ("gpt-5-4", text(2_500_000, 15_000_000)),
    ("gpt-5-4-mini", text(400_000, 2_000_000)),
    ("gpt-5-4-nano", text(100_000, 500_000)),
    ("gpt-5-mini", text(400_000, 2_000_000)),
    // models/gemini-3-1-pro: 2.00 in, 12.00 out, 0.20 cache read.
    ("gemini-3-1-pro", text(2_000_000, 12_000_000)),
    // Fillers.
    ("gemini-3-flash", text(300_000, 2_500_000)),
    ("gemini-3-5-flash", text(300_000, 2_500_000)),
    ("gemini-2-5-flash", text(300_000, 2_500_000)),
    ("deepseek-v3-anthropic", text(500_000, 1_500_000)),
    ("deepseek-v4-pro", text(500_000, 1_500_000)),
    // Filler; per pair in a rerank, as an image is one thing each.
    (
        "bge-large-zh-v1.5",
        Rates {
            image: 10,
            ..text(200_000, 0)
        },
    ),
    // image/seedream-v4, models/seedream-4.
    ("seedream-v4", image(25_000)),
    // models/seedream-4-5.
    ("seedream-v4.5", image(30_000)),
    // models/seedream-v5lite.
    ("seedream-v5lite", image(12_000)),
    // models/nano-banana.
    ("nano-banana", image(18_000)),
    // Filler.
    ("nano-banana-pro", image(40_000)),
    // models/nano-banana-v2.
    ("nano-banana-v2", image(22_000)),
    // models/gpt-image-2.
    ("gpt-image-2", image(80_000)),
    // models/sora2.
    ("sora-2", clip(100_000)),
    // Filler.
    ("sora-2-pro", clip(300_000)),
    // models/veo3-1, models/veo3-1-fast.
    ("veo-3.1", clip(400_000)),
    ("veo-3.1-fast", clip(200_000)),
    ("veo-3.1-lite", clip(50_000)),
    // Fillers.
    ("seedance-1.5-pro", clip(80_000)),
    ("seedance-2.0", clip(120_000)),
    ("seedance-2.0-pro", clip(240_000)),
    ("seedance-2.0-pro-fast", clip(120_000)),
    ("seedance-fast", clip(30_000)),
];

/// Micro-USD a second of clips, as the estimates of the reference pages imply (C-17). What no page
/// estimates keeps its rate of above.
pub(crate) const ESTIMATES: &[(&str, i64)] = &[
    // video/sora-2: 0.42 for 5 s.
    ("sora-2", 84_000),
    // video/sora-2-pro: 1.85 for 8 s.
    ("sora-2-pro", 231_000),
    // video/veo-3-1: 0.55 for 5 s.
    ("veo-3.1", 110_000),
    // video/veo-3-1-fast: 0.18 for 4 s.
    ("veo-3.1-fast", 45_000),
    // video/seedance-1-5-pro: 0.42 for 5 s.
    ("seedance-1.5-pro", 84_000),
    // zh/video/seedance-2-0-pro-fast: 0.72 for 6 s.
    ("seedance-2.0-pro-fast", 120_000),
    // zh/video/seedance-fast: 0.12 for 4 s.
    ("seedance-fast", 30_000),
];

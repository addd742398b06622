//! The models the replica knows, with their limits and prices.
//!
//! Text rates are micro-USD per million tokens, pictures micro-USD each, clips micro-USD a second.
//! Where the gateway's pages name a rate it is that one; the others are plausible fillers. Clips
//! cost whole cents a second, so that what a task object prints is exactly what the ledger books.

use crate::contract::{Contract, ModelSlugs, SonnetOutput, VideoPrice};
pub(crate) use crate::rates::{TextModel, Tokens};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Model {
    pub(crate) slug: &'static str,
    /// Another spelling of the same model.
    pub(crate) alias: Option<&'static str>,
    pub(crate) vendor: &'static str,
    pub(crate) family: &'static str,
    pub(crate) kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Text(TextModel),
    Image(ImageModel),
    Video(VideoModel),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ImageModel {
    pub(crate) price: i64,
    /// The first is the default.
    pub(crate) sizes: &'static [&'static str],
    pub(crate) most: u64,
    pub(crate) qualities: &'static [&'static str],
    pub(crate) aspect_ratios: bool,
    /// Streams, formats and usage as the vendor of gpt-image documents them.
    pub(crate) gpt: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct VideoModel {
    pub(crate) rate_card: i64,
    /// What the estimates on the reference pages imply, to the nearest whole cent.
    pub(crate) estimate: i64,
    pub(crate) longest: u64,
    /// The first is the default.
    pub(crate) resolutions: &'static [&'static str],
}

const SQUARE_TO_3_2: &[&str] = &["1024x1024", "1024x1536", "1536x1024"];
const SEEDREAM_45: &[&str] = &["2048x2048", "1024x1024", "1024x2048", "2048x1024"];
const BANANA_2: &[&str] = &["2048x2048", "1024x1024", "2048x1536", "1536x2048"];
const GPT_SIZES: &[&str] = &[
    "1024x1024",
    "1024x1536",
    "1536x1024",
    "2048x2048",
    "4096x4096",
];
/// What the other family of pages lists for every picture model.
pub(crate) const OTHER_SIZES: &[&str] = &["1024x1024", "1024x1792", "1792x1024"];
const GPT_QUALITIES: &[&str] = &["medium", "low", "high", "auto"];
const BANANA_QUALITIES: &[&str] = &["standard", "hd"];
const HD_FIRST: &[&str] = &["1080p", "720p"];
const SD_FIRST: &[&str] = &["720p", "1080p"];
const SD_ONLY: &[&str] = &["720p"];

pub(crate) const CAPABILITIES: &[(&str, &[&str])] = &[
    (
        "claude",
        &[
            "text",
            "vision",
            "tool_use",
            "streaming",
            "cache_control",
            "thinking",
        ],
    ),
    (
        "gpt",
        &[
            "text",
            "vision",
            "tool_use",
            "streaming",
            "json_schema",
            "logprobs",
        ],
    ),
    (
        "gemini",
        &[
            "text",
            "vision",
            "tool_use",
            "streaming",
            "json_schema",
            "thinking",
        ],
    ),
    ("deepseek", &["text", "tool_use", "streaming", "thinking"]),
    ("doubao", &["text", "vision", "tool_use", "streaming"]),
];

const fn text(
    slug: &'static str,
    vendor: &'static str,
    family: &'static str,
    limits: (u64, u64),
    rates: (i64, i64),
) -> Model {
    let kind = Kind::Text(TextModel::new(limits, rates, family));
    Model {
        slug,
        alias: None,
        vendor,
        family,
        kind,
    }
}

const fn image(
    slug: &'static str,
    alias: Option<&'static str>,
    vendor: (&'static str, &'static str),
    model: ImageModel,
) -> Model {
    Model {
        slug,
        alias,
        vendor: vendor.0,
        family: vendor.1,
        kind: Kind::Image(model),
    }
}

const fn plain(price: i64, sizes: &'static [&'static str], most: u64) -> ImageModel {
    ImageModel {
        price,
        sizes,
        most,
        qualities: &[],
        aspect_ratios: false,
        gpt: false,
    }
}

const fn banana(price: i64, sizes: &'static [&'static str], hd: bool) -> ImageModel {
    let qualities = if hd { BANANA_QUALITIES } else { &[] };
    ImageModel {
        price,
        sizes,
        most: 2,
        qualities,
        aspect_ratios: true,
        gpt: false,
    }
}

const fn video(
    slug: &'static str,
    alias: Option<&'static str>,
    vendor: (&'static str, &'static str),
    cents: (i64, i64),
    longest: u64,
    resolutions: &'static [&'static str],
) -> Model {
    let kind = Kind::Video(VideoModel {
        rate_card: cents.0 * 10_000,
        estimate: cents.1 * 10_000,
        longest,
        resolutions,
    });
    Model {
        slug,
        alias,
        vendor: vendor.0,
        family: vendor.1,
        kind,
    }
}

const A: &str = "anthropic";
const O: &str = "openai";
const G: &str = "google";
const GEMINI: (&str, &str) = (G, "gemini");
const GPT: (&str, &str) = (O, "gpt");
const VEO: (&str, &str) = (G, "veo");
const SORA: (&str, &str) = (O, "sora");
const DOUBAO: (&str, &str) = ("bytedance", "doubao");

/// Micro-USD per million tokens of input and of output. What is read from a cache costs a tenth of
/// the input: that is the rate of the two models whose pages name one.
const SONNET: (i64, i64) = (3_000_000, 15_000_000);
const OPUS: (i64, i64) = (5_000_000, 25_000_000);
const HAIKU: (i64, i64) = (750_000, 3_750_000);
const PRO: (i64, i64) = (2_000_000, 12_000_000);
const FLASH: (i64, i64) = (300_000, 2_500_000);
const GPT_FULL: (i64, i64) = (2_500_000, 15_000_000);
const GPT_MINI: (i64, i64) = (400_000, 2_000_000);
const GPT_NANO: (i64, i64) = (100_000, 500_000);
const OPEN: (i64, i64) = (500_000, 1_500_000);

pub(crate) const MODELS: &[Model] = &[
    text("claude-opus-4-8", A, "claude", (200_000, 32_768), OPUS),
    text("claude-opus-4-7", A, "claude", (200_000, 32_768), OPUS),
    text("claude-opus-4-6", A, "claude", (200_000, 32_768), OPUS),
    text("claude-opus-4-5", A, "claude", (200_000, 32_768), OPUS),
    text("claude-sonnet-4-6", A, "claude", (200_000, 8_192), SONNET),
    text("claude-sonnet-4-5", A, "claude", (200_000, 16_384), SONNET),
    text("claude-haiku-4-5", A, "claude", (200_000, 8_192), HAIKU),
    text(
        "gpt-5-5",
        O,
        "gpt",
        (256_000, 32_768),
        (5_000_000, 30_000_000),
    ),
    text("gpt-5-4", O, "gpt", (256_000, 16_384), GPT_FULL),
    text("gpt-5-4-mini", O, "gpt", (128_000, 16_384), GPT_MINI),
    text("gpt-5-4-nano", O, "gpt", (128_000, 16_384), GPT_NANO),
    text("gpt-5-mini", O, "gpt", (128_000, 16_384), GPT_MINI),
    text("gemini-3-1-pro", G, "gemini", (1_000_000, 32_768), PRO),
    text("gemini-3-flash", G, "gemini", (200_000, 8_192), FLASH),
    text("gemini-3-5-flash", G, "gemini", (1_000_000, 32_768), FLASH),
    text("gemini-2-5-flash", G, "gemini", (1_000_000, 32_768), FLASH),
    text(
        "deepseek-v3-anthropic",
        "deepseek",
        "deepseek",
        (128_000, 8_192),
        OPEN,
    ),
    text(
        "deepseek-v4-pro",
        "deepseek",
        "deepseek",
        (128_000, 16_384),
        OPEN,
    ),
    image(
        "seedream-v4",
        Some("seedream-4"),
        DOUBAO,
        plain(25_000, SQUARE_TO_3_2, 4),
    ),
    image(
        "seedream-v4.5",
        Some("seedream-4.5"),
        DOUBAO,
        plain(30_000, SEEDREAM_45, 4),
    ),
    image(
        "seedream-v5lite",
        None,
        DOUBAO,
        plain(12_000, SQUARE_TO_3_2, 4),
    ),
    image(
        "nano-banana",
        None,
        GEMINI,
        banana(18_000, SQUARE_TO_3_2, false),
    ),
    image(
        "nano-banana-pro",
        None,
        GEMINI,
        banana(40_000, BANANA_2, true),
    ),
    image(
        "nano-banana-v2",
        None,
        GEMINI,
        banana(22_000, BANANA_2, true),
    ),
    image(
        "gpt-image-2",
        None,
        GPT,
        ImageModel {
            price: 80_000,
            sizes: GPT_SIZES,
            most: 4,
            qualities: GPT_QUALITIES,
            aspect_ratios: false,
            gpt: true,
        },
    ),
    video("sora-2", Some("sora2"), SORA, (10, 8), 10, SD_FIRST),
    video(
        "sora-2-pro",
        Some("sora2-pro"),
        SORA,
        (30, 23),
        20,
        HD_FIRST,
    ),
    video("veo-3.1", Some("veo3.1"), VEO, (40, 11), 8, HD_FIRST),
    video(
        "veo-3.1-fast",
        Some("veo3.1-fast"),
        VEO,
        (20, 5),
        5,
        SD_ONLY,
    ),
    video("veo-3.1-lite", Some("veo3.1-lite"), VEO, (5, 5), 5, SD_ONLY),
    video(
        "seedance-1.5-pro",
        Some("seedance-pro"),
        DOUBAO,
        (8, 8),
        6,
        HD_FIRST,
    ),
    video(
        "seedance-2.0",
        Some("seedance2"),
        DOUBAO,
        (12, 12),
        8,
        HD_FIRST,
    ),
    video("seedance-2.0-pro", None, DOUBAO, (24, 24), 10, HD_FIRST),
    video("seedance-2.0-pro-fast", None, DOUBAO, (12, 12), 8, HD_FIRST),
    video(
        "seedance-fast",
        Some("seedance2-fast"),
        DOUBAO,
        (3, 3),
        5,
        SD_ONLY,
    ),
];

pub(crate) fn find(slug: &str, contract: Contract) -> Option<&'static Model> {
    let aliases = contract.model_slugs == ModelSlugs::Both;
    MODELS
        .iter()
        .find(|model| model.slug == slug || (aliases && model.alias == Some(slug)))
}

impl Model {
    pub(crate) fn capabilities(&self) -> &'static [&'static str] {
        match self.kind {
            Kind::Text(_) => CAPABILITIES
                .iter()
                .find(|(family, _)| *family == self.family)
                .map_or(&["text"], |(_, capabilities)| capabilities),
            Kind::Image(_) => &["image"],
            Kind::Video(_) => &["video"],
        }
    }

    pub(crate) fn max_output(&self, contract: Contract) -> u64 {
        let wider = contract.sonnet_output == SonnetOutput::Page16384;
        match self.kind {
            Kind::Text(_) if wider && self.slug == "claude-sonnet-4-6" => 16_384,
            Kind::Text(model) => model.max_output,
            Kind::Image(_) | Kind::Video(_) => 0,
        }
    }
}

impl VideoModel {
    pub(crate) fn cost(&self, seconds: u64, contract: Contract) -> i64 {
        let rate = match contract.video_price {
            VideoPrice::RateCard => self.rate_card,
            VideoPrice::Estimates => self.estimate,
        };
        i64::try_from(seconds)
            .unwrap_or(i64::MAX)
            .saturating_mul(rate)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn no_slug_and_no_alias_names_two_models() {
        let mut seen = HashSet::new();
        for model in MODELS {
            assert!(seen.insert(model.slug), "{}", model.slug);
            assert!(
                model.alias.is_none_or(|alias| seen.insert(alias)),
                "{:?}",
                model.alias
            );
        }
    }

    #[test]
    fn clips_cost_whole_cents_under_both_price_lists() {
        for model in MODELS {
            if let Kind::Video(video) = model.kind {
                assert_eq!(video.rate_card % 10_000, 0, "{}", model.slug);
                assert_eq!(video.estimate % 10_000, 0, "{}", model.slug);
            }
        }
    }

    #[test]
    fn the_second_spelling_is_known_only_where_the_contract_says_so() {
        let contract = Contract {
            model_slugs: ModelSlugs::Reference,
            ..Contract::default()
        };
        assert_eq!(
            find("sora2", Contract::default()).map(|model| model.slug),
            Some("sora-2")
        );
        assert_eq!(find("sora2", contract), None);
        assert!(find("sora-2", contract).is_some());
    }
}

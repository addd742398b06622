//! The models the replica knows, with their limits. What they cost is in `prices`.

use crate::contract::{Contract, ModelSlugs, SonnetOutput};
use crate::text::Dialect;

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
pub(crate) struct TextModel {
    pub(crate) window: u64,
    pub(crate) max_output: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ImageModel {
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
) -> Model {
    let kind = Kind::Text(TextModel {
        window: limits.0,
        max_output: limits.1,
    });
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

const fn plain(sizes: &'static [&'static str], most: u64) -> ImageModel {
    ImageModel {
        sizes,
        most,
        qualities: &[],
        aspect_ratios: false,
        gpt: false,
    }
}

const fn banana(sizes: &'static [&'static str], hd: bool) -> ImageModel {
    let qualities = if hd { BANANA_QUALITIES } else { &[] };
    ImageModel {
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
    longest: u64,
    resolutions: &'static [&'static str],
) -> Model {
    let kind = Kind::Video(VideoModel {
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

pub(crate) const MODELS: &[Model] = &[
    text("claude-opus-4-8", A, "claude", (200_000, 32_768)),
    text("claude-opus-4-7", A, "claude", (200_000, 32_768)),
    text("claude-opus-4-6", A, "claude", (200_000, 32_768)),
    text("claude-opus-4-5", A, "claude", (200_000, 32_768)),
    text("claude-sonnet-4-6", A, "claude", (200_000, 8_192)),
    text("claude-sonnet-4-5", A, "claude", (200_000, 16_384)),
    text("claude-haiku-4-5", A, "claude", (200_000, 8_192)),
    text("gpt-5-5", O, "gpt", (256_000, 32_768)),
    text("gpt-5-4", O, "gpt", (256_000, 16_384)),
    text("gpt-5-4-mini", O, "gpt", (128_000, 16_384)),
    text("gpt-5-4-nano", O, "gpt", (128_000, 16_384)),
    text("gpt-5-mini", O, "gpt", (128_000, 16_384)),
    text("gemini-3-1-pro", G, "gemini", (1_000_000, 32_768)),
    text("gemini-3-flash", G, "gemini", (200_000, 8_192)),
    text("gemini-3-5-flash", G, "gemini", (1_000_000, 32_768)),
    text("gemini-2-5-flash", G, "gemini", (1_000_000, 32_768)),
    text(
        "deepseek-v3-anthropic",
        "deepseek",
        "deepseek",
        (128_000, 8_192),
    ),
    text("deepseek-v4-pro", "deepseek", "deepseek", (128_000, 16_384)),
    image(
        "seedream-v4",
        Some("seedream-4"),
        DOUBAO,
        plain(SQUARE_TO_3_2, 4),
    ),
    image(
        "seedream-v4.5",
        Some("seedream-4.5"),
        DOUBAO,
        plain(SEEDREAM_45, 4),
    ),
    image("seedream-v5lite", None, DOUBAO, plain(SQUARE_TO_3_2, 4)),
    image("nano-banana", None, GEMINI, banana(SQUARE_TO_3_2, false)),
    image("nano-banana-pro", None, GEMINI, banana(BANANA_2, true)),
    image("nano-banana-v2", None, GEMINI, banana(BANANA_2, true)),
    image(
        "gpt-image-2",
        None,
        GPT,
        ImageModel {
            sizes: GPT_SIZES,
            most: 4,
            qualities: GPT_QUALITIES,
            aspect_ratios: false,
            gpt: true,
        },
    ),
    video("sora-2", Some("sora2"), SORA, 10, SD_FIRST),
    video("sora-2-pro", Some("sora2-pro"), SORA, 20, HD_FIRST),
    video("veo-3.1", Some("veo3.1"), VEO, 8, HD_FIRST),
    video("veo-3.1-fast", Some("veo3.1-fast"), VEO, 5, SD_ONLY),
    video("veo-3.1-lite", Some("veo3.1-lite"), VEO, 5, SD_ONLY),
    video(
        "seedance-1.5-pro",
        Some("seedance-pro"),
        DOUBAO,
        6,
        HD_FIRST,
    ),
    video("seedance-2.0", Some("seedance2"), DOUBAO, 8, HD_FIRST),
    video("seedance-2.0-pro", None, DOUBAO, 10, HD_FIRST),
    video("seedance-2.0-pro-fast", None, DOUBAO, 8, HD_FIRST),
    video("seedance-fast", Some("seedance2-fast"), DOUBAO, 5, SD_ONLY),
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

    /// Under the narrower reading of C-21: by the protocol table of the model's page, where it has
    /// one that was kept.
    pub(crate) fn speaks(&self, dialect: Dialect) -> bool {
        let only: &[Dialect] = match self.slug {
            "gemini-3-1-pro" => &[Dialect::OpenaiChat],
            "claude-sonnet-4-6" => &[Dialect::AnthropicMessages, Dialect::OpenaiChat],
            _ => return true,
        };
        only.contains(&dialect)
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

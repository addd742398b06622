//! What a picture request asks for, with the limits of its model.

use serde_json::{Map, Value};

use super::assets::parse_size;
use super::fields;
use super::problem::Problem;
use crate::catalog::{self, ImageModel, Kind, Model, OTHER_SIZES};
use crate::contract::{Contract, ParameterLimits};
use crate::marker::REFUSE;
use crate::picture::Format;

/// A picture request that can be answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Drawing {
    pub(crate) model: &'static Model,
    pub(crate) rules: ImageModel,
    pub(crate) prompt: String,
    pub(crate) count: u64,
    pub(crate) size: (u32, u32),
    /// Resolved: never `auto`.
    pub(crate) quality: String,
    pub(crate) background: &'static str,
    pub(crate) format: Format,
    pub(crate) base64: bool,
    pub(crate) stream: bool,
    pub(crate) partials: u64,
    pub(crate) input_images: u64,
    pub(crate) edit: bool,
}

/// Characters.
const LONGEST_PROMPT: usize = 32_000;

/// The prompt, or why it is not taken.
pub(crate) fn prompt(fields: &Map<String, Value>, contract: Contract) -> Result<String, Problem> {
    let prompt = fields::needed(fields, "prompt")?;
    if prompt.chars().count() > LONGEST_PROMPT {
        let message = format!("`prompt` is longer than {LONGEST_PROMPT} characters");
        return Err(Problem::new(
            413,
            "request_too_large",
            "request_too_large",
            message,
        ));
    }
    if prompt.contains(REFUSE) {
        return Err(Problem::refused(contract));
    }
    Ok(prompt.to_owned())
}

impl Drawing {
    /// # Errors
    /// 400 naming the field; 413 for a long prompt; 451 for a refused one.
    pub(crate) fn read(
        fields: &Map<String, Value>,
        edit: bool,
        input_images: u64,
        contract: Contract,
    ) -> Result<Self, Problem> {
        let slug = fields::needed(fields, "model")?;
        let model =
            catalog::find(slug, contract).ok_or_else(|| Problem::unknown_model(slug, contract))?;
        let Kind::Image(rules) = model.kind else {
            return Err(Problem::invalid(
                "model",
                format!("`{slug}` makes no pictures"),
            ));
        };
        let wide = contract.parameter_limits == ParameterLimits::Union;
        let count = fields::number(fields, "n", (1, if wide { 10 } else { rules.most }))?;
        let format = format(fields)?;
        let background = background(fields, format)?;
        let stream = fields::flag(fields, "stream")?;
        if stream && !rules.gpt {
            return Err(Problem::invalid(
                "stream",
                format!("`{slug}` does not stream"),
            ));
        }
        if !wide && let Some(name) = rules.not_taken(model, fields, edit) {
            let message = format!("Unknown parameter: '{name}'.");
            let kind = "invalid_request_error";
            return Err(Problem::new(400, "unknown_parameter", kind, message).about(name));
        }
        check_rest(fields, format)?;
        let default = if rules.gpt {
            ["b64_json", "url"]
        } else {
            ["url", "b64_json"]
        };
        Ok(Self {
            size: size(fields, &rules, wide)?,
            quality: quality(fields, &rules, wide)?,
            background,
            base64: stream || fields::choice(fields, "response_format", &default)? == "b64_json",
            partials: fields::number(fields, "partial_images", (0, 3))?.unwrap_or(0),
            prompt: prompt(fields, contract)?,
            count: count.unwrap_or(1),
            input_images,
            model,
            rules,
            format,
            stream,
            edit,
        })
    }

    pub(crate) fn size_text(&self) -> String {
        format!("{}x{}", self.size.0, self.size.1)
    }
}

impl ImageModel {
    /// The first field that is a picture's and not this model's, as its reference page lists them.
    fn not_taken<'a>(
        &self,
        model: &Model,
        fields: &'a Map<String, Value>,
        edit: bool,
    ) -> Option<&'a str> {
        let takes = |name: &str| match name {
            "quality" => !self.qualities.is_empty(),
            "style" | "background" | "moderation" | "partial_images" => self.gpt,
            "output_format" | "output_compression" => self.gpt,
            "input_fidelity" => self.gpt && edit,
            "mask" => self.gpt,
            "seed" => !self.gpt,
            "negative_prompt" => !self.gpt && !self.aspect_ratios,
            "aspect_ratio" => self.aspect_ratios,
            "source_image" => model.slug != "nano-banana",
            _ => true,
        };
        let present = fields.iter().filter(|(_, value)| !value.is_null());
        present
            .map(|(name, _)| name.as_str())
            .find(|name| !takes(name))
    }
}

/// Fields that change nothing the replica makes, and still have values that they cannot have.
fn check_rest(fields: &Map<String, Value>, format: Format) -> Result<(), Problem> {
    let compression = fields::number(fields, "output_compression", (0, 100))?;
    if format == Format::Png && compression.is_some_and(|percent| percent < 100) {
        let message = "`output_compression` below 100 needs jpeg or webp";
        return Err(Problem::invalid("output_compression", message));
    }
    fields::number(fields, "seed", (0, u64::MAX))?;
    for name in ["negative_prompt", "user"] {
        fields::text(fields, name)?;
    }
    fields::choice(fields, "style", &["natural", "vivid"])?;
    fields::choice(fields, "moderation", &["auto", "low"])?;
    fields::choice(fields, "input_fidelity", &["low", "high"])?;
    Ok(())
}

fn format(fields: &Map<String, Value>) -> Result<Format, Problem> {
    let names = Format::ALL.map(Format::name);
    let name = fields::choice(fields, "output_format", &names)?;
    Ok(Format::parse(name).unwrap_or(Format::Png))
}

fn background(fields: &Map<String, Value>, format: Format) -> Result<&'static str, Problem> {
    match fields::choice(fields, "background", &["auto", "opaque", "transparent"])? {
        "transparent" if format == Format::Jpeg => {
            Err(Problem::invalid("background", "jpeg cannot be transparent"))
        }
        "transparent" => Ok("transparent"),
        _ => Ok("opaque"),
    }
}

fn size(
    fields: &Map<String, Value>,
    rules: &ImageModel,
    wide: bool,
) -> Result<(u32, u32), Problem> {
    let mut known = rules.sizes.to_vec();
    if wide {
        known.extend(OTHER_SIZES);
    }
    if rules.gpt {
        known.push("auto");
    }
    let chosen = fields::choice(fields, "size", &known)?;
    let named = fields::text(fields, "size")?.is_some();
    if rules.aspect_ratios && !named && fields.contains_key("aspect_ratio") {
        return ratio(fields);
    }
    let chosen = if chosen == "auto" {
        rules.sizes[0]
    } else {
        chosen
    };
    parse_size(chosen).ok_or_else(|| Problem::invalid("size", "`size` must be WIDTHxHEIGHT"))
}

fn ratio(fields: &Map<String, Value>) -> Result<(u32, u32), Problem> {
    Ok(
        match fields::choice(
            fields,
            "aspect_ratio",
            &["1:1", "9:16", "16:9", "4:3", "3:4"],
        )? {
            "9:16" => (864, 1536),
            "16:9" => (1536, 864),
            "4:3" => (1344, 1008),
            "3:4" => (1008, 1344),
            _ => (1024, 1024),
        },
    )
}

fn quality(fields: &Map<String, Value>, rules: &ImageModel, wide: bool) -> Result<String, Problem> {
    let mut known = rules.qualities.to_vec();
    if wide {
        known.extend(["standard", "hd"]);
    }
    if known.is_empty() {
        return Ok("standard".to_owned());
    }
    let chosen = fields::choice(fields, "quality", &known)?;
    // The vendor answers with what was used, and the replica makes no other choice than medium.
    Ok(if chosen == "auto" { "medium" } else { chosen }.to_owned())
}

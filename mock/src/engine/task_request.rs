//! What a task submission asks for.

use serde_json::{Map, Value};

use super::fields;
use super::image_request::{self, Drawing};
use super::problem::Problem;
use super::tasks::Fate;
use crate::catalog::{self, Kind, Model, VideoModel};
use crate::contract::{Contract, ParameterLimits};
use crate::picture::Format;
use crate::seed;

/// A submission that can be taken up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Submission {
    pub(crate) model: &'static Model,
    pub(crate) own_id: Option<String>,
    pub(crate) fingerprint: u64,
    pub(crate) seconds: u64,
    pub(crate) images: u64,
    pub(crate) size: (u32, u32),
    pub(crate) resolution: String,
    pub(crate) audio: bool,
    pub(crate) format: Format,
    pub(crate) transparent: bool,
    pub(crate) callback: Option<String>,
    pub(crate) fate: Fate,
}

/// What a prompt can contain to decide what becomes of its task once it runs.
const FATES: [(&str, Fate); 3] = [
    ("[[fail]]", Fate::Fails),
    ("[[block]]", Fate::Blocked),
    ("[[hang]]", Fate::Hangs),
];
/// Characters of an address.
const LONGEST_URL: usize = 2048;
/// Characters of an `out_task_id`.
const LONGEST_OWN_ID: usize = 256;
/// The longest clip under the wider reading of C-26.
const LONGEST_CLIP: u64 = 20;
const RATIOS: [&str; 3] = ["16:9", "9:16", "1:1"];
/// Fields of the submission itself; the others are parameters where `params` is not used.
const OUTER: [&str; 4] = ["model", "out_task_id", "callback_url", "stream"];

impl Submission {
    /// Reads both forms: parameters in `params`, or flat beside `model`.
    ///
    /// # Errors
    /// 400 naming the field, or for a slug that makes neither pictures nor clips; 451 for a
    /// refused prompt.
    pub(crate) fn read(fields: &Map<String, Value>, contract: Contract) -> Result<Self, Problem> {
        let slug = fields::needed(fields, "model")?;
        let model =
            catalog::find(slug, contract).ok_or_else(|| Problem::unknown_model(slug, contract))?;
        let params = params(fields)?;
        let own_id = fields::text(fields, "out_task_id")?.map(str::to_owned);
        if own_id
            .as_ref()
            .is_some_and(|id| id.is_empty() || id.len() > LONGEST_OWN_ID)
        {
            let message = format!("`out_task_id` must have 1 to {LONGEST_OWN_ID} characters");
            return Err(Problem::invalid("out_task_id", message));
        }
        let callback = address(fields, "callback_url")?;
        let text = Value::Object(sorted(&params)).to_string();
        let fingerprint = seed::hash(0, &[model.slug.as_bytes(), text.as_bytes()]);
        let mut submission = match model.kind {
            Kind::Text(_) => {
                let message = format!("`{slug}` is a text model; tasks take pictures and clips");
                return Err(Problem::invalid("model", message));
            }
            Kind::Image(_) => picture(model, params, contract)?,
            Kind::Video(video) => clip(model, &video, &params, contract)?,
        };
        submission.own_id = own_id;
        submission.callback = callback;
        submission.fingerprint = fingerprint;
        Ok(submission)
    }
}

fn params(fields: &Map<String, Value>) -> Result<Map<String, Value>, Problem> {
    match fields.get("params") {
        Some(Value::Object(params)) => Ok(params.clone()),
        Some(_) => Err(Problem::invalid("params", "`params` must be an object")),
        None => {
            let inner = fields
                .iter()
                .filter(|(name, _)| !OUTER.contains(&name.as_str()));
            Ok(inner
                .map(|(name, value)| (name.clone(), value.clone()))
                .collect())
        }
    }
}

/// Two submissions that differ in the order of their parameters only are the same.
fn sorted(params: &Map<String, Value>) -> Map<String, Value> {
    let mut pairs: Vec<_> = params.iter().collect();
    pairs.sort_by_key(|(name, _)| *name);
    pairs
        .into_iter()
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}

fn picture(
    model: &'static Model,
    mut params: Map<String, Value>,
    contract: Contract,
) -> Result<Submission, Problem> {
    params.insert("model".to_owned(), model.slug.into());
    params.remove("stream");
    let drawing = Drawing::read(&params, false, 0, contract)?;
    Ok(Submission {
        model,
        own_id: None,
        fingerprint: 0,
        seconds: 0,
        images: drawing.count,
        size: drawing.size,
        resolution: drawing.size_text(),
        audio: false,
        format: drawing.format,
        transparent: drawing.background == "transparent",
        callback: None,
        fate: fate(&drawing.prompt),
    })
}

fn clip(
    model: &'static Model,
    video: &VideoModel,
    params: &Map<String, Value>,
    contract: Contract,
) -> Result<Submission, Problem> {
    let wide = contract.parameter_limits == ParameterLimits::Union;
    let longest = if wide {
        LONGEST_CLIP.max(video.longest)
    } else {
        video.longest
    };
    let missing = || Problem::invalid("duration_seconds", "`duration_seconds` is required");
    let seconds = fields::number(params, "duration_seconds", (1, longest))?.ok_or_else(missing)?;
    if !wide && let Some(name) = not_taken(model, params) {
        let message = format!("`{}` takes no `{name}`", model.slug);
        return Err(Problem::invalid(name, message));
    }
    let (resolution, size) = shape(video, params, wide)?;
    fields::number(params, "seed", (0, u64::MAX))?;
    fields::choice(params, "style_preset", &STYLES)?;
    fields::choice(params, "motion_intensity", &["medium", "low", "high"])?;
    for name in ["image_init", "source_image"] {
        address(params, name)?;
    }
    let audio = fields::flag(params, "audio")?;
    if audio && !wide && model.slug != "veo-3.1" {
        let message = format!("`{}` makes no sound", model.slug);
        return Err(Problem::invalid("audio", message));
    }
    let prompt = image_request::prompt(params, contract)?;
    Ok(Submission {
        model,
        own_id: None,
        fingerprint: 0,
        seconds,
        images: 0,
        size,
        resolution,
        audio,
        format: Format::Png,
        transparent: false,
        callback: None,
        fate: fate(&prompt),
    })
}

const STYLES: [&str; 4] = ["none", "cinematic", "anime", "documentary"];

/// The first parameter that belongs to other models only.
fn not_taken<'a>(model: &Model, params: &'a Map<String, Value>) -> Option<&'a str> {
    let takes = |name: &str| match name {
        "style_preset" => model.slug == "sora-2-pro",
        "motion_intensity" => model.slug == "seedance-1.5-pro",
        _ => true,
    };
    let mut names = params.keys().map(String::as_str);
    names.find(|name| !takes(name))
}

/// The name of the resolution and the size in pixels, which `size` tells directly on the other
/// family of pages.
fn shape(
    video: &VideoModel,
    params: &Map<String, Value>,
    wide: bool,
) -> Result<(String, (u32, u32)), Problem> {
    let mut known = video.resolutions.to_vec();
    if wide {
        known.extend(["720p", "1080p"]);
    }
    let resolution = fields::choice(params, "resolution", &known)?;
    let ratio = fields::choice(params, "aspect_ratio", &RATIOS)?;
    let size = fields::choice(params, "size", &["1280x720", "1920x1080"])?;
    let is_given = |name: &str| params.get(name).is_some_and(|value| !value.is_null());
    let resolution = match size {
        _ if !is_given("size") => resolution,
        "1920x1080" => "1080p",
        _ => "720p",
    };
    let (long, short) = if resolution == "1080p" {
        (1920, 1080)
    } else {
        (1280, 720)
    };
    let size = match ratio {
        "9:16" => (short, long),
        "1:1" => (short, short),
        _ => (long, short),
    };
    Ok((resolution.to_owned(), size))
}

fn fate(prompt: &str) -> Fate {
    let found = FATES.into_iter().find(|(mark, _)| prompt.contains(mark));
    found.map_or(Fate::Completes, |(_, fate)| fate)
}

/// An http address, or the whole of a small picture as a data address.
fn address(fields: &Map<String, Value>, name: &str) -> Result<Option<String>, Problem> {
    let Some(text) = fields::text(fields, name)? else {
        return Ok(None);
    };
    let is_data = name != "callback_url" && text.starts_with("data:image/");
    let is_http = text.starts_with("https://") || text.starts_with("http://");
    if is_data || (is_http && text.len() <= LONGEST_URL) {
        return Ok(Some(text.to_owned()));
    }
    let message = format!("`{name}` must be an http address of at most {LONGEST_URL} characters");
    Err(Problem::invalid(name, message))
}

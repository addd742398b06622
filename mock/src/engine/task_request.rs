//! What a task submission asks for.

use serde_json::{Map, Value};

use super::fields;
use super::image_request::{self, Drawing};
use super::problem::Problem;
use crate::catalog::{self, Kind, Model, VideoModel};
use crate::contract::{Contract, ParameterLimits};
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
    pub(crate) doomed: bool,
}

/// A prompt that contains this makes the task fail once it runs.
const FAIL: &str = "[[fail]]";
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
        fields::text(fields, "callback_url")?;
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
        doomed: drawing.prompt.contains(FAIL),
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
    let mut known = video.resolutions.to_vec();
    if wide {
        known.extend(["720p", "1080p"]);
    }
    let resolution = fields::choice(params, "resolution", &known)?;
    fields::choice(params, "aspect_ratio", &RATIOS)?;
    fields::choice(params, "size", &["1280x720", "1920x1080"])?;
    fields::number(params, "seed", (0, u64::MAX))?;
    let prompt = image_request::prompt(params, contract)?;
    Ok(Submission {
        model,
        own_id: None,
        fingerprint: 0,
        seconds,
        images: 0,
        size: if resolution == "1080p" {
            (1920, 1080)
        } else {
            (1280, 720)
        },
        resolution: resolution.to_owned(),
        audio: fields::flag(params, "audio")?,
        doomed: prompt.contains(FAIL),
    })
}

//! The pictures that a request for a picture brings along: files of a form, data URLs, addresses.
//!
//! They are looked at, not decoded. The replica fetches nothing: an address of its own assets is
//! answered from within, one elsewhere is taken for a picture that nobody has seen.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};

use super::multipart::Part;
use super::problem::Problem;
use super::{Asked, Engine};
use crate::picture::Format;
use crate::picture::look::{Look, look};

/// What came along.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Sources {
    /// How many pictures, the mask not counted.
    pub(crate) count: u64,
    /// Of the first, where it was seen.
    first: Option<Look>,
    has_mask: bool,
}

/// As the vendor has it.
const MOST: usize = 16;
/// Characters of a data URL, as the vendor has it.
const LONGEST_URL: usize = 20_971_520;

impl Sources {
    fn picture(&mut self, look: Option<Look>) -> Result<(), Problem> {
        if self.count == 0 {
            self.first = look;
        }
        self.count += 1;
        if self.count > MOST as u64 {
            return Err(too_many());
        }
        Ok(())
    }

    /// A mask is a PNG of the same size as the first picture.
    fn mask(&mut self, mask: Option<Look>) -> Result<(), Problem> {
        self.has_mask = true;
        let Some(mask) = mask else { return Ok(()) };
        if mask.format != Format::Png {
            return Err(Problem::invalid("mask", "`mask` must be a PNG"));
        }
        let (width, height) = mask.size;
        match self.first {
            Some(first) if first.size != mask.size => {
                let (wanted_width, wanted_height) = first.size;
                Err(Problem::invalid(
                    "mask",
                    format!(
                        "`mask` must have the size of the picture, \
                         {wanted_width}x{wanted_height}, not {width}x{height}"
                    ),
                ))
            }
            Some(_) | None => Ok(()),
        }
    }

    fn checked(self) -> Result<Self, Problem> {
        if self.has_mask && self.count == 0 {
            return Err(Problem::invalid("mask", "`mask` needs a picture to lie on"));
        }
        Ok(self)
    }
}

fn too_many() -> Problem {
    Problem::invalid("image", format!("at most {MOST} pictures can be given"))
}

/// The vendor's words for bytes that are no picture.
fn no_picture(param: &str) -> Problem {
    let kind = "image_generation_user_error";
    let message = "Invalid image file or mode, please check your image file.";
    Problem::new(400, "invalid_image_file", kind, message).about(param)
}

fn seen(bytes: &[u8], param: &str) -> Result<Option<Look>, Problem> {
    look(bytes).map(Some).ok_or_else(|| no_picture(param))
}

/// The files of a form: `image` or `image[]`, and `mask`.
pub(crate) fn files(parts: &[Part<'_>]) -> Result<Sources, Problem> {
    let files = || parts.iter().filter(|part| part.is_file);
    let mut sources = Sources::default();
    for file in files().filter(|part| matches!(part.name.as_str(), "image" | "image[]")) {
        sources.picture(seen(file.bytes, "image")?)?;
    }
    for file in files().filter(|part| part.name == "mask") {
        sources.mask(seen(file.bytes, "mask")?)?;
    }
    sources.checked()
}

impl Engine {
    /// What a JSON body refers to: `images` and `mask` of the vendor, `image`, and the gateway's
    /// `source_image`.
    pub(crate) fn references(
        &self,
        asked: &Asked<'_>,
        fields: &Map<String, Value>,
    ) -> Result<Sources, Problem> {
        let mut sources = Sources::default();
        if let Some(images) = present(fields, "images") {
            let wrong = || {
                let message = format!(
                    "`images` must hold 1 to {MOST} objects, each with `image_url` or `file_id`"
                );
                Problem::invalid("images", message)
            };
            let list = images.as_array().ok_or_else(wrong)?;
            if list.is_empty() || list.len() > MOST {
                return Err(wrong());
            }
            for (at, image) in list.iter().enumerate() {
                let param = format!("images[{at}]");
                sources.picture(self.reference(asked, image, &param).ok_or_else(wrong)??)?;
            }
        }
        for name in ["image", "source_image"] {
            let list = match present(fields, name) {
                None => continue,
                Some(Value::Array(list)) => list.as_slice(),
                Some(one) => std::slice::from_ref(one),
            };
            for image in list {
                let wrong = || Problem::invalid(name, format!("`{name}` must be an address"));
                let url = image.as_str().ok_or_else(wrong)?;
                sources.picture(self.fetched(asked, url, name)?)?;
            }
        }
        if let Some(mask) = present(fields, "mask") {
            let look = match mask.as_str() {
                Some(url) => self.fetched(asked, url, "mask")?,
                None => {
                    let message = "`mask` must be an address, or an object with `image_url`";
                    let wrong = || Problem::invalid("mask", message);
                    self.reference(asked, mask, "mask").ok_or_else(wrong)??
                }
            };
            sources.mask(look)?;
        }
        sources.checked()
    }

    /// An object with exactly one of `image_url` and `file_id`; none where it is another.
    fn reference(
        &self,
        asked: &Asked<'_>,
        image: &Value,
        param: &str,
    ) -> Option<Result<Option<Look>, Problem>> {
        match (image.get("image_url"), image.get("file_id")) {
            (Some(url), None) => {
                Some(self.fetched(asked, url.as_str()?, &format!("{param}.image_url")))
            }
            (None, Some(id)) => {
                let message = format!("no file has the id `{}`", id.as_str()?);
                let kind = "invalid_request_error";
                let problem = Problem::new(400, "invalid_value", kind, message);
                Some(Err(problem.about(format!("{param}.file_id"))))
            }
            (Some(_), Some(_)) | (None, None) => None,
        }
    }

    /// What lies at an address; none where it lies elsewhere.
    fn fetched(&self, asked: &Asked<'_>, url: &str, param: &str) -> Result<Option<Look>, Problem> {
        if url.len() > LONGEST_URL {
            let message = format!("the address is longer than {LONGEST_URL} characters");
            return Err(Problem::invalid(param, message));
        }
        if let Some(data) = url.strip_prefix("data:") {
            let (_, text) = data
                .split_once(";base64,")
                .ok_or_else(|| no_picture(param))?;
            let bytes = STANDARD.decode(text).map_err(|_| no_picture(param))?;
            return seen(&bytes, param);
        }
        if let Some(path) = url.strip_prefix(&format!("{}/assets/", self.base_url())) {
            let (place, query) = path.split_once('?').unwrap_or((path, ""));
            let parameter = |wanted: &str| {
                let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
                pairs
                    .find(|(name, _)| *name == wanted)
                    .map(|(_, value)| value)
            };
            let found = self.stored(
                place,
                parameter("expires"),
                parameter("signature"),
                asked.now,
            );
            let (_, bytes) = found.map_err(|problem| {
                let message = format!(
                    "Error while downloading file. Upstream status code: {}.",
                    problem.status
                );
                let kind = "invalid_request_error";
                Problem::new(400, "invalid_value", kind, message).about("url")
            })?;
            return seen(&bytes, param);
        }
        if url.starts_with("https://") || url.starts_with("http://") {
            return Ok(None);
        }
        Err(Problem::invalid(
            param,
            format!("`{param}` must be an http or a data address"),
        ))
    }
}

fn present<'a>(fields: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    fields.get(name).filter(|value| !value.is_null())
}

//! Bodies and events of the picture routes.
//!
//! `gpt-image-2` follows the vendor's reference for its family (extra keys, usage, events); the
//! others have `created` and `data` only.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde_json::{Value, json};

use super::assets::Asset;
use super::image_request::Drawing;
use super::{Asked, Engine};
use crate::picture::{self, Sketch};
use crate::script::{Frame, FrameKind};
use crate::seed;

/// Tokens that an input picture counts for.
const INPUT_IMAGE: u64 = 194;

impl Drawing {
    fn seed_of(&self, asked: &Asked<'_>, index: u64) -> u64 {
        seed::hash(asked.hash, &[b"picture", &index.to_le_bytes()])
    }

    /// The picture at `index` in base64; drafts of it differ by `draft`.
    fn drawn(&self, asked: &Asked<'_>, index: u64, draft: u64) -> String {
        let mut sketch = self.sketch(asked, index);
        sketch.seed ^= draft;
        STANDARD.encode(picture::encode(&sketch))
    }

    fn sketch(&self, asked: &Asked<'_>, index: u64) -> Sketch {
        Sketch {
            format: self.format,
            size: self.size,
            seed: self.seed_of(asked, index),
            transparent: self.background == "transparent",
        }
    }

    pub(crate) fn body(&self, engine: &Engine, asked: &Asked<'_>) -> Value {
        let entry = |index| {
            let mut entry = serde_json::Map::new();
            if self.base64 {
                entry.insert("b64_json".to_owned(), self.drawn(asked, index, 0).into());
            } else {
                let asset = Asset::Picture(self.sketch(asked, index));
                let url = engine.asset_url(self.model, asset, asked.now);
                entry.insert("url".to_owned(), url.into());
            }
            if !self.rules.gpt {
                entry.insert("revised_prompt".to_owned(), self.prompt.clone().into());
            }
            Value::Object(entry)
        };
        let data: Vec<Value> = (0..self.count).map(entry).collect();
        let created = asked.now.unix_seconds();
        if !self.rules.gpt {
            return json!({"created": created, "data": data});
        }
        json!({
            "created": created,
            "background": self.background,
            "data": data,
            "output_format": self.format.name(),
            "quality": self.quality,
            "size": self.size_text(),
            "usage": self.usage(),
        })
    }

    pub(crate) fn input_tokens(&self) -> u64 {
        (self.prompt.len() as u64).div_ceil(4) + INPUT_IMAGE * self.input_images
    }

    pub(crate) fn output_tokens(&self) -> u64 {
        let each = match self.quality.as_str() {
            "low" => 272,
            "high" | "hd" => 4_160,
            _ => 1_056,
        };
        each * self.count
    }

    fn usage(&self) -> Value {
        let (input, output) = (self.input_tokens(), self.output_tokens());
        let images = INPUT_IMAGE * self.input_images;
        json!({
            "input_tokens": input,
            "input_tokens_details": {"image_tokens": images, "text_tokens": input - images},
            "output_tokens": output,
            "output_tokens_details": {"image_tokens": output, "text_tokens": 0},
            "total_tokens": input + output,
        })
    }

    /// One event of the stream: the draft `partial` of a picture, or the picture.
    pub(crate) fn event(&self, asked: &Asked<'_>, index: u64, partial: Option<u64>) -> Frame {
        let family = if self.edit {
            "image_edit"
        } else {
            "image_generation"
        };
        let stage = if partial.is_some() {
            "partial_image"
        } else {
            "completed"
        };
        let name = format!("{family}.{stage}");
        let mut body = json!({
            "type": name,
            "b64_json": self.drawn(asked, index, partial.map_or(0, |partial| partial + 1)),
            "created_at": asked.now.unix_seconds(),
            "size": self.size_text(),
            "quality": self.quality,
            "background": self.background,
            "output_format": self.format.name(),
        });
        match partial {
            Some(partial) => body["partial_image_index"] = partial.into(),
            None => body["usage"] = self.usage(),
        }
        let last = partial.is_none() && index + 1 == self.count;
        let kind = if last {
            FrameKind::Terminal
        } else {
            FrameKind::Token
        };
        frame(&name, &body, kind)
    }
}

/// What a picture stream says when it fails after it began.
pub(crate) fn failure() -> Frame {
    let body = json!({"type": "error", "error": {
        "type": "server_error",
        "code": "upstream_error",
        "message": "the upstream failed while it drew",
        "param": null,
    }});
    frame("error", &body, FrameKind::Terminal)
}

fn frame(name: &str, body: &Value, kind: FrameKind) -> Frame {
    Frame {
        bytes: Bytes::from(format!("event: {name}\ndata: {body}\n\n")),
        kind,
    }
}

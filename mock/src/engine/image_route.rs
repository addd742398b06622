//! `/v1/images/generations` and `/v1/images/edits`.

use serde_json::{Map, Value};

use super::image_body;
use super::image_request::Drawing;
use super::multipart::{self, Part};
use super::problem::Problem;
use super::reply::{Bill, Reply};
use super::{Asked, Engine, fields};
use crate::fault::Fault;
use crate::script::Step;

impl Engine {
    pub(super) fn image_generations(&self, asked: &Asked<'_>) -> Result<Reply, Problem> {
        let fields = fields::object(&asked.incoming.body)?;
        let drawing = Drawing::read(&fields, false, 0, self.config.contract)?;
        self.draw(asked, &drawing)
    }

    /// A form with files, or JSON with references.
    pub(super) fn image_edits(&self, asked: &Asked<'_>) -> Result<Reply, Problem> {
        let content_type = asked.incoming.header("content-type").unwrap_or_default();
        let (fields, images) = match multipart::boundary(content_type) {
            Some(boundary) => form(&multipart::parts(&asked.incoming.body, &boundary)?),
            None => {
                let fields = fields::object(&asked.incoming.body)?;
                let images = references(&fields)?;
                (fields, images)
            }
        };
        if images == 0 {
            return Err(Problem::invalid("image", "`image` is required"));
        }
        let drawing = Drawing::read(&fields, true, images, self.config.contract)?;
        self.draw(asked, &drawing)
    }

    fn draw(&self, asked: &Asked<'_>, drawing: &Drawing) -> Result<Reply, Problem> {
        self.check_group(asked, drawing.model)?;
        let mut dice = asked.dice();
        let price = drawing.price();
        let mut bill = Bill::new(drawing.model.slug, asked.route.endpoint(), price, price);
        bill.row.images = drawing.count;
        if drawing.rules.gpt {
            bill.row.input_tokens = drawing.input_tokens();
            bill.row.output_tokens = drawing.output_tokens();
        }
        let time = self.config.timing(drawing.model).image_time;
        let mut each = || time.sample(&mut dice);
        if !drawing.stream {
            let wait = each();
            let reply = Reply::json(&drawing.body(self, asked));
            return Ok(reply.after(wait).billed(bill));
        }
        let mut steps = Vec::new();
        let pieces = u32::try_from(drawing.partials + 1).unwrap_or(1);
        for index in 0..drawing.count {
            let wait = each() / pieces;
            for partial in (0..drawing.partials).map(Some).chain([None]) {
                steps.push(Step::Wait(wait));
                steps.push(Step::Frame(drawing.event(asked, index, partial)));
            }
        }
        let broken = asked.has(Fault::ErrorMidStream);
        if broken {
            steps.truncate(steps.len() / 2);
            steps.push(Step::Frame(image_body::failure()));
        }
        let mut reply = Reply::sse(steps).billed(bill);
        reply.broken = broken;
        Ok(reply)
    }
}

/// The fields of a form as JSON would have them, and how many pictures came with it.
fn form(parts: &[Part<'_>]) -> (Map<String, Value>, u64) {
    let mut fields = Map::new();
    let mut images = 0;
    for part in parts {
        if part.is_file {
            images += u64::from(matches!(part.name.as_str(), "image" | "image[]"));
            continue;
        }
        let text = String::from_utf8_lossy(part.bytes).into_owned();
        let value = match part.name.as_str() {
            "n" | "partial_images" | "output_compression" | "seed" | "stream" => {
                serde_json::from_str(&text).unwrap_or(Value::String(text))
            }
            _ => Value::String(text),
        };
        fields.insert(part.name.clone(), value);
    }
    (fields, images)
}

/// How many pictures a JSON edit refers to: `images` of the vendor, or the gateway's
/// `source_image`.
fn references(fields: &Map<String, Value>) -> Result<u64, Problem> {
    let Some(images) = fields.get("images") else {
        let sources = ["image", "source_image"];
        return Ok(u64::from(
            sources.iter().any(|name| fields.contains_key(*name)),
        ));
    };
    let wrong = || {
        let message = "`images` must hold 1 to 16 objects, each with `image_url` or `file_id`";
        Problem::invalid("images", message)
    };
    let list = images
        .as_array()
        .filter(|list| (1..=16).contains(&list.len()))
        .ok_or_else(wrong)?;
    let one = |image: &Value| image.get("image_url").is_some() != image.get("file_id").is_some();
    if list.iter().all(one) {
        Ok(list.len() as u64)
    } else {
        Err(wrong())
    }
}

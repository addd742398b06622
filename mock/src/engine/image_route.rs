//! `/v1/images/generations` and `/v1/images/edits`.

use std::time::Duration;

use serde_json::{Map, Value};

use super::image_request::Drawing;
use super::multipart::{self, Part};
use super::problem::Problem;
use super::reply::{Bill, Reply};
use super::{Asked, Engine, fields, image_body, image_source, image_spoil};
use crate::fault::Fault;
use crate::script::{Frame, FrameKind, Step};

impl Engine {
    pub(super) fn image_generations(&self, asked: &Asked<'_>) -> Result<Reply, Problem> {
        let fields = fields::object(&asked.incoming.body)?;
        let sources = self.references(asked, &fields)?;
        let drawing = Drawing::read(&fields, false, sources.count, self.config.contract)?;
        self.draw(asked, &drawing)
    }

    /// A form with files, or JSON with references.
    pub(super) fn image_edits(&self, asked: &Asked<'_>) -> Result<Reply, Problem> {
        let content_type = asked.incoming.header("content-type").unwrap_or_default();
        let (fields, sources) = match multipart::boundary(content_type) {
            Some(boundary) => {
                let parts = multipart::parts(&asked.incoming.body, &boundary)?;
                (form(&parts), image_source::files(&parts)?)
            }
            None => {
                let fields = fields::object(&asked.incoming.body)?;
                let sources = self.references(asked, &fields)?;
                (fields, sources)
            }
        };
        if sources.count == 0 {
            return Err(Problem::invalid("image", "`image` is required"));
        }
        let drawing = Drawing::read(&fields, true, sources.count, self.config.contract)?;
        self.draw(asked, &drawing)
    }

    fn draw(&self, asked: &Asked<'_>, drawing: &Drawing) -> Result<Reply, Problem> {
        self.check_group(asked, drawing.model)?;
        let mut dice = asked.dice();
        let price = self.prices.of(drawing.model.slug).images(drawing.count);
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
        let pieces = u32::try_from(drawing.partials + 1).unwrap_or(1);
        let waits: Vec<Duration> = (0..drawing.count).map(|_| each() / pieces).collect();
        let mut frames = Vec::new();
        for index in 0..drawing.count {
            for partial in (0..drawing.partials).map(Some).chain([None]) {
                frames.push(drawing.event(asked, index, partial));
            }
        }
        let broken = asked.has(Fault::ErrorMidStream);
        if broken {
            frames.truncate(frames.len() / 2);
            frames.push(image_body::failure());
        } else {
            // One edit at most: the next one would need healthy events again.
            let faults = asked.faults.iter().filter_map(|fault| fault.of_stream());
            let edited = faults
                .filter_map(|fault| image_spoil::spoiled(fault, &frames, &mut dice))
                .next();
            frames = edited.unwrap_or(frames);
        }
        let mut reply = Reply::sse(paced(frames, &waits, pieces)).billed(bill);
        reply.broken = broken;
        Ok(reply)
    }
}

/// A wait before each event that brings a draft or a picture; those of one picture wait alike.
fn paced(frames: Vec<Frame>, waits: &[Duration], pieces: u32) -> Vec<Step> {
    let mut each = waits
        .iter()
        .flat_map(|wait| std::iter::repeat_n(*wait, usize::try_from(pieces).unwrap_or(1)));
    let mut steps = Vec::new();
    for frame in frames {
        if frame.kind != FrameKind::Plumbing {
            steps.extend(each.next().map(Step::Wait));
        }
        steps.push(Step::Frame(frame));
    }
    steps
}

/// The text fields of a form as JSON would have them.
fn form(parts: &[Part<'_>]) -> Map<String, Value> {
    let texts = parts.iter().filter(|part| !part.is_file);
    texts
        .map(|part| {
            let text = String::from_utf8_lossy(part.bytes).into_owned();
            let value = match part.name.as_str() {
                "n" | "partial_images" | "output_compression" | "seed" | "stream" => {
                    serde_json::from_str(&text).unwrap_or(Value::String(text))
                }
                _ => Value::String(text),
            };
            (part.name.clone(), value)
        })
        .collect()
}

//! What a stream has said so far: how far the response is, its items, their parts and texts.
//!
//! What is out of order is taken in as if it had been announced, and marked as assumed, so that a
//! rule can tell the first fault from those that follow from it.

use crate::json::Value;

use super::item::{Item, KEPT_ITEMS, Part, PartStage, Place, TextEvent, part_mut};
use super::member::{is_image, number, other_payload, read_error, read_usage, word};
use super::steps::Steps;
use crate::protocol::flow::Flow;
use crate::protocol::{Facts, Meaning, Usage};

/// Text kept of one answer; beyond it nothing can be said of what deltas add up to.
const KEPT_TEXT: usize = 16 << 20;

/// All that an answer has said.
#[derive(Debug, Default)]
pub struct State {
    /// Events with a type so far.
    pub events: Flow<u64>,
    pub numbering: Flow<Numbering>,
    /// Times `response.created`, `response.queued` and `response.in_progress` came.
    pub created: u32,
    pub queued: u32,
    pub in_progress: u32,
    /// Of the first event that had them.
    pub response_id: Option<String>,
    pub model: Option<String>,
    pub created_at: Option<f64>,
    /// The response of `response.created`, to compare the last one with.
    pub opening: Option<Value>,
    pub items: Vec<Item>,
    /// How the response ended, if it has.
    pub finish: Option<Finish>,
    /// `code` or `type`, and the message, of an `error` event or a failed response.
    pub error: Option<(String, String)>,
    /// An `error` event came (a failed response alone does not set this).
    pub error_event: bool,
    /// Something came after the end.
    pub after_end: bool,
    pub done_marker: bool,
    /// An `event` line was missing or said something else; the fault is told once.
    pub misnamed: bool,
    /// An `id` or `retry` line came; so is this.
    pub has_odd_line: bool,
    /// Lines came in another form or order than usual; so is this.
    pub has_odd_form: bool,
    /// More text came than is kept.
    pub overflowed: Flow<bool>,
    usage: Option<Usage>,
    stop: Option<String>,
    images: u32,
    kept: Flow<usize>,
}

/// How events are numbered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Numbering {
    #[default]
    NotBegun,
    Last(u64),
    /// An event had no number; the fault is told once.
    Absent,
}

/// The three ways in which a response ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Finish {
    Completed,
    Incomplete,
    Failed,
}

impl Finish {
    /// By the terminal event's type.
    pub fn of(event: &str) -> Option<Self> {
        match event {
            "response.completed" => Some(Self::Completed),
            "response.incomplete" => Some(Self::Incomplete),
            "response.failed" => Some(Self::Failed),
            _ => None,
        }
    }

    /// The status that goes with it.
    pub fn status(self) -> &'static str {
        match self {
            Self::Completed => "completed",
            Self::Incomplete => "incomplete",
            Self::Failed => "failed",
        }
    }
}

impl State {
    /// The item at an output index, the latest where there are several.
    pub fn item(&self, output_index: u64) -> Option<&Item> {
        let mut items = self.items.iter().rev();
        items.find(|item| item.output_index == output_index)
    }

    /// The text that an event is about.
    pub fn text(&self, about: TextEvent, value: &Value) -> Option<&Part> {
        let item = self.item(number(value, "output_index")?)?;
        match about.place {
            Place::Content => item.part(number(value, "content_index")?),
            Place::Summary => item.summary_part(number(value, "summary_index")?),
            Place::Arguments => Some(&item.arguments),
        }
    }

    pub(super) fn take(&mut self, kind: &str, value: &Value, size: usize) -> Meaning {
        self.after_end |= self.finish.is_some();
        *self.events += 1;
        self.follow(kind, value);
        *self.numbering = match number(value, "sequence_number") {
            Some(number) => Numbering::Last(number),
            None => Numbering::Absent,
        };
        if let Some(about) = TextEvent::of(kind) {
            return self.take_text(about, value);
        }
        match kind {
            "response.created" => {
                self.created += 1;
                if self.opening.is_none() && *self.kept + size <= KEPT_TEXT {
                    self.opening = value.get("response").cloned();
                    *self.kept += size;
                }
            }
            "response.queued" => self.queued += 1,
            "response.in_progress" => self.in_progress += 1,
            "response.output_item.added" => self.open_item(value, size),
            "response.output_item.done" => return self.close_item(value, size),
            "response.content_part.added" => self.open_part(Place::Content, value),
            "response.content_part.done" => self.close_part(Place::Content, value, size),
            "response.reasoning_summary_part.added" => self.open_part(Place::Summary, value),
            "response.reasoning_summary_part.done" => self.close_part(Place::Summary, value, size),
            "response.output_text.annotation.added" => self.annotate(value),
            "error" => return self.take_error(value),
            _ => {
                return match Finish::of(kind) {
                    Some(finish) => self.take_end(finish, value),
                    None => other_payload(kind, value),
                };
            }
        }
        if let Some(response) = value.get("response") {
            self.introduce(response);
        }
        Meaning::default()
    }

    fn introduce(&mut self, response: &Value) {
        let word = |key: &str| response.get(key).and_then(Value::as_str).map(str::to_owned);
        self.response_id = self.response_id.take().or_else(|| word("id"));
        self.model = self.model.take().or_else(|| word("model"));
        let created_at = response.get("created_at").and_then(Value::as_f64);
        self.created_at = self.created_at.or(created_at);
    }

    fn take_end(&mut self, finish: Finish, value: &Value) -> Meaning {
        let response = value.get("response").unwrap_or(&Value::Null);
        self.introduce(response);
        self.finish = Some(finish);
        self.take_outcome(response);
        Meaning {
            terminal: true,
            ..Meaning::default()
        }
    }

    /// A whole response, from a terminal event or a body.
    fn take_outcome(&mut self, response: &Value) {
        self.usage = response.get("usage").and_then(read_usage).or(self.usage);
        let reason = response.pointer("/incomplete_details/reason");
        let stop = reason.or_else(|| response.get("status"));
        self.stop = stop.and_then(Value::as_str).map(str::to_owned);
        if let Some(error) = response.get("error").filter(|error| error.is_object()) {
            self.error = Some(read_error(error));
        }
    }

    pub(super) fn take_body(&mut self, body: &Value) {
        self.introduce(body);
        self.take_outcome(body);
        let status = body.get("status").and_then(Value::as_str);
        self.finish = [Finish::Completed, Finish::Incomplete, Finish::Failed]
            .into_iter()
            .find(|finish| status == Some(finish.status()));
        let output = body.get("output").and_then(Value::as_array);
        for item in output.into_iter().flatten() {
            self.images += u32::from(is_image(item));
        }
    }

    fn take_error(&mut self, value: &Value) -> Meaning {
        // Documented flat, sent nested.
        let error = value.get("error").filter(|error| error.is_object());
        self.error = Some(read_error(error.unwrap_or(value)));
        self.error_event = true;
        Meaning {
            terminal: true,
            ..Meaning::default()
        }
    }

    fn take_text(&mut self, about: TextEvent, value: &Value) -> Meaning {
        let text = value.get(about.member).and_then(Value::as_str);
        let text = text.unwrap_or_default();
        let fits = *self.kept + text.len() <= KEPT_TEXT;
        let Some(part) = self.text_mut(about, value) else {
            return payload(about, !text.is_empty() && about.is_delta);
        };
        if !about.is_delta {
            // A text that came whole and never in pieces is payload all the same.
            let is_new = part.text.is_empty() && !text.is_empty() && part.stage == PartStage::Open;
            part.stage = part.stage.max(PartStage::Said);
            // What comes later must repeat this, whatever the deltas were.
            part.assumed = false;
            if *part.text != text && fits {
                text.clone_into(part.text.moved());
                *self.kept += text.len();
            }
            *self.overflowed |= !fits;
            return payload(about, is_new);
        }
        if fits {
            part.log(value.get("logprobs"));
            part.say(text);
            *self.kept += text.len();
        } else {
            *self.overflowed = true;
        }
        payload(about, !text.is_empty())
    }

    fn text_mut(&mut self, about: TextEvent, value: &Value) -> Option<&mut Part> {
        let index = match about.place {
            Place::Content => number(value, "content_index")?,
            Place::Summary => number(value, "summary_index")?,
            Place::Arguments => 0,
        };
        let item = self.item_mut(value, about.item)?;
        match about.place {
            Place::Content => part_mut(&mut item.parts, index, about.part),
            Place::Summary => part_mut(&mut item.summary, index, about.part),
            Place::Arguments => Some(&mut item.arguments),
        }
    }

    /// The item that an event is about; one that was never announced is assumed.
    fn item_mut(&mut self, value: &Value, kind: &str) -> Option<&mut Item> {
        let output_index = number(value, "output_index")?;
        let mut items = self.items.iter();
        let position = items.rposition(|item| item.output_index == output_index);
        if let Some(position) = position {
            return self.items.get_mut(position);
        }
        if self.items.len() >= KEPT_ITEMS {
            return None;
        }
        self.items.push(Item {
            output_index,
            id: word(value, "item_id").unwrap_or_default().to_owned(),
            kind: kind.to_owned(),
            open: true,
            assumed: true,
            ..Item::default()
        });
        self.items.last_mut()
    }

    fn open_item(&mut self, value: &Value, size: usize) {
        let Some(output_index) = number(value, "output_index") else {
            return;
        };
        if self.items.len() >= KEPT_ITEMS {
            return;
        }
        let item = value.get("item").unwrap_or(&Value::Null);
        let fits = *self.kept + size <= KEPT_TEXT;
        *self.kept += if fits { size } else { 0 };
        self.items.push(Item {
            output_index,
            id: word(item, "id").unwrap_or_default().to_owned(),
            kind: word(item, "type").unwrap_or_default().to_owned(),
            call_id: word(item, "call_id").map(str::to_owned),
            name: word(item, "name").map(str::to_owned),
            open: true,
            steps: Steps::of(item),
            first_form: fits.then(|| item.clone()),
            ..Item::default()
        });
    }

    fn close_item(&mut self, value: &Value, size: usize) -> Meaning {
        let Some(form) = value.get("item") else {
            return Meaning::default();
        };
        let is_image = is_image(form);
        self.images += u32::from(is_image);
        let fits = *self.kept + size <= KEPT_TEXT;
        if let Some(item) = self.item_mut(value, word(form, "type").unwrap_or_default()) {
            item.open = false;
            item.last_form = fits.then(|| form.clone());
            *self.kept += if fits { size } else { 0 };
        }
        Meaning {
            token: is_image,
            visible: is_image,
            terminal: false,
        }
    }

    fn open_part(&mut self, place: Place, value: &Value) {
        let kind = value.pointer("/part/type").and_then(Value::as_str);
        let kind = kind.unwrap_or_default().to_owned();
        let (key, item_kind) = place.indexing();
        let Some(index) = number(value, key) else {
            return;
        };
        let Some(item) = self.item_mut(value, item_kind) else {
            return;
        };
        let parts = match place {
            Place::Summary => &mut item.summary,
            Place::Content | Place::Arguments => &mut item.parts,
        };
        if parts.len() < KEPT_ITEMS {
            // A second part of the same index takes the place of the first.
            parts.retain(|part| part.index != index);
            parts.push(Part {
                index,
                kind,
                first_form: value.get("part").cloned(),
                ..Part::default()
            });
        }
    }

    fn close_part(&mut self, place: Place, value: &Value, size: usize) {
        let form = value.get("part").filter(|_| *self.kept + size <= KEPT_TEXT);
        let form = form.cloned();
        *self.kept += if form.is_some() { size } else { 0 };
        let kind = value.pointer("/part/type").and_then(Value::as_str);
        let (key, item_kind) = place.indexing();
        let Some(index) = number(value, key) else {
            return;
        };
        let Some(item) = self.item_mut(value, item_kind) else {
            return;
        };
        let parts = match place {
            Place::Summary => &mut item.summary,
            Place::Content | Place::Arguments => &mut item.parts,
        };
        if let Some(part) = part_mut(parts, index, kind.unwrap_or_default()) {
            part.stage = PartStage::Closed;
            part.last_form = form;
        }
    }

    fn annotate(&mut self, value: &Value) {
        let Some(index) = number(value, "content_index") else {
            return;
        };
        if let Some(item) = self.item_mut(value, "message")
            && let Some(part) = part_mut(&mut item.parts, index, "output_text")
        {
            part.cite(value.get("annotation"));
        }
    }

    pub(super) fn facts(&self) -> Facts {
        Facts {
            usage: self.usage,
            stop: self.stop.clone(),
            complete: self.finish.is_some(),
            error: self.error.clone(),
            model: self.model.clone(),
            response_id: self.response_id.clone(),
            images: self.images,
            task: None,
            is_blocked: false,
        }
    }
}

fn payload(about: TextEvent, is_payload: bool) -> Meaning {
    Meaning {
        token: is_payload,
        visible: is_payload && about.is_visible(),
        terminal: false,
    }
}

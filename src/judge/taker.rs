//! What becomes of a frame: read, shown to the rules, taken in by the state.

use super::answer::Progress;
use super::repeats::Repeats;
use super::side::Reading;
use super::tally::Tally;
use crate::json;
use crate::protocol::shape::Document;
use crate::protocol::{Asked, Event, Head, Meaning, Payload};
use crate::wire::frame::Frame;
use crate::wire::sse::{Begin, Sink};

/// Values in one JSON document. Each takes dozens of bytes once it is read, so that a peer could
/// make gigabytes and minutes of work of a few megabytes of `0,0,0`.
const MAX_VALUES: usize = 1_000_000;

/// Takes frames for a judge.
pub(super) struct Taker<'a> {
    pub(super) asked: &'a Asked,
    pub(super) head: &'a Head,
    pub(super) reading: &'a mut dyn Reading,
    pub(super) tally: &'a mut Tally,
    pub(super) repeats: &'a mut Repeats,
    pub(super) frames: &'a mut u32,
    pub(super) unclosed: &'a mut bool,
    pub(super) oversized: &'a mut bool,
    pub(super) progress: &'a mut Progress,
}

impl Sink for Taker<'_> {
    fn take(&mut self, frame: &Frame<'_>) {
        let mut event = Event::new(frame, payload(frame));
        if let Some(json) = event.json() {
            let known = self.tally.lookout.look(Document::Event, json);
            event.known_form = known.filter(|_| !self.tally.asks_again);
            event.is_new_form = event.known_form.is_none();
        }
        let failed = self.tally.failed;
        let meaning = self
            .reading
            .event(self.asked, self.head, &event, self.tally);
        self.repeats.judged(event, self.tally.failed == failed);
        self.progress.add(meaning);
        *self.frames += 1;
        *self.unclosed |= !frame.lines.closed;
        *self.oversized |= frame.lines.oversized;
    }

    fn claim(&mut self, begin: Begin, bytes: &[u8]) -> Option<usize> {
        let Self {
            asked,
            head,
            reading,
            tally,
            ..
        } = self;
        let mut meaning = Meaning::default();
        let length = self.repeats.claim(begin, bytes, |event| {
            meaning = reading.repeat(asked, head, event, tally);
        })?;
        self.progress.add(meaning);
        *self.frames += 1;
        Some(length)
    }
}

pub(super) fn payload(frame: &Frame<'_>) -> Payload {
    if frame.data.is_empty() {
        return Payload::Empty;
    }
    if frame.data.as_ref() == b"[DONE]" {
        return Payload::Done;
    }
    if has_too_many_values(&frame.data) {
        return Payload::NotJson(format!("it has more than {MAX_VALUES} values"));
    }
    match json::parse(&frame.data) {
        Ok(value) => Payload::Json(value),
        Err(error) => Payload::NotJson(error.to_string()),
    }
}

/// An upper bound without reading: each value but the first of its list follows one of these bytes.
pub(crate) fn has_too_many_values(raw: &[u8]) -> bool {
    raw.len() > MAX_VALUES && memchr::memchr3_iter(b',', b'[', b'{', raw).count() > MAX_VALUES
}

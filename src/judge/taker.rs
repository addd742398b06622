//! What becomes of a frame: read, shown to the rules, taken in by the state.

use std::sync::Arc;

use super::answer::Progress;
use super::memory::{Knowledge, Lesson, Met, Recall, See};
use super::side::Reading;
use super::tally::Tally;
use super::unknown::Lookout;
use crate::json;
use crate::protocol::repeat::Spot;
use crate::protocol::shape::Document;
use crate::protocol::{Asked, Event, Head, Meaning, Payload};
use crate::wire::frame::Frame;
use crate::wire::sse::{Begin, Sink};

/// Values in one JSON document. Each takes dozens of bytes once it is read, so that a peer could
/// make gigabytes and minutes of work of a few megabytes of `0,0,0`.
const MAX_VALUES: usize = 1_000_000;

/// Takes frames for a judge.
pub(super) struct Taker<'a> {
    pub(super) eyes: Eyes<'a>,
    pub(super) known: &'a mut Knowledge,
    pub(super) recall: &'a mut Recall,
    pub(super) frames: &'a mut u32,
    pub(super) unclosed: &'a mut bool,
    pub(super) oversized: &'a mut bool,
    pub(super) progress: &'a mut Progress,
}

/// Those who see an event.
pub(super) struct Eyes<'a> {
    pub(super) asked: &'a Arc<Asked>,
    pub(super) head: &'a Head,
    pub(super) reading: &'a mut dyn Reading,
    pub(super) tally: &'a mut Tally,
}

impl Sink for Taker<'_> {
    fn take(&mut self, frame: &Frame<'_>) {
        let Eyes {
            asked,
            head,
            reading,
            tally,
        } = &mut self.eyes;
        let mut event = Event::new(frame, payload(frame));
        if event.json().is_some() {
            self.recall.note_forms(self.known, &mut tally.lookout);
        }
        let met = self.recall.meet(self.known, &event);
        if let Some(json) = event.json() {
            let known = tally.lookout.look(Document::Event, json);
            event.known_form = known.filter(|_| !tally.asks_again);
            event.is_new_form = event.known_form.is_none();
        }
        let lesson = match met {
            Met::Lesson(place) => {
                let holes = Recall::holes(self.known, place);
                let lesson = reading.teach(asked, head, &event, &holes, &tally.weights);
                lesson.and_then(|lesson| lesson.with(tally.lookout.alone(event.json()?)))
            }
            Met::Like(_) | Met::Other => None,
        };
        let failed = tally.failed;
        let meaning = reading.event(asked, head, &event, tally);
        let is_clean = tally.failed == failed;
        self.recall.met(self.known, met, &event, is_clean, lesson);
        self.progress.add(meaning);
        *self.frames += 1;
        *self.unclosed |= !frame.lines.closed;
        *self.oversized |= frame.lines.oversized;
    }

    fn claim(&mut self, begin: Begin, bytes: &[u8]) -> Option<usize> {
        let claimed = self.recall.claim(self.known, begin, bytes, &mut self.eyes);
        let (length, meaning) = claimed?;
        self.progress.add(meaning);
        *self.frames += 1;
        Some(length)
    }
}

impl See for Eyes<'_> {
    fn recalled(&mut self, event: &Event<'_>, lesson: &Lesson) -> Option<Meaning> {
        #[cfg(debug_assertions)]
        self.prove(event);
        self.reading
            .recalled(self.asked, self.head, event, lesson, self.tally)
    }

    fn repeated(&mut self, event: &Event<'_>) -> (Meaning, Option<Spot>) {
        self.reading
            .repeat(self.asked, self.head, event, self.tally)
    }

    fn said(&mut self, spot: Spot, text: &str) {
        self.reading.say(spot, text);
    }

    fn moment(&self) -> (&Arc<Asked>, bool) {
        (self.asked, self.reading.is_over())
    }

    fn lookout(&mut self) -> &mut Lookout {
        &mut self.tally.lookout
    }
}

#[cfg(debug_assertions)]
impl Eyes<'_> {
    /// In every build for tests: what is known at sight is what would be read.
    fn prove(&self, event: &Event<'_>) {
        let frame = event.frame();
        let read = Event::new(frame, payload(frame));
        assert_eq!(read.json(), event.json(), "known otherwise than it reads");
        assert_eq!(read.kind(), event.kind());
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

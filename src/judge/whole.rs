//! Heads and whole bodies: read, or known at sight.

use std::rc::Rc;

use crate::json::{self, Value};
use crate::protocol::shape::Document;
use crate::protocol::{Asked, BodyEnd, Head};
use crate::reads::{self, Part};
use crate::rules::{Opened, Whole};

use super::answer::Judge;
use super::memory::{BodyLesson, Request, Sight};
use super::side::Body;

impl Judge {
    pub(super) fn see_head(&mut self) {
        let Self {
            asked,
            head,
            tally,
            reading,
            gateway,
            ..
        } = self;
        let opened = Opened {
            asked: Part::of(&**asked),
            head,
        };
        let mut memory = self.memory.borrow_mut();
        let is_shared = memory.is_shared();
        let known = memory.of(asked.endpoint.protocol());
        let is_on = is_shared && self.recall.is_on();
        if let Some((all, own, change)) = known.recall_head(asked, head).filter(|_| is_on) {
            gateway.recalled_head(&opened, all, change, tally);
            reading.recalled_head(&opened, own, change, tally);
            return;
        }
        let failed = tally.failed;
        gateway.head(&opened, tally);
        reading.head(&opened, tally);
        if is_on && tally.failed == failed {
            let weights = &tally.weights;
            let teach = || {
                let all = gateway.teach_head(&opened, weights)?;
                Some((all, reading.teach_head(&opened, weights)?))
            };
            known.meet_head(asked, head, || reads::watching(std::iter::empty(), teach));
        }
    }

    pub(super) fn whole_body(&mut self, raw: &[u8], end: BodyEnd) -> Option<Value> {
        if let Some(value) = self.recalled_body(raw, end) {
            return value;
        }
        let failed = self.tally.failed;
        let parsed = json::parse(raw);
        let told = parsed.as_ref().map_err(ToString::to_string);
        let value = told.as_ref().map(|value| *value).map_err(String::as_str);
        let body = Body { value, raw, end };
        let (asked, head) = (&*self.asked, &self.head);
        if let Ok(value) = value {
            let document = Document::of(head.status);
            self.tally.lookout.look(document, value);
        }
        // The gateway's own rules first: an answer in another protocol's envelope breaks this
        // protocol's rules too, but only as a consequence.
        self.gateway
            .body(&whole(asked, head, &body), &mut self.tally);
        self.reading.body(asked, head, &body, &mut self.tally);
        if self.tally.failed == failed {
            self.teach_body(&body);
        }
        parsed.ok().filter(|_| self.wants_body())
    }

    /// A refusal is always looked at.
    fn wants_body(&self) -> bool {
        self.keeps_body || !self.head.is_success()
    }

    fn is_shared(&self) -> bool {
        self.recall.is_on() && self.memory.borrow().is_shared()
    }

    fn sight(&self, end: BodyEnd) -> Sight {
        Sight {
            endpoint: self.asked.endpoint,
            status: self.head.status,
            end,
        }
    }

    /// The same of a body that is known.
    fn recalled_body(&mut self, raw: &[u8], end: BodyEnd) -> Option<Option<Value>> {
        if !self.is_shared() {
            return None;
        }
        let (shared, sight) = (Rc::clone(&self.memory), self.sight(end));
        let mut memory = shared.borrow_mut();
        let known = memory.of(self.asked.endpoint.protocol());
        known.recall_body(sight, raw, |value, lesson| {
            debug_assert_eq!(json::parse(raw).as_ref(), Ok(value));
            let body = Body {
                value: Ok(value),
                raw,
                end,
            };
            self.tally.lookout.add(&lesson.unknown);
            let (asked, head) = (&*self.asked, &self.head);
            let (gateway, own) = lesson.asks(&self.asked);
            self.gateway
                .recalled_body(&whole(asked, head, &body), gateway, &mut self.tally);
            self.reading
                .recalled_body(asked, head, &body, own, &mut self.tally);
            self.wants_body().then(|| value.clone())
        })
    }

    /// What can be learnt from a body that was read in full, and is clean.
    fn teach_body(&self, body: &Body<'_>) {
        let Some(value) = body.value.ok().filter(|_| self.is_shared()) else {
            return;
        };
        let (asked, head) = (&*self.asked, &self.head);
        let weights = &self.tally.weights;
        let mut memory = self.memory.borrow_mut();
        let known = memory.of(asked.endpoint.protocol());
        known.meet_body(self.sight(body.end), body.raw, value, |holes| {
            reads::watching(holes.iter().copied(), || {
                Some(BodyLesson {
                    asked: Request::of(&self.asked),
                    gateway: self
                        .gateway
                        .teach_body(&whole(asked, head, body), weights)?,
                    own: self.reading.teach_body(asked, head, body, weights)?,
                    unknown: self
                        .tally
                        .lookout
                        .alone_as(Document::of(head.status), value),
                })
            })
        });
    }
}

/// What the gateway's rules see of a body.
fn whole<'a>(asked: &'a Asked, head: &'a Head, body: &Body<'a>) -> Whole<'a, ()> {
    Whole {
        asked: Part::of(asked),
        head: Part::of(head),
        state: Part::of(&()),
        body: body.value,
        raw: Part::of(body.raw),
        end: body.end,
    }
}

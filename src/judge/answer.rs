//! The judge of one answer.

use std::rc::Rc;
use std::sync::Arc;

use crate::json::Value;

use super::families;
use super::family::Family;
use super::finding::{Finding, RuleSet};
use super::memory::{Memory, Recall, Shared};
use super::mode::{self, Mode};
use super::side::{Close, Reading, told_error};
use super::taker::{Eyes, Taker, has_too_many_values};
use super::tally::{Tally, Unkept};
use super::unknown::Unknowns;
use super::weights::Weights;
use crate::endpoint::{Endpoint, ProtocolId};
use crate::protocol::{Asked, BodyEnd, Facts, Head, Meaning};
use crate::rules::{Ended, Tail};
use crate::wire::sse::Sink;
use crate::wire::{json_array, json_lines};

/// Bytes of a whole body that are read; a longer one is not judged.
const MAX_BODY: usize = 16 << 20;
/// The same where the body holds pictures.
const MAX_PICTURES: usize = 64 << 20;
/// Bytes of a stream's end that are kept as evidence.
const KEPT_TAIL: usize = 256;

/// What a judgement rests on: what is not known as it came over the wire, no rule speaks about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Basis {
    /// Status and headers are those of the answer. False: assumed, and rules about them are silent.
    pub head: bool,
    /// The body is one JSON document a line, what was around them is lost.
    pub lines: bool,
    /// What rules weigh, and those that are not asked.
    pub weights: Weights,
    /// Rules that need to see one event of a form see each of them: for the proof that they need
    /// not.
    pub asks_again: bool,
    /// Every event is read, also one that repeats the one before but for its text: for the proof
    /// that it need not be.
    pub reads_all: bool,
}

impl Basis {
    /// All of it, as it came.
    pub const WIRE: Self = Self {
        head: true,
        lines: false,
        weights: Weights::CATALOGUE,
        asks_again: false,
        reads_all: false,
    };
}

/// Reads one answer. `head`, then `bytes` any number of times, then `end`.
pub struct Judge {
    pub(super) asked: Arc<Asked>,
    pub(super) head: Head,
    pub(super) reading: Box<dyn Reading>,
    pub(super) gateway: &'static Family<()>,
    mode: Mode,
    pub(super) tally: Tally,
    pub(super) memory: Shared,
    pub(super) recall: Recall,
    bytes: u64,
    frames: u32,
    unclosed: bool,
    tail: Vec<u8>,
    oversized: bool,
    /// A whole body is handed out when all is over.
    pub(super) keeps_body: bool,
}

/// What a piece of body brought.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Progress {
    /// Events in it, of any kind.
    pub events: u32,
    /// Events that carry generated payload.
    pub tokens: u32,
    pub visible: bool,
    pub terminal: bool,
}

/// Everything there is to say of an answer.
#[derive(Debug, PartialEq)]
pub struct Judgement {
    pub findings: Vec<Finding>,
    /// Findings beyond those kept.
    pub unkept: Unkept,
    /// Rules that spoke, whatever they said.
    pub spoke: RuleSet,
    pub facts: Facts,
    pub bytes: u64,
    pub frames: u32,
    /// The body, or an event of it, was longer than is read and has not been judged.
    pub oversized: bool,
    /// A whole body that was read, when it is JSON and whoever asked wants it.
    pub body: Option<Value>,
    /// What no known shape names; no fault.
    pub unknown: Unknowns,
}

impl Judge {
    pub fn new(asked: Arc<Asked>, head: Head) -> Self {
        Self::on(Basis::WIRE, asked, head)
    }

    /// For answers that were kept, of which something may be lost.
    pub fn on(basis: Basis, asked: Arc<Asked>, head: Head) -> Self {
        Self::knowing(&Memory::alone(), basis, asked, head)
    }

    /// The same, by what a thread's earlier answers have shown. What is said does not depend on it.
    pub fn knowing(memory: &Shared, basis: Basis, asked: Arc<Asked>, head: Head) -> Self {
        let reading = families::reading(asked.endpoint.protocol());
        let mut mode = mode::of(&asked, &head);
        if basis.lines && matches!(mode, Mode::Stream(_)) {
            mode = Mode::Lines(json_lines::Reader::new());
        }
        let gateway = families::gateway();
        let tally = Tally::on(&basis, asked.endpoint.protocol());
        // One that is asked for each form again must see each event.
        let reads_all = basis.reads_all || basis.asks_again;
        let number = memory
            .borrow_mut()
            .begin(asked.endpoint.protocol(), &basis.weights)
            .filter(|_| !reads_all);
        let recall = number.map_or_else(Recall::default, |number| {
            Recall::of(number, reading.repeats())
        });
        let mut judge = Self {
            asked,
            head,
            reading,
            gateway,
            mode,
            tally,
            memory: Rc::clone(memory),
            recall,
            bytes: 0,
            frames: 0,
            unclosed: false,
            tail: Vec::new(),
            oversized: false,
            keeps_body: true,
        };
        if basis.head {
            judge.see_head();
        }
        judge
    }

    /// Whether a whole body that is a success is looked at when all is over.
    pub fn keeping_body(self, keeps_body: bool) -> Self {
        Self { keeps_body, ..self }
    }

    pub fn head(&self) -> &Head {
        &self.head
    }

    /// Takes the next piece of the body, content encoding undone.
    pub fn bytes(&mut self, bytes: &[u8]) -> Progress {
        self.bytes += bytes.len() as u64;
        let mut progress = Progress::default();
        let shared = Rc::clone(&self.memory);
        let mut memory = shared.borrow_mut();
        let (mode, mut taker) = self.taker(&mut memory, &mut progress);
        match mode {
            Mode::Stream(reader) => reader.push_to(&mut taker, bytes),
            Mode::Array(reader) => reader.push(bytes, &mut |frame| taker.take(frame)),
            Mode::Lines(reader) => reader.push(bytes, &mut |frame| taker.take(frame)),
            Mode::Body(body) if body.len() + bytes.len() > longest(taker.eyes.asked.endpoint) => {
                *taker.oversized = true;
                *body = Vec::new();
            }
            Mode::Body(body) if !*taker.oversized => body.extend_from_slice(bytes),
            Mode::Body(_) | Mode::Skip => {}
        }
        if matches!(mode, Mode::Stream(_) | Mode::Array(_) | Mode::Lines(_)) {
            keep_tail(&mut self.tail, bytes);
        }
        progress
    }

    /// What takes frames, beside what makes them.
    fn taker<'a>(
        &'a mut self,
        memory: &'a mut Memory,
        progress: &'a mut Progress,
    ) -> (&'a mut Mode, Taker<'a>) {
        let taker = Taker {
            known: memory.of(self.asked.endpoint.protocol()),
            eyes: Eyes {
                asked: &self.asked,
                head: &self.head,
                reading: self.reading.as_mut(),
                tally: &mut self.tally,
            },
            recall: &mut self.recall,
            frames: &mut self.frames,
            unclosed: &mut self.unclosed,
            oversized: &mut self.oversized,
            progress,
        };
        (&mut self.mode, taker)
    }

    /// The body is over. Leftovers may still hold an event, hence the progress.
    pub fn end(self, end: BodyEnd) -> (Progress, Judgement) {
        let (progress, judgement, _) = self.end_with_head(end);
        (progress, judgement)
    }

    /// The same, and gives the answer's head back.
    pub fn end_with_head(mut self, end: BodyEnd) -> (Progress, Judgement, Head) {
        let mut progress = Progress::default();
        let mut tail = Tail {
            bytes: self.bytes,
            ..Tail::default()
        };
        let shared = Rc::clone(&self.memory);
        let mut memory = shared.borrow_mut();
        let (mode, mut taker) = self.taker(&mut memory, &mut progress);
        let body = match mode {
            Mode::Stream(reader) => {
                reader.finish_to(&mut taker);
                None
            }
            Mode::Lines(reader) => {
                reader.finish(&mut |frame| taker.take(frame));
                None
            }
            Mode::Array(reader) => {
                reader.finish();
                tail.array = reader.fault();
                *taker.oversized |= tail.array == Some(json_array::ArrayFault::Oversized);
                *taker.unclosed |= !reader.is_closed();
                None
            }
            Mode::Body(body) => Some(std::mem::take(body)),
            Mode::Skip => None,
        };
        drop(memory);
        tail.frames = self.frames;
        tail.unclosed = self.unclosed;
        tail.oversized = self.oversized;
        let value = self.close(body, tail, end);
        let (judgement, head) = self.judgement(value);
        (progress, judgement, head)
    }

    /// Judges a whole body, or the end of a stream.
    fn close(&mut self, body: Option<Vec<u8>>, tail: Tail, end: BodyEnd) -> Option<Value> {
        self.oversized |= body.as_deref().is_some_and(has_too_many_values);
        if let Some(raw) = body {
            if self.oversized {
                let oversized = true;
                self.end_for_all(Tail { oversized, ..tail }, end);
                return None;
            }
            return self.whole_body(&raw, end);
        }
        let close = Close {
            end,
            tail,
            last: &self.tail,
        };
        if !matches!(self.mode, Mode::Skip) {
            self.reading
                .end(&self.asked, &self.head, &close, &mut self.tally);
            self.end_for_all(tail, end);
        }
        None
    }

    /// What rules of every protocol say of the end.
    fn end_for_all(&mut self, tail: Tail, end: BodyEnd) {
        let ended = Ended {
            asked: &self.asked,
            head: &self.head,
            state: &(),
            end,
            tail,
        };
        self.gateway.end(&ended, &self.tail, &mut self.tally);
    }

    fn judgement(self, body: Option<Value>) -> (Judgement, Head) {
        let mut facts = self.reading.facts();
        if self.head.status >= 400 {
            facts.error = facts.error.or_else(|| body.as_ref().and_then(told_error));
        }
        let judgement = Judgement {
            findings: self.tally.findings,
            unkept: self.tally.unkept,
            spoke: self.tally.spoke,
            facts,
            bytes: self.bytes,
            frames: self.frames,
            oversized: self.oversized,
            body,
            unknown: self.tally.lookout.found(),
        };
        (judgement, self.head)
    }
}

impl Progress {
    pub(super) fn add(&mut self, meaning: Meaning) {
        self.events += 1;
        self.tokens += u32::from(meaning.token);
        self.visible |= meaning.visible;
        self.terminal |= meaning.terminal;
    }
}

fn longest(endpoint: Endpoint) -> usize {
    if endpoint.protocol() == ProtocolId::OpenaiImages {
        MAX_PICTURES
    } else {
        MAX_BODY
    }
}

fn keep_tail(tail: &mut Vec<u8>, bytes: &[u8]) {
    tail.extend_from_slice(&bytes[bytes.len().saturating_sub(KEPT_TAIL)..]);
    let excess = tail.len().saturating_sub(KEPT_TAIL);
    tail.drain(..excess);
}

#[cfg(test)]
impl Judgement {
    /// Nothing found, nothing read.
    pub(crate) fn example() -> Self {
        Self {
            findings: Vec::new(),
            unkept: Unkept::default(),
            spoke: RuleSet::default(),
            facts: Facts::default(),
            bytes: 0,
            frames: 0,
            oversized: false,
            body: None,
            unknown: Unknowns::default(),
        }
    }
}

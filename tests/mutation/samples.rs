//! The valid answers that are edited.

use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::rc::Rc;
use std::sync::Arc;

use spikeproof::endpoint::{Endpoint, ProtocolId};
use spikeproof::judge::{Basis, Judge, Judgement, Memory, Progress, Shared, Unkept};
use spikeproof::protocol::{Asked, BodyEnd, Delivery, Head};
use spikeproof::wire::frame::Frame as Cut;
use spikeproof::wire::{json_array, sse};

use crate::play::{Answer, call, replica};
use crate::recordings::{Recording, entries, recording};
use crate::settings::{others, protocol, text};

/// Seeds of the replica that answers are taken from.
const SEEDS: u64 = 3;
/// Longer recordings cost much and show little more.
const LONGEST: usize = 12_000;
/// Recordings of each protocol.
const RECORDINGS: usize = 60;

/// How a body is cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Form {
    Sse,
    Array,
    Whole,
}

/// A frame's data with what lies around it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Frame {
    pub(crate) before: Vec<u8>,
    pub(crate) data: Vec<u8>,
    pub(crate) after: Vec<u8>,
}

/// A valid answer.
pub(crate) struct Sample {
    pub(crate) name: String,
    pub(crate) protocol: ProtocolId,
    pub(crate) form: Form,
    pub(crate) asked: Arc<Asked>,
    pub(crate) head: Head,
    pub(crate) frames: Vec<Frame>,
    pub(crate) tail: Vec<u8>,
}

impl Sample {
    fn of(name: String, asked: Asked, head: Head, body: &[u8]) -> Self {
        let is_stream = head.is_success();
        let form = match asked.delivery {
            Delivery::Sse if is_stream => Form::Sse,
            Delivery::Array if is_stream => Form::Array,
            Delivery::Sse | Delivery::Array | Delivery::Unary => Form::Whole,
        };
        let (frames, tail) = cut(form, body);
        let sample = Self {
            name,
            protocol: asked.endpoint.protocol(),
            form,
            asked: Arc::new(asked),
            head,
            frames,
            tail,
        };
        assert_eq!(sample.written(&sample.frames), body, "{}", sample.name);
        sample
    }

    /// The body that frames make.
    pub(crate) fn written(&self, frames: &[Frame]) -> Vec<u8> {
        let mut body = Vec::new();
        for (place, frame) in frames.iter().enumerate() {
            // What stands before an element of an array belongs to its place.
            let before = match (self.form, self.frames.get(place)) {
                (Form::Array, Some(here)) => here.before.as_slice(),
                (Form::Array, None) => b",\r\n".as_slice(),
                (Form::Sse | Form::Whole, _) => frame.before.as_slice(),
            };
            body.extend_from_slice(before);
            body.extend_from_slice(&frame.data);
            body.extend_from_slice(&frame.after);
        }
        body.extend_from_slice(&self.tail);
        body
    }

    /// Ids of the rules that a body breaks, when it comes in pieces of that length.
    pub(crate) fn broken_by(&self, body: &[u8], piece: usize) -> Vec<&'static str> {
        let again = Basis {
            asks_again: true,
            ..Basis::WIRE
        };
        let all = Basis {
            reads_all: true,
            ..Basis::WIRE
        };
        let (told, once) = self.judged(body, piece, Basis::WIRE);
        let (_, again) = self.judged(body, piece, again);
        // Events that are known at sight are judged as if they were read.
        let (read, all) = self.judged(body, piece, all);
        let is_same = told == read && once == all;
        assert!(is_same, "{}", String::from_utf8_lossy(body));
        let ids = |judgement: &Judgement| {
            let findings = judgement.findings.iter();
            findings.map(|finding| finding.rule.id).collect::<Vec<_>>()
        };
        let rules = |judgement: &Judgement| ids(judgement).into_iter().collect::<BTreeSet<_>>();
        // A rule that looks at each form once finds what it would find at each event.
        if again.unkept == Unkept::default() {
            assert_eq!(
                rules(&once),
                rules(&again),
                "{}",
                String::from_utf8_lossy(body)
            );
        }
        ids(&once)
    }

    /// With the progress that each piece made.
    fn judged(&self, body: &[u8], piece: usize, basis: Basis) -> (Vec<Progress>, Judgement) {
        // What a thread has learnt of other edits of the same answer must not matter.
        let memory = MEMORIES.with_borrow_mut(|memories| {
            let own = memories.entry(Arc::as_ptr(&self.asked) as usize);
            Rc::clone(own.or_insert_with(Memory::shared))
        });
        let mut judge = Judge::knowing(&memory, basis, Arc::clone(&self.asked), self.head.clone());
        let pieces = body.chunks(piece);
        let mut made: Vec<_> = pieces.map(|piece| judge.bytes(piece)).collect();
        let (last, judgement) = judge.end(BodyEnd::Clean);
        made.push(last);
        (made, judgement)
    }
}

thread_local! {
    /// By the request that was asked.
    static MEMORIES: RefCell<HashMap<usize, Shared>> = RefCell::default();
}

/// Cuts a body into frames; what is left over comes last.
fn cut(form: Form, body: &[u8]) -> (Vec<Frame>, Vec<u8>) {
    let mut frames: Vec<Frame> = Vec::new();
    let mut at = 0;
    let mut take = |cut: &Cut<'_>| {
        let within = position(cut.raw, &cut.data).unwrap_or(cut.raw.len());
        let end = within + cut.data.len().min(cut.raw.len() - within);
        frames.push(Frame {
            before: cut.raw[..within].to_vec(),
            data: cut.raw[within..end].to_vec(),
            after: cut.raw[end..].to_vec(),
        });
        at += cut.raw.len();
    };
    match form {
        Form::Sse => {
            let mut reader = sse::Reader::new();
            reader.push(body, &mut take);
            reader.finish(&mut take);
        }
        Form::Array => json_array::Reader::new().push(body, &mut take),
        Form::Whole => take(&Cut {
            index: 0,
            offset: 0,
            raw: body,
            name: None,
            data: body.into(),
            lines: spikeproof::wire::frame::Lines::default(),
        }),
    }
    (frames, body[at..].to_vec())
}

fn position(whole: &[u8], part: &[u8]) -> Option<usize> {
    let mut starts = 0..=whole.len().saturating_sub(part.len());
    (!part.is_empty() && part.len() <= whole.len())
        .then(|| starts.find(|start| whole[*start..].starts_with(part)))
        .flatten()
}

/// Every kind of answer that the replica gives, and recordings where they are.
pub(crate) fn all() -> Vec<Sample> {
    let mut samples = Vec::new();
    for seed in 0..SEEDS {
        for template in text().iter().chain(&others()) {
            if protocol(template) == ProtocolId::Management {
                continue;
            }
            for (place, answer) in call(&replica(seed, None), template, seed)
                .into_iter()
                .enumerate()
            {
                samples.extend(of_replica(&template.name, seed, place, answer));
            }
        }
    }
    samples.extend(recorded());
    samples
}

fn of_replica(name: &str, seed: u64, place: usize, answer: Answer) -> Option<Sample> {
    let name = format!("{name} seed {seed} answer {place} {:?}", answer.step);
    assert!(answer.judgement.findings.is_empty(), "{name}");
    assert!(!answer.is_unexpected, "{name}");
    let is_judged = !matches!(answer.asked.endpoint, Endpoint::Asset);
    let is_fit = is_judged && !answer.body.is_empty() && answer.body.len() < 4 * LONGEST;
    is_fit.then(|| Sample::of(name, answer.asked, answer.head, &answer.body))
}

fn recorded() -> Vec<Sample> {
    let routes = [
        ("anthropic-messages", Endpoint::Messages),
        ("openai-chat", Endpoint::ChatCompletions),
        ("openai-responses", Endpoint::Responses),
        ("gemini", Endpoint::StreamGenerateContent),
    ];
    let mut samples = Vec::new();
    for (protocol, endpoint) in routes {
        let entries = entries(&[protocol]).unwrap_or_default();
        let exact = entries
            .iter()
            .filter(|entry| entry["byte_exact"] == "true" && entry["complete"] == "yes");
        let mut seen = HashSet::new();
        let mut fit = Vec::new();
        for entry in exact {
            let delivery = match entry["path"].rsplit_once('.').map(|(_, last)| last) {
                Some("sse") => Delivery::Sse,
                Some("array") => Delivery::Array,
                _ => continue,
            };
            // One of a kind: what it shows, by model.
            if fit.len() >= RECORDINGS
                || !seen.insert((entry["model"].as_str(), entry["features"].as_str()))
            {
                continue;
            }
            let Recording { asked, head, body } = recording(entry, endpoint, delivery);
            if body.len() > LONGEST || head.status != 200 {
                continue;
            }
            let sample = Sample::of(format!("{protocol} {}", entry["id"]), asked, head, &body);
            if sample.broken_by(&body, body.len().max(1)).is_empty() {
                fit.push(sample);
            }
        }
        samples.extend(fit);
    }
    samples
}

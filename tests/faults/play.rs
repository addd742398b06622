//! Plays whole calls against the replica's engine, on a clock that only moves when told to, and
//! judges every answer as the driver would.

use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use spikeproof::judge::{Basis, Judge, Judgement, Memory, Shared};
use spikeproof::protocol::conversation::{Answered, Outgoing};
use spikeproof::protocol::step::Step;
use spikeproof::protocol::{Asked, BodyEnd, Delivery, Draft, Head, calls};
use spikeproof::scenario::Template;
use spikeproof_mock::script::Step as Written;
use spikeproof_mock::{Config, Engine, Fault, FaultSetting};

use crate::bodies::completed;
use crate::incoming::incoming;

/// 2026-05-25T14:00:00Z.
const START: Duration = Duration::from_secs(1_779_717_600);
const BASE: &str = "http://127.0.0.1";

/// One answer of a call.
pub(crate) struct Answer {
    pub(crate) step: Step,
    pub(crate) asked: Asked,
    pub(crate) head: Head,
    pub(crate) body: Vec<u8>,
    pub(crate) judgement: Judgement,
    /// Ends as nobody asked for, whatever the rules say.
    pub(crate) is_unexpected: bool,
}

/// A replica of that seed, healthy or with one fault that always strikes.
pub(crate) fn replica(seed: u64, fault: Option<Fault>) -> Arc<Engine> {
    let always = |fault| FaultSetting {
        fault,
        probability: 1.0,
    };
    replica_of(Config {
        seed,
        output_tokens: Some(12 + seed % 20),
        faults: fault.map(always).into_iter().collect(),
        ..Config::default()
    })
}

pub(crate) fn replica_of(config: Config) -> Arc<Engine> {
    let engine = Engine::new(config);
    engine.set_base_url(BASE);
    engine.set_clock(START);
    engine
}

/// A call from its first request to its last answer.
pub(crate) fn call(engine: &Engine, template: &Template, seed: u64) -> Vec<Answer> {
    let mut conversation = calls::conversation(template, seed);
    let mut next = Some(conversation.first());
    let mut answers = Vec::new();
    while let Some(mut outgoing) = next {
        outgoing.draft = completed(&template.name, outgoing.draft);
        engine.advance(outgoing.after);
        let (head, body, end) = sent(engine, &outgoing.draft);
        let answer = judged(&outgoing, &head, body, end, seed);
        let (facts, read) = (&answer.judgement.facts, answer.judgement.body.as_ref());
        let answered = Answered {
            step: outgoing.step,
            head: &head,
            facts,
            body: read,
            said: None,
        };
        next = (end == BodyEnd::Clean)
            .then(|| conversation.next(&answered))
            .flatten();
        answers.push(answer);
        assert!(answers.len() < 1000, "`{}` has no end", template.name);
    }
    answers
}

thread_local! {
    static MEMORY: Shared = Memory::shared();
}

fn judged(outgoing: &Outgoing, head: &Head, body: Vec<u8>, end: BodyEnd, seed: u64) -> Answer {
    let asked = Asked {
        gateway: true,
        ..Asked::clone(&outgoing.draft.asked)
    };
    let delivery = asked.delivery;
    // What earlier answers have shown must not matter.
    let memory = MEMORY.with(Rc::clone);
    let mut judge = Judge::knowing(&memory, Basis::WIRE, Arc::new(asked.clone()), head.clone());
    // A network cuts a body anywhere.
    let piece = usize::try_from(seed % 97).expect("it is small") + 1;
    for bytes in body.chunks(piece) {
        judge.bytes(bytes);
    }
    let (_, judgement) = judge.end(end);
    let facts = &judgement.facts;
    let is_broken_off = head.is_success()
        && (facts.error.is_some() || (delivery != Delivery::Unary && !facts.complete));
    let is_unexpected =
        end != BodyEnd::Clean || !outgoing.expected.contains(&head.status) || is_broken_off;
    Answer {
        step: outgoing.step,
        asked,
        head: head.clone(),
        body,
        judgement,
        is_unexpected,
    }
}

/// The script of the answer, played to its end in no time.
fn sent(engine: &Engine, draft: &Draft) -> (Head, Vec<u8>, BodyEnd) {
    let answered = engine.answer(&incoming(BASE, engine.key(), draft));
    let mut headers = answered.script.headers;
    let mut steps = std::collections::VecDeque::from(answered.script.steps);
    let (mut body, mut end, mut has_head) = (Vec::new(), BodyEnd::Clean, false);
    while let Some(step) = steps.pop_front() {
        if !has_head && !step.is_lead_in() {
            engine.head(&answered.call, &mut headers);
            has_head = true;
        }
        match step {
            Written::Wait(wait) | Written::Work(wait) => engine.advance(wait),
            Written::Head | Written::Slot => {}
            Written::Frame(frame) => body.extend_from_slice(&frame.bytes),
            Written::Settle => engine.settle(&answered.call),
            Written::Continue => steps.extend(engine.proceed(&answered.call)),
            Written::Stall => {
                end = BodyEnd::Left;
                break;
            }
            Written::Reset | Written::Close => {
                end = BodyEnd::Broken;
                break;
            }
        }
    }
    engine.finish(&answered.call);
    let status = answered.script.status;
    (Head::new(status, headers), body, end)
}

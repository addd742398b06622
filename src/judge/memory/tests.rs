//! The proof that what is not asked of a repetition could not have said anything else.
//!
//! A rule is a function of what was asked, the head, the event and the state before it. Of a
//! repetition all that differs is what stands in its holes and what flows through the state; so it
//! is enough that no rule reads any of that unless it is asked of each event, and that a repetition
//! changes nothing of the state but what flows. Here both are watched, read by read, over streams
//! of the replica; that the findings are the same is tried over recordings and mutants
//! (`tests/corpus`, `tests/mutation`, and `mutants.rs` for faults amid repetitions).

use std::sync::Arc;

use super::streams::{Stream, streams};
use super::{Kin, Knowledge, Recall, Request};
use crate::endpoint::Endpoint;
use crate::judge::answer::Basis;
use crate::judge::families;
use crate::judge::family::Family;
use crate::judge::taker::payload;
use crate::judge::tally::Tally;
use crate::protocol::shape::Document;
use crate::protocol::{self, Delivery, Event};
use crate::reads::{self, Parts};
use crate::rules::Transition;
use crate::wire::frame::Frame;
use crate::wire::sse;

/// What there is to say against not asking every rule of a repetition.
pub(in crate::judge) fn prove<S>(
    family: &Family<S>,
    transition: &Transition<'_, S>,
) -> Vec<String> {
    let event = transition.event;
    // The bytes and the place of an event may not matter either.
    let elsewhere = Frame {
        index: event.frame().index + 1,
        offset: event.frame().offset + 7,
        raw: b"data: \"\\ud800\"\t}",
        data: b"\"\\ud800\"\t}".as_slice().into(),
        ..event.frame().clone()
    };
    let value = event.json().cloned().unwrap_or_default();
    let moved = Event::again(&elsewhere, value, event.kind(), false);
    let mut faults = Vec::new();
    for ((_, rule, check), _) in family.on_events().filter(|(_, is_asked)| !is_asked) {
        let (verdict, read) = reads::of(|| check(transition));
        if read.has(Parts::FLOW | Parts::VALUE) {
            faults.push(format!("{} reads what a repetition changes", rule.id));
        }
        let moved = Transition {
            event: &moved,
            ..*transition
        };
        if check(&moved) != verdict {
            faults.push(format!("{} reads the bytes of an event", rule.id));
        }
    }
    faults
}

/// What there is to say against taking the repetitions of a stream as such, and how many it has.
fn faults(stream: &Stream) -> (Vec<String>, u32) {
    let asked = stream.asked();
    let id = stream.endpoint.protocol();
    let mut reading = families::reading(id);
    let mut recall = Recall::of(1, reading.repeats());
    let mut known = Knowledge::default();
    let mut tally = Tally::on(&Basis::WIRE, id);
    let (mut faults, mut count) = (Vec::new(), 0);
    let mut take = |frame: &Frame<'_>| {
        let mut event = Event::new(frame, payload(frame));
        let json = event.json();
        event.known_form = json.and_then(|json| tally.lookout.look(Document::Event, json));
        event.is_new_form = event.known_form.is_none();
        if let Some(stencil) = recall.repetition(&mut known, frame.raw) {
            count += 1;
            let json = event.json().expect("a stencil is JSON");
            assert_eq!(stencil.value(), json, "read otherwise than it was parsed");
            assert!(!event.is_new_form, "a repetition of another form: {json}");
            let holes = stencil.ways_within();
            let holes = holes.filter_map(|(way, is_noise)| Some((json.at(way)?, is_noise)));
            let prove = || reading.prove(&asked, &stream.head, &event, &mut tally);
            faults.extend(reads::watching(holes, prove));
            return;
        }
        let met = recall.meet(&mut known, &event);
        reading.event(&asked, &stream.head, &event, &mut tally);
        recall.met(&mut known, met, &event, true, None);
    };
    let mut reader = sse::Reader::new();
    reader.push(&stream.body, &mut take);
    reader.finish(&mut take);
    let found = tally.findings.iter().map(|finding| finding.rule.id);
    assert_eq!(found.collect::<Vec<_>>(), [""; 0], "{}", stream.request);
    (faults, count)
}

#[test]
fn what_a_repetition_is_not_asked_rests_on_nothing_that_it_changes() {
    let mut all = Vec::new();
    let mut counts = std::collections::BTreeMap::new();
    for stream in streams(5) {
        let (faults, count) = faults(&stream);
        *counts.entry(stream.endpoint.path()).or_insert(0) += count;
        all.extend(faults);
    }
    assert!(counts.values().all(|count| *count > 40), "{counts:?}");
    all.sort();
    all.dedup();
    assert!(
        all.is_empty(),
        "{counts:?} {}\n{}",
        all.len(),
        all.join("\n")
    );
}

#[test]
fn a_request_is_known_again_itself_or_with_another_body() {
    let asked = |model: &str, prompt: &str| {
        let body = serde_json::json!({"model": model, "messages": prompt});
        let asked = protocol::asked(
            Endpoint::ChatCompletions,
            Delivery::Unary,
            Some(body.into()),
        );
        Arc::new(asked)
    };
    let first = asked("a", "one");
    let known = Request::of(&first);
    assert_eq!(known.kin(&first), Kin::Same);
    assert_eq!(known.kin(&asked("a", "one")), Kin::Alike);
    assert_eq!(known.kin(&asked("a", "two")), Kin::Alike);
    assert_eq!(known.kin(&asked("b", "one")), Kin::Other);
    // Its place is nobody else's, also when it is gone.
    drop(first);
    for number in 0..100 {
        let later = asked("a", &number.to_string());
        assert_eq!(known.kin(&later), Kin::Alike);
    }
}

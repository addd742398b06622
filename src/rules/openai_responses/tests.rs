//! What becomes of conforming streams when single events are lost, doubled, swapped or cut off.

use std::sync::Arc;

use proptest::prelude::*;

use super::sample::{ANNOTATED, CALL, FAILED, INCOMPLETE, REASONING, TEXT};
use crate::endpoint::Endpoint;
use crate::judge::{Judge, Judgement};
use crate::protocol::{self, BodyEnd, Delivery, Head};
use crate::rules::Sample;

const STREAMS: [&Sample; 6] = [&TEXT, &CALL, &REASONING, &INCOMPLETE, &FAILED, &ANNOTATED];

fn judge(request: &str, body: &[u8]) -> Judgement {
    let request =
        (!request.is_empty()).then(|| crate::json::parse(request.as_bytes()).expect("JSON"));
    let asked = protocol::asked(Endpoint::Responses, Delivery::Sse, request);
    let head = Head {
        status: 200,
        headers: vec![("content-type".into(), "text/event-stream".into())],
    };
    let mut judge = Judge::new(Arc::new(asked), head);
    judge.bytes(body);
    judge.end(BodyEnd::Clean).1
}

fn text_of(sample: &Sample) -> (&'static str, &'static str) {
    match sample {
        Sample::Answer { request, body, .. } => (request, body),
        Sample::History(_) => unreachable!("no money here"),
    }
}

fn records(body: &str) -> Vec<String> {
    let records = body.split_inclusive("\n\n");
    records.map(str::to_owned).collect()
}

fn broken(request: &str, records: &[String]) -> Vec<&'static str> {
    let judgement = judge(request, records.concat().as_bytes());
    judgement.findings.iter().map(|f| f.rule.id).collect()
}

/// Gives the events of a stream their numbers anew, so that only the edit itself can be noticed.
fn renumbered(records: &[String]) -> Vec<String> {
    let mut number = 0;
    let records = records.iter().map(|record| {
        let Some((before, after)) = record.split_once("\"sequence_number\":") else {
            return record.clone();
        };
        let rest = after.trim_start_matches(|c: char| c.is_ascii_digit());
        let record = format!("{before}\"sequence_number\":{number}{rest}");
        number += 1;
        record
    });
    records.collect()
}

#[test]
fn a_stream_cut_anywhere_is_noticed() {
    for sample in STREAMS {
        let (request, body) = text_of(sample);
        let findings = |end: usize| judge(request, &body.as_bytes()[..end]).findings;
        for end in 0..body.len() {
            assert!(!findings(end).is_empty(), "cut at {end} of {body}");
        }
        assert!(findings(body.len()).is_empty());
    }
}

#[test]
fn a_lost_doubled_or_swapped_event_is_noticed() {
    for sample in STREAMS {
        let (request, body) = text_of(sample);
        let healthy = records(body);
        for at in 0..healthy.len() {
            let mut lost = healthy.clone();
            lost.remove(at);
            assert!(!broken(request, &lost).is_empty(), "{} lost", healthy[at]);
            let mut doubled = healthy.clone();
            doubled.insert(at, healthy[at].clone());
            assert!(
                !broken(request, &doubled).is_empty(),
                "{} doubled",
                healthy[at]
            );
            if at + 1 < healthy.len() {
                let mut swapped = healthy.clone();
                swapped.swap(at, at + 1);
                assert!(
                    !broken(request, &swapped).is_empty(),
                    "{} swapped",
                    healthy[at]
                );
            }
        }
    }
}

#[test]
fn a_lost_or_doubled_event_is_noticed_though_the_numbers_hide_it() {
    for sample in STREAMS {
        let (request, body) = text_of(sample);
        let healthy = records(body);
        for at in 0..healthy.len() {
            let mut lost = healthy.clone();
            lost.remove(at);
            let lost = renumbered(&lost);
            // A failure may come before work begins, and without an error event before it.
            let is_optional = body.contains("event: response.failed")
                && (healthy[at].contains("event: error")
                    || healthy[at].contains("event: response.in_progress"));
            if !is_optional {
                assert!(!broken(request, &lost).is_empty(), "{} lost", healthy[at]);
            }
            let mut doubled = healthy.clone();
            doubled.insert(at, healthy[at].clone());
            let doubled = renumbered(&doubled);
            assert!(
                !broken(request, &doubled).is_empty(),
                "{} doubled",
                healthy[at]
            );
        }
    }
}

#[test]
fn a_stream_without_event_lines_is_one_finding() {
    let (request, body) = text_of(&TEXT);
    let lines = body
        .split_inclusive('\n')
        .filter(|line| !line.starts_with("event:"));
    let body: String = lines.collect();
    let judgement = judge(request, body.as_bytes());
    let broken: Vec<_> = judgement.findings.iter().map(|f| f.rule.id).collect();
    assert_eq!(broken, ["OAR-006"]);
}

#[test]
fn facts_tell_tokens_the_reason_and_the_failure() {
    let (request, body) = text_of(&INCOMPLETE);
    let facts = judge(request, body.as_bytes()).facts;
    let usage = facts.usage.expect("counts");
    assert_eq!((usage.input, usage.output, usage.cached), (9, 2, 0));
    assert_eq!(facts.stop.as_deref(), Some("max_output_tokens"));
    assert!(facts.complete);
    let (request, body) = text_of(&FAILED);
    let facts = judge(request, body.as_bytes()).facts;
    let error = facts.error.expect("a failure");
    assert_eq!(error, ("server_error".to_owned(), "Overloaded.".to_owned()));
}

fn members() -> impl Strategy<Value = String> {
    let values = prop::sample::select(vec![
        "0",
        "1",
        "7",
        "-1",
        "0.5",
        "1e400",
        "null",
        "true",
        "\"\"",
        "\"msg_1\"",
        "\"completed\"",
        "[]",
        "{}",
        "[null]",
        "{\"id\":\"msg_1\",\"type\":\"message\"}",
        "{\"type\":\"output_text\",\"text\":5}",
        "18446744073709551615",
    ]);
    let keys = prop::sample::select(vec![
        "sequence_number",
        "output_index",
        "content_index",
        "summary_index",
        "item_id",
        "item",
        "part",
        "delta",
        "text",
        "arguments",
        "response",
        "error",
        "annotation_index",
    ]);
    prop::collection::vec((keys, values), 0..6).prop_map(|members| {
        let members = members
            .iter()
            .map(|(key, value)| format!(",\"{key}\":{value}"));
        members.collect()
    })
}

fn event() -> impl Strategy<Value = String> {
    let kinds = prop::sample::select(vec![
        "response.created",
        "response.in_progress",
        "response.queued",
        "response.completed",
        "response.incomplete",
        "response.failed",
        "response.output_item.added",
        "response.output_item.done",
        "response.content_part.added",
        "response.content_part.done",
        "response.output_text.delta",
        "response.output_text.done",
        "response.refusal.delta",
        "response.function_call_arguments.delta",
        "response.function_call_arguments.done",
        "response.reasoning_summary_part.added",
        "response.reasoning_summary_part.done",
        "response.reasoning_summary_text.delta",
        "response.output_text.annotation.added",
        "error",
        "keepalive",
        "acme:x",
    ]);
    (kinds, members()).prop_map(|(kind, members)| {
        format!("event: {kind}\ndata: {{\"type\":\"{kind}\"{members}}}\n\n")
    })
}

proptest! {
    #[test]
    fn no_sequence_of_events_panics(events in prop::collection::vec(event(), 0..20)) {
        judge("", events.concat().as_bytes());
    }

    #[test]
    fn edits_of_a_stream_do_not_panic(
        which in 0..STREAMS.len(), at in 0usize..4000, byte in any::<u8>(),
    ) {
        let (request, body) = text_of(STREAMS[which]);
        let mut body = body.as_bytes().to_vec();
        let at = at % body.len();
        body[at] = byte;
        judge(request, &body);
    }
}

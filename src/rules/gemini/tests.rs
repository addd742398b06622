//! What becomes of conforming streams when single chunks are lost, doubled, swapped or cut off.

use std::sync::Arc;

use proptest::prelude::*;

use super::sample::{ARRAY, BLOCKED, CALL, FAILED, LIMITED, TEXT, THOUGHT};
use crate::endpoint::Endpoint;
use crate::judge::{Judge, Judgement};
use crate::protocol::{self, BodyEnd, Delivery, Head};
use crate::rules::Sample;

const STREAMS: [&Sample; 6] = [&TEXT, &CALL, &THOUGHT, &LIMITED, &BLOCKED, &FAILED];

fn judge(request: &str, delivery: Delivery, body: &[u8]) -> Judgement {
    let request =
        (!request.is_empty()).then(|| crate::json::parse(request.as_bytes()).expect("JSON"));
    let asked = protocol::asked(Endpoint::StreamGenerateContent, delivery, request);
    let label = match delivery {
        Delivery::Sse => "text/event-stream",
        Delivery::Unary | Delivery::Array => "application/json",
    };
    let head = Head {
        status: 200,
        headers: vec![("content-type".into(), label.into())],
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

fn broken(request: &str, chunks: &[&str]) -> Vec<&'static str> {
    let judgement = judge(request, Delivery::Sse, chunks.concat().as_bytes());
    judgement.findings.iter().map(|f| f.rule.id).collect()
}

#[test]
fn a_stream_cut_anywhere_is_noticed() {
    for sample in STREAMS {
        let (request, body) = text_of(sample);
        let findings = |end: usize| judge(request, Delivery::Sse, &body.as_bytes()[..end]).findings;
        // The very last line feed adds nothing: the carriage return before it ends the line.
        for end in 0..body.len() - 1 {
            assert!(!findings(end).is_empty(), "cut at {end} of {body}");
        }
        assert!(findings(body.len()).is_empty());
    }
}

#[test]
fn an_array_cut_anywhere_is_noticed() {
    let (_, body) = text_of(&ARRAY);
    for end in 0..body.len() {
        let findings = judge("", Delivery::Array, &body.as_bytes()[..end]).findings;
        assert!(!findings.is_empty(), "cut at {end}");
    }
}

/// A chunk of text that is lost, or one that is doubled, leaves a stream like any other: texts are
/// only what is new and counts may stand still. What can be noticed is the end, a call and order.
#[test]
fn a_lost_end_and_a_doubled_call_or_end_and_swapped_chunks_are_noticed() {
    for sample in STREAMS {
        let (request, body) = text_of(sample);
        let healthy: Vec<_> = body.split_inclusive("\r\n\r\n").collect();
        let last = healthy.len() - 1;
        assert!(!broken(request, &healthy[..last]).is_empty(), "{body}");
        let mut doubled = healthy.clone();
        doubled.push(healthy[last]);
        assert!(!broken(request, &doubled).is_empty(), "{body}");
        for at in 0..last {
            let mut swapped = healthy.clone();
            swapped.swap(at, at + 1);
            assert!(!broken(request, &swapped).is_empty(), "{body}");
        }
    }
}

#[test]
fn a_plain_error_without_data_ends_a_stream() {
    let (_, first) = text_of(&FAILED);
    let first = first.split_inclusive("\r\n\r\n").next().expect("a chunk");
    let error = "{\r\n  \"error\": {\r\n    \"code\": 503,\r\n    \"message\": \"No.\",\r\n    \
                 \"status\": \"UNAVAILABLE\"\r\n  }\r\n}\r\n\r\n";
    let judgement = judge("", Delivery::Sse, [first, error].concat().as_bytes());
    assert_eq!(judgement.findings.len(), 0, "{:?}", judgement.findings);
    let error = judgement.facts.error.expect("an error");
    assert_eq!(error, ("UNAVAILABLE".to_owned(), "No.".to_owned()));
}

#[test]
fn facts_tell_tokens_and_the_reason() {
    let (request, body) = text_of(&THOUGHT);
    let facts = judge(request, Delivery::Sse, body.as_bytes()).facts;
    let usage = facts.usage.expect("counts");
    assert_eq!((usage.input, usage.output), (7, 3));
    assert_eq!(facts.stop.as_deref(), Some("STOP"));
    assert!(facts.complete);
}

fn value() -> impl Strategy<Value = String> {
    let leaf = prop::sample::select(vec![
        "0",
        "1",
        "-1",
        "0.5",
        "null",
        "true",
        "\"\"",
        "\"STOP\"",
        "\"x\"",
        "[]",
        "{}",
        "18446744073709551615",
    ]);
    let keys = prop::sample::select(vec![
        "candidates",
        "content",
        "parts",
        "text",
        "thought",
        "functionCall",
        "name",
        "args",
        "id",
        "index",
        "finishReason",
        "finishMessage",
        "usageMetadata",
        "promptTokenCount",
        "totalTokenCount",
        "promptFeedback",
        "blockReason",
        "error",
        "responseId",
        "safetyRatings",
        "inlineData",
        "data",
    ]);
    leaf.prop_map(str::to_owned)
        .prop_recursive(5, 40, 5, move |inner| {
            let member = (keys.clone(), inner.clone());
            prop_oneof![
                prop::collection::vec(inner, 0..3).prop_map(|list| format!("[{}]", list.join(","))),
                prop::collection::vec(member, 0..5).prop_map(|members| {
                    let members = members
                        .iter()
                        .map(|(key, value)| format!("\"{key}\":{value}"));
                    format!("{{{}}}", members.collect::<Vec<_>>().join(","))
                }),
            ]
        })
}

proptest! {
    #[test]
    fn no_sequence_of_chunks_panics(chunks in prop::collection::vec(value(), 0..12)) {
        let stream: String = chunks.iter().map(|chunk| format!("data: {chunk}\r\n\r\n")).collect();
        judge("", Delivery::Sse, stream.as_bytes());
        judge("", Delivery::Array, format!("[{}]", chunks.join(",")).as_bytes());
        for chunk in chunks {
            judge("{}", Delivery::Unary, chunk.as_bytes());
        }
    }

    #[test]
    fn edits_of_a_stream_do_not_panic(
        which in 0..STREAMS.len(), at in 0usize..4000, byte in any::<u8>(),
    ) {
        let (request, body) = text_of(STREAMS[which]);
        let mut body = body.as_bytes().to_vec();
        let at = at % body.len();
        body[at] = byte;
        judge(request, Delivery::Sse, &body);
    }
}

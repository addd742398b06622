use std::sync::Arc;

use proptest::prelude::*;
use serde_json::json;

use crate::endpoint::Endpoint;
use crate::judge::Judge;
use crate::protocol::{self, BodyEnd, Delivery, Head};

/// Text, with the usage that was asked for.
const TEXT: &[&str] = &[
    role!(0),
    delta!(0, r#"{"content":"One"}"#),
    delta!(0, r#"{"content":" two"}"#),
    finish!(0, "stop"),
    usage!(),
    done!(),
];

/// Two calls, each in two pieces that mean nothing alone.
const CALLS: &[&str] = &[
    role!(0),
    open_call!(0, "call_1"),
    arguments!(0, r#"{\"city\":"#),
    arguments!(0, r#"\"Oslo\"}"#),
    open_call!(1, "call_2"),
    arguments!(1, r#"{\"city\":"#),
    arguments!(1, r#"\"Rome\"}"#),
    finish!(0, "tool_calls"),
    usage!(),
    done!(),
];

/// Two choices.
const CHOICES: &[&str] = &[
    role!(0),
    say!(0),
    role!(1),
    say!(1),
    finish!(0, "stop"),
    finish!(1, "stop"),
    usage!(),
    done!(),
];

fn head() -> Head {
    Head {
        status: 200,
        headers: vec![("content-type".into(), "text/event-stream".into())],
    }
}

/// Rules that the answer breaks, as one to a request that fits the healthy stream.
fn broken(n: u64, body: &[u8], end: BodyEnd) -> Vec<&'static str> {
    let request = json!({"stream": true, "n": n, "stream_options": {"include_usage": true},
        "tools": [{"type": "function", "function": {"name": "get_time"}}]});
    let asked = protocol::asked(
        Endpoint::ChatCompletions,
        Delivery::Sse,
        Some(request.into()),
    );
    let mut judge = Judge::new(Arc::new(asked), head());
    judge.bytes(body);
    let findings = judge.end(end).1.findings;
    findings.iter().map(|finding| finding.rule.id).collect()
}

fn is_found(n: u64, records: &[&str]) -> bool {
    !broken(n, records.concat().as_bytes(), BodyEnd::Clean).is_empty()
}

/// Text is whatever the model says: a piece more or less is no fault that a reader can see.
fn is_text(record: &str) -> bool {
    record.contains(r#"{"content":"#)
}

/// The choice that the record is about.
fn choice(record: &str) -> Option<&str> {
    let (_, rest) = record.split_once(r#""choices":[{"index":"#)?;
    rest.get(..1)
}

fn streams() -> [(u64, &'static [&'static str]); 3] {
    [(1, TEXT), (1, CALLS), (2, CHOICES)]
}

#[test]
fn a_stream_cut_anywhere_is_found_out() {
    for (n, records) in streams() {
        let whole = records.concat();
        assert_eq!(broken(n, whole.as_bytes(), BodyEnd::Clean), [""; 0]);
        for end in 0..whole.len() {
            let cut = &whole.as_bytes()[..end];
            assert_ne!(broken(n, cut, BodyEnd::Clean), [""; 0], "cut at {end}");
            assert_eq!(broken(n, cut, BodyEnd::Broken), [""; 0], "broken at {end}");
        }
    }
}

#[test]
fn a_lost_record_is_found_out_unless_it_is_text() {
    for (n, records) in streams() {
        for at in 0..records.len() {
            let mut rest = records.to_vec();
            let lost = rest.remove(at);
            assert_eq!(is_found(n, &rest), !is_text(lost), "{lost}");
        }
    }
}

#[test]
fn a_doubled_record_is_found_out_unless_it_is_text() {
    for (n, records) in streams() {
        for at in 0..records.len() {
            let mut more = records.to_vec();
            more.insert(at, records[at]);
            assert_eq!(is_found(n, &more), !is_text(records[at]), "{}", records[at]);
        }
    }
}

#[test]
fn swapped_neighbours_are_found_out_unless_both_are_text_or_of_two_choices() {
    for (n, records) in streams() {
        for at in 1..records.len() {
            let mut swapped = records.to_vec();
            swapped.swap(at - 1, at);
            let (first, second) = (records[at - 1], records[at]);
            let are_text = is_text(first) && is_text(second);
            let are_apart = choice(first).is_some()
                && choice(second).is_some()
                && choice(first) != choice(second);
            assert_eq!(
                is_found(n, &swapped),
                !are_text && !are_apart,
                "{first}{second}"
            );
        }
    }
}

#[test]
fn what_the_tolerances_name_raises_no_alarm() {
    let body = concat!(
        ": PROCESSING\n\n",
        record!(
            r#"{"id":"","object":"","created":0,"model":"","choices":[],"#,
            r#""prompt_filter_results":[]}"#
        ),
        role!(0),
        delta!(0, "{}"),
        record!(
            r#"{ "choices":[{"delta":{"content":"\u00e9"},"index":0,"finish_reason":null,"#,
            r#""logprobs":null}],"model":"m","created":1790000000,"id":"chatcmpl-1","#,
            r#""object":"chat.completion.chunk","obfuscation":"","later":[1]}"#
        ),
        chunk!(r#"{"index":0,"content_filter_results":{},"finish_reason":null}"#,),
        finish!(0, "length"),
        usage!(),
        record!(
            r#"{"id":"chatcmpl-1","object":"chat.completion.chunk","created":1790000000,"#,
            r#""model":"m","choices":[],"usage":null,"moderation":{}}"#
        ),
        done!()
    );
    assert_eq!(broken(1, body.as_bytes(), BodyEnd::Clean), [""; 0]);
}

/// An event, a place in it and a way to spoil it there.
fn edit() -> impl Strategy<Value = (usize, prop::sample::Index, u8)> {
    (0..CALLS.len(), any::<prop::sample::Index>(), 0..4u8)
}

proptest! {
    #[test]
    fn no_mixture_of_records_breaks_a_rule_s_code(
        order in prop::collection::vec(edit(), 0..30),
    ) {
        let mut body = Vec::new();
        for (at, place, edit) in order {
            let mut record = CALLS[at].as_bytes().to_vec();
            let place = place.index(record.len());
            match edit {
                0 => record.truncate(place),
                1 => { record.remove(place); }
                2 => record[place] = b'"',
                _ => {}
            }
            body.extend_from_slice(&record);
        }
        broken(1, &body, BodyEnd::Clean);
    }
}

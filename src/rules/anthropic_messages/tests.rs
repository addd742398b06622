use std::sync::Arc;

use proptest::prelude::*;

use crate::endpoint::Endpoint;
use crate::judge::Judge;
use crate::protocol::{Asked, BodyEnd, Delivery, Head};

/// An answer with every kind of block, event by event.
const EVENTS: &[&str] = &[
    start!(),
    open_thinking!(0),
    delta!(0, r#"{"type":"thinking_delta","thinking":"Hm"}"#),
    sign!(0),
    close!(0),
    open_text!(1),
    delta!(1, r#"{"type":"text_delta","text":"One"}"#),
    delta!(1, r#"{"type":"text_delta","text":" two"}"#),
    close!(1),
    open_tool!(2, "toolu_1"),
    no_input!(2),
    delta!(
        2,
        r#"{"type":"input_json_delta","partial_json":"{\"city\":"}"#
    ),
    delta!(
        2,
        r#"{"type":"input_json_delta","partial_json":"\"Oslo\"}"}"#
    ),
    close!(2),
    end!("tool_use", 5),
    stop!(),
];

fn broken(body: &[u8]) -> Vec<&'static str> {
    let asked = Asked::of(Endpoint::Messages, Delivery::Sse);
    let head = Head {
        status: 200,
        headers: vec![("content-type".into(), "text/event-stream".into())],
    };
    let mut judge = Judge::new(Arc::new(asked), head);
    judge.bytes(body);
    let findings = judge.end(BodyEnd::Clean).1.findings;
    findings.iter().map(|finding| finding.rule.id).collect()
}

/// Whether a stream without this event, or with it twice, may still be one that was meant: text is
/// whatever the model says.
fn is_free(event: &str) -> bool {
    event.contains("text_delta") || event.contains("thinking_delta")
}

#[test]
fn a_stream_cut_anywhere_is_found_out() {
    let whole = EVENTS.concat();
    assert_eq!(broken(whole.as_bytes()), [""; 0]);
    for end in 0..whole.len() {
        assert_ne!(broken(&whole.as_bytes()[..end]), [""; 0], "cut at {end}");
    }
}

#[test]
fn a_lost_event_is_found_out_unless_it_is_text() {
    for at in 0..EVENTS.len() {
        let mut events = EVENTS.to_vec();
        let lost = events.remove(at);
        let is_found = !broken(events.concat().as_bytes()).is_empty();
        assert_eq!(is_found, !is_free(lost), "{lost}");
    }
}

#[test]
fn a_doubled_event_is_found_out_unless_it_is_text() {
    for at in 0..EVENTS.len() {
        let mut events = EVENTS.to_vec();
        events.insert(at, events[at]);
        let is_found = !broken(events.concat().as_bytes()).is_empty();
        assert_eq!(is_found, !is_free(EVENTS[at]), "{}", EVENTS[at]);
    }
}

#[test]
fn swapped_neighbours_are_found_out_unless_both_are_text() {
    for at in 1..EVENTS.len() {
        let mut events = EVENTS.to_vec();
        events.swap(at - 1, at);
        let is_found = !broken(events.concat().as_bytes()).is_empty();
        let are_free = is_free(EVENTS[at - 1]) && is_free(EVENTS[at]);
        assert_eq!(is_found, !are_free, "{}{}", EVENTS[at - 1], EVENTS[at]);
    }
}

#[test]
fn padding_key_order_pings_and_unknown_members_raise_no_alarm() {
    let body = concat!(
        start!(),
        "event: ping\ndata: {\"type\": \"ping\"}\n\n",
        event!("later_event", r#"{"anything":[]}"#),
        hi!(0),
        open!(1, r#"{"later":1,"type":"later_block"}"#),
        delta!(1, r#"{"type":"later_delta"}"#),
        close!(1),
        ending!(
            r#""usage":{"output_tokens":7,"later":{}},"#,
            r#""delta":{"stop_sequence":null,"stop_reason":"end_turn"}"#
        ),
        "event: message_stop\ndata: {\"type\":\"message_stop\"         }\n\n"
    );
    assert_eq!(broken(body.as_bytes()), [""; 0]);
}

#[test]
fn a_broken_connection_is_no_fault_of_the_stream() {
    let asked = Asked::of(Endpoint::Messages, Delivery::Sse);
    let head = Head {
        status: 200,
        headers: vec![("content-type".into(), "text/event-stream".into())],
    };
    let whole = EVENTS.concat();
    for (end, how) in [(900, BodyEnd::Broken), (901, BodyEnd::Left)] {
        let mut judge = Judge::new(Arc::new(asked.clone()), head.clone());
        judge.bytes(&whole.as_bytes()[..end]);
        assert!(judge.end(how).1.findings.is_empty());
    }
}

/// An event, a place in it and a way to spoil it there.
fn edit() -> impl Strategy<Value = (usize, prop::sample::Index, u8)> {
    (0..EVENTS.len(), any::<prop::sample::Index>(), 0..4u8)
}

proptest! {
    #[test]
    fn no_mixture_of_events_breaks_a_rule_s_code(
        order in prop::collection::vec(edit(), 0..30),
    ) {
        let mut body = Vec::new();
        for (at, place, edit) in order {
            let mut event = EVENTS[at].as_bytes().to_vec();
            let place = place.index(event.len());
            match edit {
                0 => event.truncate(place),
                1 => { event.remove(place); }
                2 => event[place] = b'"',
                _ => {}
            }
            body.extend_from_slice(&event);
        }
        broken(&body);
    }
}

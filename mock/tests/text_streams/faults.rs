//! Spoiled streams: each fault changes the stream, and a strict reader of the stream alone sees it.

use spikeproof_mock::script::FrameKind;
use spikeproof_mock::text::spoil::{StreamFault, spoil};
use spikeproof_mock::text::{Delivery, Dialect, StreamFailure, fail_after, stream_error};

use crate::requests::cases;
use crate::{DIALECTS, bytes, frames, prompt, read_stream};

const FORMS: [(Dialect, Delivery); 5] = [
    (Dialect::AnthropicMessages, Delivery::Sse),
    (Dialect::OpenaiChat, Delivery::Sse),
    (Dialect::OpenaiResponses, Delivery::Sse),
    (Dialect::Gemini, Delivery::Sse),
    (Dialect::Gemini, Delivery::Array),
];

#[test]
fn every_fault_is_seen_and_every_benign_one_is_harmless() {
    for (dialect, delivery) in FORMS {
        for (case, (name, body)) in (0..).zip(cases(dialect, true)) {
            let prompt = prompt(dialect, delivery, &body);
            for seed in case * 4..case * 4 + 4 {
                let healthy = frames(&prompt, seed);
                let said = read_stream(&prompt, &bytes(&healthy)).unwrap();
                for fault in StreamFault::ALL {
                    let place = format!("{dialect:?} {delivery:?} {name} {seed} {fault:?}");
                    let spoiled = spoil(fault, dialect, delivery, healthy.clone(), seed);
                    let Some(spoiled) = spoiled else { continue };
                    if seed.is_multiple_of(4) {
                        let again = spoil(fault, dialect, delivery, healthy.clone(), seed);
                        assert_eq!(Some(&spoiled), again.as_ref(), "{place}");
                    }
                    assert_ne!(spoiled, healthy, "{place}");
                    let read = read_stream(&prompt, &bytes(&spoiled));
                    if fault == StreamFault::SplitBytes {
                        assert_eq!(bytes(&spoiled), bytes(&healthy), "{place}");
                        assert!(spoiled.iter().all(|frame| frame.bytes.len() == 1));
                    } else {
                        assert_ne!(bytes(&spoiled), bytes(&healthy), "{place}");
                    }
                    if fault.is_benign(dialect) {
                        assert_eq!(read.as_ref(), Ok(&said), "{place}");
                    } else if fault.is_provable(dialect) {
                        assert!(read.is_err(), "{place} went unseen");
                    }
                }
            }
        }
    }
}

/// What does not exist in some form, and nothing else.
#[test]
fn faults_are_left_out_only_where_they_mean_nothing() {
    for (dialect, delivery) in FORMS {
        let mut missing: Vec<StreamFault> = StreamFault::ALL.to_vec();
        for (_, body) in cases(dialect, true) {
            let prompt = prompt(dialect, delivery, &body);
            let healthy = frames(&prompt, 3);
            missing.retain(|fault| spoil(*fault, dialect, delivery, healthy.clone(), 3).is_none());
        }
        let expected: &[StreamFault] = match delivery {
            Delivery::Array => &[
                StreamFault::Crlf,
                StreamFault::CommentFrame,
                StreamFault::KeepaliveFrame,
                StreamFault::MissingBlankLine,
                StreamFault::EmptyData,
            ],
            Delivery::Sse | Delivery::Unary => &[],
        };
        assert_eq!(missing, expected, "{dialect:?} {delivery:?}");
    }
}

#[test]
fn a_body_that_is_not_streamed_is_never_spoiled() {
    for dialect in DIALECTS {
        let (_, body) = cases(dialect, false).swap_remove(0);
        let whole = frames(&prompt(dialect, Delivery::Unary, &body), 1);
        for fault in StreamFault::ALL {
            assert_eq!(
                spoil(fault, dialect, Delivery::Unary, whole.clone(), 1),
                None
            );
        }
        let failure = StreamFailure::for_status(dialect, 500, "broken");
        assert_eq!(
            fail_after(dialect, Delivery::Unary, &whole, 0, &failure),
            None
        );
        assert!(stream_error(dialect, Delivery::Unary, &failure, &[]).is_empty());
    }
}

#[test]
fn a_failure_ends_the_stream_in_its_own_framing() {
    for (dialect, delivery) in FORMS {
        let (_, body) = cases(dialect, true).swap_remove(0);
        let prompt = prompt(dialect, delivery, &body);
        let healthy = frames(&prompt, 2);
        let failure = StreamFailure::for_status(dialect, 503, "no \"capacity\" <now>");
        for keep in [0, 1, 5, healthy.len(), usize::MAX] {
            let failed = fail_after(dialect, delivery, &healthy, keep, &failure).unwrap();
            let kept = keep.min(healthy.len() - 1);
            assert_eq!(failed[..kept], healthy[..kept]);
            assert_eq!(failed.last().unwrap().kind, FrameKind::Terminal);
            assert!(read_stream(&prompt, &bytes(&failed)).is_err());
            let text = String::from_utf8(bytes(&failed)).unwrap();
            let end = String::from_utf8(bytes(&failed[kept..].to_vec())).unwrap();
            match (dialect, delivery) {
                (Dialect::AnthropicMessages, _) => {
                    assert!(
                        end.starts_with("event: error\ndata: {\"type\":\"error\""),
                        "{end}"
                    );
                    assert!(end.contains("overloaded_error") && end.ends_with("}\n\n"));
                }
                (Dialect::OpenaiChat, _) => {
                    assert!(end.starts_with("data: {\"error\":{\"message\":"), "{end}");
                    assert!(!end.contains("[DONE]"));
                }
                (Dialect::OpenaiResponses, _) => check_responses(&end, kept),
                (Dialect::Gemini, Delivery::Array) => {
                    let all: Vec<serde_json::Value> = serde_json::from_str(&text).unwrap();
                    let error = &all.last().unwrap()["error"];
                    assert_eq!(
                        (&error["code"], &error["status"]),
                        (&503.into(), &"UNAVAILABLE".into())
                    );
                    assert_eq!(all.len(), kept + 1);
                }
                (Dialect::Gemini, _) => {
                    assert!(
                        end.starts_with("data: {\"error\": {\"code\": 503,"),
                        "{end}"
                    );
                    assert!(end.ends_with("}\r\n\r\n"));
                }
            }
        }
    }
}

fn check_responses(end: &str, kept: usize) {
    let events: Vec<serde_json::Value> = end
        .lines()
        .filter_map(|line| line.strip_prefix("data: "))
        .map(|json| serde_json::from_str(json).expect("JSON"))
        .collect();
    assert_eq!(events.len(), if kept == 0 { 1 } else { 2 });
    for (at, event) in events.iter().enumerate() {
        assert_eq!(event["sequence_number"], kept + at);
    }
    assert_eq!(events[0]["type"], "error");
    assert!(events[0]["error"]["message"].is_string());
    if let Some(failed) = events.get(1) {
        assert_eq!(failed["type"], "response.failed");
        assert_eq!(failed["response"]["status"], "failed");
        assert_eq!(
            failed["response"]["error"]["code"],
            events[0]["error"]["code"]
        );
    }
}

//! What the replica does wrong is found in a run: by a rule with its bytes, by the audit, or as an
//! outcome that nobody asked for; the exit code, the report and the summary all say so.

use serde_json::Value;

use crate::program::{Ended, Place, ended};
use crate::results::found;

pub(crate) const CLAUDE: &str =
    "{ call: anthropic.messages, model: claude-sonnet-4-6, stream: true }";
pub(crate) const CHAT: &str = "{ call: openai.chat, model: gpt-5-4, stream: true }";
pub(crate) const RESPONSES: &str = "{ call: openai.responses, model: gpt-5-5, stream: true }";
pub(crate) const GEMINI: &str = "{ call: gemini.generate, model: gemini-3-flash, stream: true }";
const ARRAY: &str = "{ call: gemini.generate, model: gemini-3-flash, stream: array }";
pub(crate) const PICTURE: &str =
    "{ call: openai.images, model: gpt-image-2, stream: true, partial_images: 2 }";
const WHOLE: &str = "{ call: openai.chat, model: gpt-5-4 }";
/// Six of them cost more than the coarsest book can hide.
pub(crate) const REFUSED: &str = "{ call: openai.chat, model: gpt-5-4, mistake: unknown-model }";

/// Six calls of one request.
pub(crate) fn scenario(request: &str, audit: &str) -> String {
    format!(
        "name: faulty\n\
         seed: 5\n\
         requests: {{ it: {request} }}\n\
         phases: [{{ name: all, executor: shared-iterations, vus: 2, iterations: 6 }}]\n\
         replica: {{ first_token: 3ms, token_gap: 1ms, output_tokens: 12, image_time: 5ms, \
         task_queue: 60ms, task_run: 30ms }}\n\
         billing: {{ audit: {audit}, probes: 1, settle_timeout: 1s }}\n"
    )
}

/// Six calls of one request, under one fault.
pub(crate) fn run(request: &str, fault: &str, audit: &str) -> (Ended, Value) {
    let place = Place::new();
    let ended = ended(place.run(&scenario(request, audit), &["--fault", fault]));
    let what = format!("{fault} on {request}");
    assert_eq!(
        ended.code,
        Some(1),
        "{what}: {}{}",
        ended.stdout,
        ended.stderr
    );
    let report = place.results().report();
    assert_eq!(report["verdict"], "fail", "{what}");
    assert!(ended.stdout.contains("FAIL (exit 1)"), "{what}");
    (ended, report)
}

/// The fault is found by a MUST rule, and shown with the bytes.
fn is_found_in_the_bytes(request: &str, fault: &str) {
    let (ended, report) = run(request, fault, "off");
    let what = format!("{fault} on {request}: {}", ended.stdout);
    let first = &report["findings"][0];
    assert_eq!(first["severity"], "MUST", "{what}");
    assert_eq!(first["request"], "it", "{what}");
    assert_eq!(first["follows"], false, "{what}");
    let rule = first["rule"].as_str().expect("an id");
    assert!(ended.stdout.contains(&format!("MUST {rule}")), "{what}");
    let evidence = &first["first"];
    let excerpt = evidence["excerpt"].as_str().expect("text");
    assert!(!excerpt.is_empty(), "{what}");
    let byte = evidence["byte"].as_u64().expect("an offset");
    let bytes = report["requests"]["it"]["bytes"].as_u64().expect("a count");
    assert!(byte < bytes, "{what}: {byte} of {bytes}");
    if let Some(at) = evidence["at"].as_array() {
        let at: Vec<_> = at.iter().filter_map(Value::as_u64).collect();
        assert!(
            at[0] <= at[1] && at[1] <= excerpt.len() as u64,
            "{what}: {at:?}"
        );
    }
    let id = evidence["request_id"].as_str().expect("an id");
    assert!(
        id.starts_with("req_") && ended.stdout.contains(id),
        "{what}"
    );
}

#[test]
fn faults_of_messages_streams_are_found_with_their_bytes() {
    for fault in [
        "drop-first-event",
        "wrong-index",
        "missing-terminator",
        "bad-json",
        "wrong-usage",
    ] {
        is_found_in_the_bytes(CLAUDE, fault);
    }
}

#[test]
fn faults_of_chat_streams_are_found_with_their_bytes() {
    for fault in [
        "drop-first-event",
        "wrong-index",
        "missing-terminator",
        "bad-json",
        "wrong-usage",
    ] {
        is_found_in_the_bytes(CHAT, fault);
    }
}

#[test]
fn faults_of_responses_streams_are_found_with_their_bytes() {
    for fault in [
        "drop-event",
        "wrong-index",
        "missing-terminator",
        "bad-json",
        "wrong-usage",
    ] {
        is_found_in_the_bytes(RESPONSES, fault);
    }
}

#[test]
fn faults_of_gemini_streams_are_found_with_their_bytes() {
    for fault in [
        "wrong-index",
        "missing-terminator",
        "bad-json",
        "wrong-usage",
    ] {
        is_found_in_the_bytes(GEMINI, fault);
        is_found_in_the_bytes(ARRAY, fault);
    }
}

#[test]
fn a_refusal_in_the_words_of_another_protocol_is_found() {
    for request in [
        REFUSED,
        "{ call: anthropic.messages, model: claude-sonnet-4-6, mistake: unknown-model }",
        "{ call: openai.responses, model: gpt-5-5, mistake: missing-field }",
        "{ call: gemini.generate, model: gemini-3-flash, mistake: missing-field }",
        "{ call: openai.images, model: seedream-v4, mistake: missing-field }",
    ] {
        is_found_in_the_bytes(request, "wrong-error-envelope");
    }
}

#[test]
fn a_wrong_content_type_is_found() {
    for request in [CLAUDE, CHAT, RESPONSES, GEMINI, ARRAY, PICTURE, WHOLE] {
        let (ended, report) = run(request, "wrong-content-type", "off");
        let found = found(&report);
        assert!(!found.is_empty(), "{request}: {}", ended.stdout);
    }
}

/// The request ends as nobody asked for, and the summary says how.
fn is_an_outcome(request: &str, fault: &str, outcome: &str) {
    let (ended, report) = run(request, fault, "headers");
    let what = format!("{fault} on {request}: {}", ended.stdout);
    let row = &report["requests"]["it"];
    assert_eq!(row["outcomes"][outcome], 6, "{what}");
    assert!(row["first_error"].is_string(), "{what}");
    assert!(ended.stdout.contains(&format!("6 {outcome}")), "{what}");
    assert!(ended.stdout.contains("errors.unexpected"), "{what}");
}

#[test]
fn failures_of_the_upstream_are_unexpected() {
    for request in [CLAUDE, CHAT, RESPONSES, GEMINI, PICTURE, WHOLE] {
        is_an_outcome(request, "upstream-503", "unexpected_status");
    }
    for fault in [
        "rate-limited",
        "concurrency-limited",
        "upstream-400",
        "upstream-401",
        "upstream-404",
        "upstream-451",
        "upstream-500",
        "upstream-529",
        "html-error-page",
        "redirect",
    ] {
        is_an_outcome(CLAUDE, fault, "unexpected_status");
    }
}

#[test]
fn a_connection_that_breaks_is_told() {
    for request in [CLAUDE, CHAT, ARRAY, WHOLE] {
        for fault in [
            "reset",
            "cut-body",
            "content-length-wrong",
            "close-before-head",
        ] {
            is_an_outcome(request, fault, "broken");
        }
    }
}

#[test]
fn an_answer_that_stops_half_way_runs_into_its_time_limit() {
    for call in [
        "call: anthropic.messages, model: claude-sonnet-4-6, stream: true",
        "call: openai.chat, model: gpt-5-4",
    ] {
        is_an_outcome(
            &format!("{{ {call}, timeout: 300ms }}"),
            "stall",
            "timed_out",
        );
    }
}

#[test]
fn an_error_in_mid_stream_is_told() {
    for request in [CLAUDE, CHAT, RESPONSES, GEMINI, PICTURE] {
        is_an_outcome(request, "error-mid-stream", "stream_error");
    }
}

#[test]
fn an_answer_that_is_not_whole_though_it_says_so_is_found() {
    for request in [CLAUDE, CHAT, RESPONSES, GEMINI, ARRAY, PICTURE, WHOLE] {
        for fault in ["half-body", "garbage-body"] {
            is_found_in_the_bytes(request, fault);
        }
        for (fault, rule) in [("gzip-unasked", "GW-141"), ("header-doubled", "GW-140")] {
            let (ended, report) = run(request, fault, "off");
            let first = &report["findings"][0];
            assert_eq!(
                first["rule"], rule,
                "{fault} on {request}: {}",
                ended.stdout
            );
        }
        for fault in ["empty-body", "error-in-200", "content-type-missing"] {
            // An array may tell its error as an element.
            if (request, fault) == (ARRAY, "error-in-200") {
                is_an_outcome(request, fault, "stream_error");
                continue;
            }
            let (ended, report) = run(request, fault, "off");
            let first = &report["findings"][0];
            assert_eq!(
                first["severity"], "MUST",
                "{fault} on {request}: {}",
                ended.stdout
            );
        }
    }
}

/// What only the clock can tell is found by a threshold.
#[test]
fn bytes_that_come_at_the_wrong_time_break_a_threshold() {
    for (fault, threshold) in [
        ("slow-first-byte", "ttft.p50 < 1s"),
        ("long-gap", "stall.p50 < 1s"),
        ("buffered-stream", "gap.p50 >= 200us"),
    ] {
        let scenario = format!(
            "name: faulty\n\
             requests: {{ it: {CHAT} }}\n\
             phases: [{{ name: all, executor: shared-iterations, vus: 6, iterations: 6 }}]\n\
             replica: {{ first_token: 3ms, token_gap: 5ms, output_tokens: 40 }}\n\
             billing: {{ audit: off }}\n\
             thresholds: ['{threshold}']\n"
        );
        let place = Place::new();
        let ended = ended(place.run(&scenario, &["--fault", fault]));
        assert_eq!(
            ended.code,
            Some(1),
            "{fault}: {}{}",
            ended.stdout,
            ended.stderr
        );
        let report = place.results().report();
        assert_eq!(
            report["findings"].as_array().map(Vec::len),
            Some(0),
            "{fault}"
        );
    }
}

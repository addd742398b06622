//! What no known shape names is counted by its place and decides nothing.

use serde_json::{Value, json};

use crate::faults::{CHAT, CLAUDE, GEMINI, PICTURE, RESPONSES, scenario};
use crate::program::{Place, ended, spikeproof};

/// The report of six calls of one request, which must pass.
fn report(request: &str, more: &[&str]) -> (Value, String) {
    let place = Place::new();
    let ended = ended(place.run(&scenario(request, "off"), more));
    assert_eq!(
        ended.code,
        Some(0),
        "{request}: {}{}",
        ended.stdout,
        ended.stderr
    );
    (place.results().report(), ended.stdout)
}

#[test]
fn every_member_and_event_of_the_replica_is_known() {
    for request in [CLAUDE, CHAT, RESPONSES, GEMINI, PICTURE] {
        for request in [
            request.to_owned(),
            request.replace("stream: true", "stream: false"),
        ] {
            let request = request.replace(", partial_images: 2", "");
            let (report, stdout) = report(&request, &[]);
            let nothing = json!({"places": [], "others": 0});
            assert_eq!(report["unknown"], nothing, "{request}");
            assert!(!stdout.contains("unknown:"), "{stdout}");
        }
    }
}

#[test]
fn what_a_target_adds_is_counted_and_is_no_fault() {
    let edit = "edit *#last /usageMetadata/moodTokenCount = 3";
    let (report, stdout) = report(GEMINI, &["--fault", edit]);
    let expected = json!({"places": [{"protocol": "gemini", "kind": "member",
        "place": "usageMetadata.moodTokenCount", "answers": 6}], "others": 0});
    assert_eq!(report["unknown"], expected);
    assert_eq!(report["findings"], json!([]));
    assert!(
        stdout.contains("unknown: 1 place that no known shape names"),
        "{stdout}"
    );
}

#[test]
fn check_names_what_it_does_not_know_and_passes() {
    let place = Place::new();
    let body = json!({"id": "chatcmpl-1", "object": "chat.completion", "created": 1790000000,
        "model": "m", "provider": "x",
        "choices": [{"index": 0, "finish_reason": "stop", "logprobs": null,
        "message": {"role": "assistant", "content": "a", "refusal": null, "reasoning": "b"}}],
        "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}});
    let file = place.file("answer.json", &body.to_string());
    let check = |more: &[&str]| {
        let mut command = spikeproof(&["check", "--protocol", "openai-chat", &file]);
        command.args(more);
        ended(command)
    };
    let text = check(&[]);
    assert_eq!(text.code, Some(0), "{}", text.stdout);
    let line = "unknown, which is no fault: `provider`, `choices.message.reasoning`";
    assert!(text.stdout.contains(line), "{}", text.stdout);
    let rows: Value = serde_json::from_str(&check(&["--format", "json"]).stdout).expect("JSON");
    let expected = json!([{"kind": "member", "place": "provider"},
        {"kind": "member", "place": "choices.message.reasoning"}]);
    assert_eq!(rows["files"][0]["unknown"], expected);
    assert_eq!(rows["files"][0]["findings"], json!([]));
}

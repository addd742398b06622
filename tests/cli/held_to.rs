//! Profile, readings and weights: what a run is held to, what it says of it, and its recording.

use serde_json::Value;

use crate::program::{Place, ended, spikeproof};

/// A healthy replica whose Gemini streams have no `[DONE]` and which has no balance.
fn scenario(conformance: &str) -> String {
    format!(
        "name: held
requests:
  gem: {{ call: gemini.generate, model: gemini-3-flash, stream: true, max_tokens: 8 }}
  bal: {{ call: balance.get }}
phases:
  - {{ name: a, executor: shared-iterations, vus: 1, iterations: 4 }}
billing: {{ audit: off }}
conformance: {conformance}
"
    )
}

/// Exit code, report, and what `check` makes of the recording.
fn run(conformance: &str) -> (Option<i32>, Value, Option<i32>) {
    let place = Place::new();
    let file = place.file("held.yaml", &scenario(conformance));
    let out = place.out();
    let ran = ended(spikeproof(&["run", &file, "--out", &out]));
    let report = std::fs::read_to_string(format!("{out}/report.json"));
    let report = report.unwrap_or_else(|why| panic!("{why}: {}", ran.stderr));
    let checked = ended(spikeproof(&["check", &format!("{out}/recording.jsonl")]));
    let report = serde_json::from_str(&report).expect("a report");
    (ran.code, report, checked.code)
}

fn found(report: &Value) -> Vec<(String, String)> {
    let findings = report["findings"].as_array().expect("a list").iter();
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    findings
        .map(|finding| (text(&finding["rule"]), text(&finding["severity"])))
        .collect()
}

#[test]
fn a_reading_that_the_target_does_not_follow_fails_the_run_and_its_recording() {
    let (code, report, checked) = run("{ contract: { C-06: done } }");
    assert_eq!((code, checked), (Some(1), Some(1)));
    assert_eq!(found(&report), [("GW-092".to_owned(), "MUST".to_owned())]);
    assert_eq!(report["conformance"]["contract"]["C-06"], "done");
}

#[test]
fn a_rule_that_is_set_to_warn_fails_nobody_and_one_that_is_off_says_nothing() {
    let (code, report, checked) = run(
        "{ contract: { C-06: done, C-02: served }, rules: { GW-092: { set: warn, reason: known }, \
         GW-067: { set: off, reason: ours } } }",
    );
    assert_eq!((code, checked), (Some(0), Some(0)));
    assert_eq!(found(&report), [("GW-092".to_owned(), "SHOULD".to_owned())]);
    assert_eq!(report["conformance"]["rules"][1]["reason"], "ours");
    let open = report["rules"]["not_exercised"].as_array().expect("a list");
    assert!(open.contains(&"GW-067".into()));
}

#[test]
fn the_native_profile_asks_nothing_of_the_gateway() {
    let (code, report, checked) = run("{ profile: native, contract: { C-02: served } }");
    assert_eq!((code, checked), (Some(0), Some(0)));
    assert!(found(&report).is_empty());
    let spoke = report["rules"]["exercised"].as_array().expect("a list");
    assert!(
        spoke
            .iter()
            .any(|id| id.as_str().is_some_and(|id| id.starts_with("GEM")))
    );
    assert!(!spoke.contains(&"GW-018".into()) && !spoke.contains(&"GW-019".into()));
}

#[test]
fn files_are_checked_against_the_readings_and_weights_of_the_command_line() {
    let place = Place::new();
    let body = concat!(
        r#"data: {"candidates":[{"content":{"parts":[{"text":"a"}],"role":"model"},"#,
        r#""finishReason":"STOP","index":0}],"usageMetadata":{"promptTokenCount":1,"#,
        r#""candidatesTokenCount":1,"totalTokenCount":2},"modelVersion":"m","#,
        r#""responseId":"r"}"#,
        "\r\n\r\ndata: [DONE]\r\n\r\n"
    );
    let file = place.file("gemini.sse", body);
    let code = |more: &[&str]| {
        let arguments = [&["check", &file, "--protocol", "gemini"], more].concat();
        ended(spikeproof(&arguments)).code
    };
    assert_eq!(code(&[]), Some(1));
    assert_eq!(code(&["--set-rule", "GEM-008=warn"]), Some(0));
    assert_eq!(
        code(&["--set-rule", "GEM-008=warn", "--set-rule", "GEM-008=error"]),
        Some(1)
    );
    assert_eq!(
        code(&["--contract", "C-06=native", "--set-rule", "GEM-008=off"]),
        Some(0)
    );
    assert_eq!(code(&["--contract", "C-06=never"]), Some(2));
    assert_eq!(code(&["--set-rule", "GEM-008"]), Some(2));
}

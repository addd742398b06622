//! Events that no description has.

use super::reading::spoken;
use super::sample::TEXT;
use crate::protocol::openai_responses::State;
use crate::rules::quoting::quoted;
use crate::rules::{Check, Hooks, Rule, Severity, Transition, Verdict};

pub(super) static RULE: Rule = Rule {
    id: "OAR-106",
    name: "responses-extension-without-prefix",
    severity: Severity::Should,
    source: "Open Responses specification, extending; every recorded stream of the service",
    explanation: "An event of a vendor's own has a name with the vendor before a colon, as \
                  `acme:trace`. The rest of names is the protocol's, which adds to \
                  `response.…`: a bare name may one day be another's, and clients cannot tell \
                  it from a misspelt one.",
    violations: &[stream!(start!(), record!("trace", 2))],
    conforming: &[
        TEXT,
        stream!(
            start!(),
            record!("acme:trace", 2),
            item_added!(3, 0, message!("in_progress", "")),
            item_done!(4, 0, message!("incomplete", "")),
            record!(
                "response.incomplete",
                5,
                concat!(
                    "\"response\":",
                    response!(
                        "incomplete",
                        message!("incomplete", ""),
                        usage!(),
                        "null",
                        r#"{"reason":"max_output_tokens"}"#
                    )
                )
            )
        ),
    ],
    faults: &[concat!(
        r#"edit bytes "event: response.output_item.added\n" "event: trace\ndata: "#,
        r#"{\"type\":\"trace\",\"sequence_number\":2}\n\nevent: "#,
        r#"response.output_item.added\n""#,
    )],
    check: Check::OpenaiResponses(Hooks {
        event: Some(check),
        ..Hooks::NONE
    }),
};

fn check(seen: &Transition<'_, State>) -> Verdict {
    let Some((kind, _)) = spoken(seen) else {
        return Verdict::Silent;
    };
    let is_core = kind.starts_with("response.") || matches!(kind, "error" | "keepalive");
    Verdict::when(is_core || is_prefixed(kind), || {
        format!(
            "expected an event of the protocol or a name as `vendor:event`, found {}",
            quoted(kind)
        )
    })
}

fn is_prefixed(kind: &str) -> bool {
    let is_slug = |letter: char| {
        letter.is_ascii_lowercase() || letter.is_ascii_digit() || matches!(letter, '-' | '_')
    };
    kind.split_once(':')
        .is_some_and(|(vendor, _)| !vendor.is_empty() && vendor.chars().all(is_slug))
}

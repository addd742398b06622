//! All chunks of a stream have one id.

use super::moment::{Step, chunk};
use super::sample::{GREETING, stream};
use crate::rules::quoting::{quoted, quoted_value};
use crate::rules::{Check, Hooks, Rule, Severity, Verdict};

pub(super) static RULE: Rule = Rule {
    id: "OAC-018",
    name: "chunk-id-changes",
    severity: Severity::Must,
    source: "OpenAI API description, `id`: each chunk has the same; no recorded stream \
             changes it",
    explanation: "All chunks of a stream have the same non-empty `id`. Clients that serve several \
                  streams sort chunks by it, the vendor's Node client ignores chunks without one, \
                  and support needs it.",
    violations: &[
        stream(concat!(
            role!(0),
            said_in!(
                r#""id":"chatcmpl-2","object":"chat.completion.chunk","created":1790000000"#,
                r#","model":"m""#
            ),
            finish!(0, "stop"),
            done!()
        )),
        stream(concat!(
            record!(
                r#"{"id":"","object":"chat.completion.chunk","created":1790000000,"#,
                r#""model":"m","choices":[{"index":0,"delta":{"role":"assistant"},"#,
                r#""finish_reason":"stop"}]}"#
            ),
            done!()
        )),
    ],
    conforming: &[GREETING],
    faults: &["wrong-id"],
    check: Check::OpenaiChat(Hooks {
        event: Some(check),
        ..Hooks::NONE
    }),
};

fn check(step: &Step<'_>) -> Verdict {
    let Some(found) = chunk(step).and_then(|chunk| chunk.get("id")) else {
        return Verdict::Silent;
    };
    let id = found.as_str().unwrap_or_default();
    match &step.before.envelope {
        None => Verdict::when(!id.is_empty(), || {
            format!(
                "expected a non-empty string as `id`, found {}",
                quoted_value(Some(found))
            )
        }),
        Some(_) if step.before.changed.id => Verdict::Silent,
        Some(first) => Verdict::when(first.id.as_deref().is_none_or(|first| first == id), || {
            let first = first.id.as_deref().unwrap_or_default();
            let found = quoted_value(Some(found));
            format!(
                "expected id {} as in the first chunk, found {found}",
                quoted(first)
            )
        }),
    }
}

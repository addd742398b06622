//! All chunks of a stream were created at one time.

use super::moment::{Step, chunk};
use super::sample::{GREETING, stream};
use crate::rules::quoting::quoted_value;
use crate::rules::{Check, Hooks, Rule, Severity, Verdict};

pub(super) static RULE: Rule = Rule {
    id: "OAC-019",
    name: "chunk-created-changes",
    severity: Severity::Must,
    source: "OpenAI API description, `created`: seconds, the same in each chunk; no recorded \
             stream changes it",
    explanation: "`created` is the time of the answer in whole seconds and the same in all chunks. \
                  A time of each chunk's own, or one in milliseconds, is a date in the far future \
                  to whoever logs it.",
    violations: &[
        stream(concat!(
            role!(0),
            said_in!(
                r#""id":"chatcmpl-1","object":"chat.completion.chunk","created":1790000001"#,
                r#","model":"m""#
            ),
            finish!(0, "stop"),
            done!()
        )),
        stream(concat!(
            record!(
                r#"{"id":"chatcmpl-1","object":"chat.completion.chunk","created":1790000000000,"#,
                r#""model":"m","choices":[{"index":0,"delta":{"role":"assistant"},"#,
                r#""finish_reason":"stop"}]}"#
            ),
            done!()
        )),
    ],
    conforming: &[GREETING],
    faults: &["edit *#2 /created plus 1"],
    check: Check::OpenaiChat(Hooks {
        event: Some(check),
        ..Hooks::NONE
    }),
};

/// Some three thousand years after 1970, or March 1973 in milliseconds.
const FAR: u64 = 100_000_000_000;

fn check(step: &Step<'_>) -> Verdict {
    let Some(found) = chunk(step).and_then(|chunk| chunk.get("created")) else {
        return Verdict::Silent;
    };
    let created = found.as_u64().filter(|created| *created < FAR);
    match &step.before.envelope {
        None => Verdict::when(created.is_some(), || {
            format!(
                "expected whole seconds as `created`, found {}",
                quoted_value(Some(found))
            )
        }),
        Some(first) if step.before.changed.created || first.created.is_none() => Verdict::Silent,
        Some(first) => Verdict::when(
            first.created == created || first.created >= Some(FAR),
            || {
                let first = first.created.unwrap_or_default();
                let found = quoted_value(Some(found));
                format!("expected `created` of `{first}` as in the first chunk, found {found}")
            },
        ),
    }
}

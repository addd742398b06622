//! A part is no larger than the whole.

use crate::json::Value;

use super::moment::{Body, Step, USAGE, chunk, completion, fold};
use super::sample::stream;
use crate::rules::quoting::quoted_value;
use crate::rules::{Check, Hooks, Rule, Severity, Verdict};

pub(super) static RULE: Rule = Rule {
    id: "OAC-073",
    name: "usage-detail-too-large",
    severity: Severity::Must,
    source: "OpenAI API description, CompletionUsage: details break the counts down; every \
             recorded one does",
    explanation: "The counts in `prompt_tokens_details` and `completion_tokens_details` are whole \
                  numbers, and the cached and the reasoning tokens are no more than the count they \
                  are part of. Bills give cached tokens a price of their own and subtract them.",
    violations: &[stream(concat!(
        hi!(0),
        usage_with!(
            r#""prompt_tokens":9,"completion_tokens":2,"total_tokens":11,"#,
            r#""prompt_tokens_details":{"cached_tokens":10}"#
        ),
        done!()
    ))],
    conforming: &[stream(concat!(
        hi!(0),
        usage_with!(
            r#""prompt_tokens":9,"completion_tokens":2,"total_tokens":11,"#,
            r#""prompt_tokens_details":{"cached_tokens":4},"#,
            r#""completion_tokens_details":{"reasoning_tokens":0}"#
        ),
        done!()
    ))],
    faults: &["edit *#last /usage/prompt_tokens_details/cached_tokens = 99999"],
    check: Check::OpenaiChat(Hooks {
        about: &[USAGE],
        event: Some(event),
        body: Some(body),
        ..Hooks::NONE
    }),
};

const PARTS: [(&str, &str, &str); 2] = [
    ("prompt_tokens", "prompt_tokens_details", "cached_tokens"),
    (
        "completion_tokens",
        "completion_tokens_details",
        "reasoning_tokens",
    ),
];

fn event(step: &Step<'_>) -> Verdict {
    chunk(step).map_or(Verdict::Silent, judge)
}

fn body(whole: &Body<'_>) -> Verdict {
    completion(whole).map_or(Verdict::Silent, judge)
}

fn judge(owner: &Value) -> Verdict {
    let Some(usage) = owner.get("usage").filter(|usage| usage.is_object()) else {
        return Verdict::Silent;
    };
    fold(PARTS.iter().map(|(whole, details, part)| {
        let count = usage.get(*details).and_then(|details| details.get(*part));
        let limit = usage.get(*whole).and_then(Value::as_u64);
        let (Some(count), Some(limit)) = (count.filter(|count| !count.is_null()), limit) else {
            return Verdict::Silent;
        };
        Verdict::when(count.as_u64().is_some_and(|count| count <= limit), || {
            format!(
                "expected `{part}` of at most `{limit}`, found {}",
                quoted_value(Some(count))
            )
        })
    }))
}

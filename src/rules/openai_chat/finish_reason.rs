//! The finish reason is a documented word.

use crate::json::Value;

use super::moment::{Body, FINISH, Step, entries, fold, whole_entries};
use super::sample::{GREETING, GREETING_WHOLE, stream, whole};
use crate::rules::quoting::quoted_value;
use crate::rules::{Check, Hooks, Rule, Severity, Verdict};

pub(super) static RULE: Rule = Rule {
    id: "OAC-033",
    name: "unknown-finish-reason",
    severity: Severity::Must,
    source: "OpenAI API description, `finish_reason`: five values",
    explanation: "`finish_reason` is null, `stop`, `length`, `tool_calls`, `content_filter` or \
                  `function_call`. Clients branch on it, and typed ones refuse the whole answer; a \
                  word of another protocol tells of a translation that was left half done.",
    violations: &[
        stream(concat!(role!(0), say!(0), finish!(0, "end_turn"), done!())),
        whole(completion!(whole_choice!(0, "eos", r#""content":"Hi""#),)),
    ],
    conforming: &[GREETING, GREETING_WHOLE],
    faults: &[r#"edit *#last /choices/0/finish_reason = "eos""#],
    check: Check::OpenaiChat(Hooks {
        about: &[FINISH],
        event: Some(event),
        body: Some(body),
        ..Hooks::NONE
    }),
};

fn event(step: &Step<'_>) -> Verdict {
    fold(entries(step).map(|entry| judge(entry.value)))
}

fn body(whole: &Body<'_>) -> Verdict {
    fold(whole_entries(whole).map(judge))
}

fn judge(entry: &Value) -> Verdict {
    let Some(reason) = entry
        .get("finish_reason")
        .filter(|reason| !reason.is_null())
    else {
        return Verdict::Silent;
    };
    let is_known = matches!(
        reason.as_str(),
        Some("stop" | "length" | "tool_calls" | "content_filter" | "function_call")
    );
    Verdict::when(is_known, || {
        format!(
            "expected a documented `finish_reason`, found {}",
            quoted_value(Some(reason))
        )
    })
}

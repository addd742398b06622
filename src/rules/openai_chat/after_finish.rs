//! A finished choice says nothing more.

use crate::json::Value;

use super::moment::{Entry, Step, each_entry};
use super::sample::{GREETING, stream};
use crate::rules::{Check, Hooks, Rule, Severity, Verdict};

pub(super) static RULE: Rule = Rule {
    id: "OAC-036",
    name: "content-after-finish",
    severity: Severity::Must,
    source: "Recordings: no chunk for a choice follows its finish",
    explanation: "After its `finish_reason` a choice gets no content, refusal or tool call. \
                  Clients have handed the answer on by then, and the rest is lost.",
    violations: &[stream(concat!(hi!(0), say!(0), done!()))],
    conforming: &[GREETING],
    faults: &[r#"edit *#2 /choices/0/finish_reason = "stop""#],
    check: Check::OpenaiChat(Hooks {
        event: Some(check),
        ..Hooks::NONE
    }),
};

fn check(step: &Step<'_>) -> Verdict {
    each_entry(step, judge)
}

fn judge(entry: &Entry<'_>) -> Verdict {
    if entry.finish().is_some() {
        return Verdict::Pass;
    }
    let Some(delta) = entry.delta().filter(|_| entry.is_finished()) else {
        return Verdict::Silent;
    };
    if entry.before().is_some_and(|choice| choice.went_on) {
        return Verdict::Silent;
    }
    let text = |key: &str| delta.get(key).and_then(Value::as_str).unwrap_or_default();
    let says = !text("content").is_empty()
        || !text("refusal").is_empty()
        || delta.get("tool_calls").is_some_and(Value::is_array);
    Verdict::when(!says, || {
        format!(
            "expected nothing more of choice `{}` after its finish",
            entry.index
        )
    })
}

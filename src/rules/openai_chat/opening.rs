//! How a choice's text begins, and that it does not stutter.

use crate::json::Value;

use super::moment::{Entry, Step, each_entry};
use super::sample::{CALLING, GREETING, stream};
use crate::rules::quoting::quoted_value;
use crate::rules::{Check, Hooks, Rule, Severity, Verdict};

pub(super) static FILLED: Rule = Rule {
    id: "OAC-045",
    name: "choice-opens-with-text",
    severity: Severity::Should,
    source: "Recordings: the opening delta of a text has `content` `\"\"`, that of calls and \
             refusals has null",
    explanation: "The delta that opens a choice brings its role and no text yet: `content` is \
                  `\"\"`, or null where it brings a tool call. Clients that treat the opening as a \
                  header drop what else it says.",
    violations: &[
        stream(concat!(
            delta!(0, r#"{"role":"assistant","content":"Hi"}"#),
            finish!(0, "stop"),
            done!()
        )),
        stream(concat!(
            delta!(
                0,
                r#"{"role":"assistant","content":"","tool_calls":[{"index":0,"id":"call_1","#,
                r#""type":"function","function":{"name":"get_time","arguments":""}}]}"#
            ),
            arguments!(0, "{}"),
            finish!(0, "tool_calls"),
            done!()
        )),
    ],
    conforming: &[GREETING, CALLING],
    faults: &[r#"edit * /choices/0/delta/content = "Hi""#],
    check: Check::OpenaiChat(Hooks {
        event: Some(|step| each_entry(step, opens_empty)),
        ..Hooks::NONE
    }),
};

fn opens_empty(entry: &Entry<'_>) -> Verdict {
    let is_first = entry
        .before()
        .is_none_or(|choice| !choice.deltas.has_begun());
    let Some(delta) = entry.delta().filter(|_| is_first) else {
        return Verdict::Silent;
    };
    let calls = delta.get("tool_calls").and_then(Value::as_array);
    let calls = calls.is_some_and(|calls| !calls.is_empty());
    let content = delta.get("content");
    let text = content.and_then(Value::as_str);
    let holds = text.is_none_or(|text| text.is_empty() && !calls);
    Verdict::when(holds, || {
        format!(
            "expected an opening without text, found `content` {}",
            quoted_value(content)
        )
    })
}

pub(super) static EMPTY: Rule = Rule {
    id: "OAC-046",
    name: "empty-content-piece",
    severity: Severity::Should,
    source: "Recordings: `content` is `\"\"` in opening deltas only",
    explanation: "A delta with `content` `\"\"` stands at the opening of a choice only. Later ones \
                  say nothing, cost a read each, and are counted as tokens by whoever counts \
                  pieces.",
    violations: &[stream(concat!(
        role!(0),
        say!(0),
        delta!(0, r#"{"content":""}"#),
        finish!(0, "stop"),
        done!()
    ))],
    conforming: &[GREETING],
    faults: &[r#"edit *#3 /choices/0/delta/content = """#],
    check: Check::OpenaiChat(Hooks {
        event: Some(|step: &Step<'_>| each_entry(step, says_something)),
        ..Hooks::NONE
    }),
};

fn says_something(entry: &Entry<'_>) -> Verdict {
    let Some(before) = entry.before().filter(|choice| choice.deltas.has_begun()) else {
        return Verdict::Silent;
    };
    // Told once; a role that comes again is another rule's.
    if before.stutters
        || entry
            .delta()
            .is_none_or(|delta| delta.get("role").is_some())
    {
        return Verdict::Silent;
    }
    match entry.delta().and_then(|delta| delta.get("content")?.says()) {
        Some(says) => Verdict::when(says, || {
            "expected text in `content`, found `\"\"` after the opening".to_owned()
        }),
        None => Verdict::Silent,
    }
}

//! Tool calls can be told apart.

use crate::json::Value;

use super::moment::{Body, OPENS, Step, opened, type_of};
use super::sample::{CALLING, CALLING_WHOLE, stream};
use crate::rules::quoting::quoted;
use crate::rules::{Check, Hooks, Rule, Severity, Verdict};

pub(super) static RULE: Rule = Rule {
    id: "ANT-080",
    name: "tool-id-not-unique",
    severity: Severity::Must,
    source: "Anthropic API reference, Messages: `id` of `tool_use` matches \
             `^[a-zA-Z0-9_-]+$`; recordings: unique in each message",
    explanation: "The id of a tool call is made of letters, digits, `_` and `-`, and is unique in \
                  its message. Results refer to it: with two calls of one id, or an id of other \
                  characters, the next turn is refused.",
    violations: &[
        stream(concat!(
            start!(),
            call!(0, "toolu_1"),
            call!(1, "toolu_1"),
            end!("tool_use", 5),
            stop!()
        )),
        stream(concat!(
            start!(),
            call!(0, "toolu 1"),
            end!("tool_use", 5),
            stop!()
        )),
    ],
    conforming: &[CALLING, CALLING_WHOLE],
    faults: &[r#"edit content_block_start /content_block/id = "toolu 1""#],
    check: Check::AnthropicMessages(Hooks {
        about: &[OPENS],
        event: Some(event),
        body: Some(body),
        ..Hooks::NONE
    }),
};

fn event(step: &Step<'_>) -> Verdict {
    let Some(block) = opened(step).filter(|block| type_of(block) == "tool_use") else {
        return Verdict::Silent;
    };
    let Some(id) = block
        .get("id")
        .and_then(Value::as_str)
        .filter(|id| !id.is_empty())
    else {
        return Verdict::Silent;
    };
    judge(id, step.before.tools.iter().any(|tool| tool.id == id))
}

fn body(whole: &Body<'_>) -> Verdict {
    let tools = &whole.state.tools;
    let verdicts = (0..tools.len()).map(|at| {
        let id = &tools[at].id;
        judge(id, tools[..at].iter().any(|tool| tool.id == *id))
    });
    verdicts
        .max_by_key(|verdict| matches!(verdict, Verdict::Fail(_)))
        .unwrap_or(Verdict::Silent)
}

fn judge(id: &str, is_used: bool) -> Verdict {
    if is_used {
        return Verdict::fail(format!("found a second tool call with id {}", quoted(id)));
    }
    let fits = id
        .bytes()
        .all(|c| c.is_ascii_alphanumeric() || c == b'_' || c == b'-');
    Verdict::when(fits, || {
        format!(
            "expected letters, digits, `_` and `-` in the tool's id, found {}",
            quoted(id)
        )
    })
}

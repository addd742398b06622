//! A signature is not empty.

use crate::json::Value;

use super::moment::{Body, DELTAS, Step, delta, type_of};
use super::sample::{THINKING, stream, whole};
use super::server_tools::{blocks, first_wrong};
use crate::rules::{Check, Hooks, Rule, Severity, Verdict};

pub(super) static RULE: Rule = Rule {
    id: "ANT-074",
    name: "empty-signature",
    severity: Severity::Should,
    source: "Anthropic documentation, Extended thinking: the signature proves the thinking; \
             recordings: never empty",
    explanation: "The signature of a thinking block is an opaque, non-empty text. Clients send it \
                  back with the thinking in the next turn, and an empty one is refused there.",
    violations: &[
        stream(concat!(
            start!(),
            open_thinking!(0),
            delta!(0, r#"{"type":"signature_delta","signature":""}"#),
            close!(0),
            hi!(1),
            bye!()
        )),
        whole(saying!(
            r#"[{"type":"thinking","thinking":"Hm","signature":""},{"type":"text","text":"Hi"}]"#,
            "end_turn"
        )),
    ],
    conforming: &[THINKING],
    faults: &[r#"edit content_block_delta /delta/signature = """#],
    check: Check::AnthropicMessages(Hooks {
        about: &[DELTAS],
        event: Some(event),
        body: Some(body),
        ..Hooks::NONE
    }),
};

fn body(whole: &Body<'_>) -> Verdict {
    first_wrong(
        blocks(whole)
            .filter(|block| type_of(block) == "thinking")
            .map(judge),
    )
}

fn event(step: &Step<'_>) -> Verdict {
    let Some(("signature_delta", delta)) = delta(step) else {
        return Verdict::Silent;
    };
    judge(delta)
}

fn judge(signed: &Value) -> Verdict {
    match signed.get("signature").and_then(Value::as_str) {
        None => Verdict::Silent,
        Some(text) => Verdict::when(!text.is_empty(), || "found an empty signature".to_owned()),
    }
}

//! Thinking is signed once, at its end.

use super::moment::{CLOSES, Step, of_type};
use super::sample::{THINKING, stream};
use crate::protocol::anthropic_messages::BlockKind;
use crate::rules::{Check, Hooks, Rule, Severity, Verdict};

pub(super) static RULE: Rule = Rule {
    id: "ANT-073",
    name: "thinking-not-signed",
    severity: Severity::Must,
    source: "Anthropic documentation, Streaming messages, Thinking delta: a signature comes \
             just before the block's stop",
    explanation: "A thinking block gets exactly one `signature_delta`, and it is the last delta. \
                  Clients keep the last one they see; without it, or with one that does not cover \
                  all of the thinking, the next turn is refused.",
    violations: &[
        stream(concat!(
            start!(),
            open_thinking!(0),
            close!(0),
            hi!(1),
            bye!()
        )),
        stream(concat!(
            start!(),
            open_thinking!(0),
            sign!(0),
            sign!(0),
            close!(0),
            hi!(1),
            bye!()
        )),
        stream(concat!(
            start!(),
            open_thinking!(0),
            sign!(0),
            delta!(0, r#"{"type":"thinking_delta","thinking":"a"}"#),
            close!(0),
            hi!(1),
            bye!()
        )),
    ],
    conforming: &[THINKING],
    faults: &[r#"edit bytes "\"signature_delta\"" "\"later_delta\"""#],
    check: Check::AnthropicMessages(Hooks {
        about: &[CLOSES],
        event: Some(check),
        ..Hooks::NONE
    }),
};

fn check(step: &Step<'_>) -> Verdict {
    if of_type(step, "content_block_stop").is_none() {
        return Verdict::Silent;
    }
    let Some(open) = step
        .before
        .open
        .as_ref()
        .filter(|open| open.kind == BlockKind::Thinking)
    else {
        return Verdict::Silent;
    };
    match (open.signatures, open.ends_signed) {
        (1, true) => Verdict::Pass,
        (1, false) => Verdict::fail("expected the signature as the block's last delta"),
        (count, _) => Verdict::fail(format!(
            "expected one signature in the block, found `{count}`"
        )),
    }
}

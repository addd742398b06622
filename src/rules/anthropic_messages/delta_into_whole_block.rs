//! Some blocks come whole.

use super::moment::{DELTAS, OPENS, Step, delta, opened, type_of};
use super::sample::stream;
use crate::protocol::anthropic_messages::BlockKind;
use crate::rules::{Check, Hooks, Rule, Severity, Verdict};

pub(super) static RULE: Rule = Rule {
    id: "ANT-067",
    name: "delta-into-whole-block",
    severity: Severity::Must,
    source: "Recordings: result blocks, redacted thinking and uploads have no deltas",
    explanation: "Redacted thinking, tool results and uploads are complete in their start and get \
                  no delta. Clients drop what a delta would add.",
    violations: &[stream(concat!(
        start!(),
        open!(0, r#"{"type":"redacted_thinking","data":"ZGF0YQ=="}"#),
        say!(0),
        close!(0),
        bye!()
    ))],
    conforming: &[stream(concat!(
        start!(),
        open!(0, r#"{"type":"redacted_thinking","data":"ZGF0YQ=="}"#),
        close!(0),
        hi!(1),
        bye!()
    ))],
    faults: &[concat!(
        r#"edit content_block_start /content_block = {"type":"redacted_thinking","#,
        r#""data":"AAAA"}"#
    )],
    check: Check::AnthropicMessages(Hooks {
        about: &[OPENS, DELTAS],
        event: Some(check),
        ..Hooks::NONE
    }),
};

fn check(step: &Step<'_>) -> Verdict {
    if opened(step).is_some_and(|block| BlockKind::of(type_of(block)) == BlockKind::Whole) {
        return Verdict::Pass;
    }
    let (Some((kind, _)), Some(open)) = (delta(step), &step.before.open) else {
        return Verdict::Silent;
    };
    if open.kind != BlockKind::Whole {
        return Verdict::Silent;
    }
    Verdict::fail(format!(
        "found `{kind}` in a block that came whole in its start"
    ))
}

//! A block that was cut is closed too.

use crate::json::Value;

use super::moment::{ENDS, Step, cuts_short, of_type};
use super::sample::stream;
use crate::rules::{Check, Hooks, Rule, Severity, Verdict};

pub(super) static RULE: Rule = Rule {
    id: "ANT-045",
    name: "cut-block-left-open",
    severity: Severity::Should,
    source: "Recordings: answers that reached their limit close their last block; a fixture \
             of one of the vendor's clients does not",
    explanation: "An answer that was cut, for example at `max_tokens`, closes its last block like \
                  any other. Clients that wait for `content_block_stop` to show a block wait for \
                  ever.",
    violations: &[stream(concat!(
        start!(),
        open_text!(0),
        say!(0),
        end!("max_tokens", 5),
        stop!()
    ))],
    conforming: &[stream(concat!(
        start!(),
        hi!(0),
        end!("max_tokens", 5),
        stop!()
    ))],
    faults: &["missing-stop"],
    check: Check::AnthropicMessages(Hooks {
        about: &[ENDS],
        event: Some(check),
        ..Hooks::NONE
    }),
};

fn check(step: &Step<'_>) -> Verdict {
    let delta = of_type(step, "message_delta").and_then(|json| json.get("delta"));
    let reason = delta
        .and_then(|delta| delta.get("stop_reason"))
        .and_then(Value::as_str);
    if !cuts_short(reason) {
        return Verdict::Silent;
    }
    match &step.before.open {
        None => Verdict::Pass,
        Some(open) => Verdict::fail(format!(
            "expected `content_block_stop` of block `{}` before `message_delta`",
            open.index
        )),
    }
}

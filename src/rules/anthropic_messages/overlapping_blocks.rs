//! One block at a time.

use super::moment::{OPENS, Step, of_type};
use super::sample::{GREETING, stream};
use crate::rules::{Check, Hooks, Rule, Severity, Verdict};

pub(super) static RULE: Rule = Rule {
    id: "ANT-037",
    name: "overlapping-blocks",
    severity: Severity::Must,
    source: "Recordings: no block starts before the one before it has stopped; the \
             documentation shows the same",
    explanation: "Blocks come one after another: each is stopped before the next starts. Clients \
                  that keep one current block put the text of two into one.",
    violations: &[stream(concat!(
        start!(),
        open_text!(0),
        open_text!(1),
        say!(1),
        close!(1),
        bye!()
    ))],
    conforming: &[GREETING],
    faults: &["missing-stop"],
    check: Check::AnthropicMessages(Hooks {
        about: &[OPENS],
        event: Some(check),
        ..Hooks::NONE
    }),
};

fn check(step: &Step<'_>) -> Verdict {
    if of_type(step, "content_block_start").is_none() {
        return Verdict::Silent;
    }
    match &step.before.open {
        None => Verdict::Pass,
        Some(open) => Verdict::fail(format!(
            "expected `content_block_stop` of block `{}` before the next start",
            open.index
        )),
    }
}

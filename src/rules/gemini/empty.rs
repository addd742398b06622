use super::sample::TEXT;
use crate::protocol::BodyEnd;
use crate::protocol::gemini::State;
use crate::rules::{Check, Ended, Hooks, Rule, Severity, Verdict};
use crate::wire::json_array::ArrayFault;

pub(super) static RULE: Rule = Rule {
    id: "GEM-060",
    name: "gemini-empty-stream",
    severity: Severity::Must,
    source: "Every recorded stream; Google's clients give no error for it",
    explanation: "A stream has at least one chunk. Google's clients return no answer and no error \
                  for an empty one.",
    violations: &[stream!(""), array!("[]")],
    conforming: &[TEXT],
    faults: &["empty-body", "half-body"],
    check: Check::Gemini(Hooks {
        end: Some(check),
        ..Hooks::NONE
    }),
};

fn check(ended: &Ended<'_, State>) -> Verdict {
    if ended.end != BodyEnd::Clean || ended.tail.array == Some(ArrayFault::NotAnArray) {
        return Verdict::Silent;
    }
    Verdict::when(ended.tail.frames > 0, || {
        "expected at least one chunk, found the end".to_owned()
    })
}

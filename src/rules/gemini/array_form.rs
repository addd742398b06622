use super::sample::ARRAY;
use crate::protocol::gemini::State;
use crate::protocol::{BodyEnd, Delivery};
use crate::rules::{Check, Ended, Hooks, Rule, Severity, Verdict};
use crate::wire::json_array::ArrayFault;

pub(super) static RULE: Rule = Rule {
    id: "GEM-021",
    name: "gemini-broken-array",
    severity: Severity::Must,
    source: "Every recorded answer of this form; JSON",
    explanation: "Without `alt=sse` the whole body is one JSON array. Clients that parse it at the \
                  end lose the whole answer to a missing bracket.",
    violations: &[
        array!(
            "[",
            chunk!(finished!(r#"{"text":"Tides."}"#), usage!(6, 13))
        ),
        array!(chunk!(finished!(r#"{"text":"Tides."}"#), usage!(6, 13))),
    ],
    conforming: &[ARRAY],
    faults: &["bom", "missing-terminator", "error-in-200", "garbage-body"],
    check: Check::Gemini(Hooks {
        end: Some(check),
        ..Hooks::NONE
    }),
};

fn check(ended: &Ended<'_, State>) -> Verdict {
    if ended.end != BodyEnd::Clean || ended.asked.delivery != Delivery::Array {
        return Verdict::Silent;
    }
    let found = match ended.tail.array {
        None if ended.tail.unclosed => "no end of the array",
        None => return Verdict::Pass,
        Some(ArrayFault::NotAnArray) => "something else",
        Some(ArrayFault::Separator) => "elements not separated by one comma",
        Some(ArrayFault::Unclosed) => "no closing bracket",
        Some(ArrayFault::Trailing) => "bytes after the closing bracket",
        Some(ArrayFault::Oversized) => return Verdict::Silent,
    };
    Verdict::fail(format!("expected one JSON array, found {found}"))
}

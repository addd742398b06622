use super::sample::ARRAY;
use crate::protocol::gemini::State;
use crate::protocol::{BodyEnd, Delivery};
use crate::rules::quoting::quoted;
use crate::rules::{Check, Ended, Hooks, Rule, Severity, Transition, Verdict};
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
    faults: &["bom", "missing-terminator", "garbage-body"],
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

pub(super) static DELIMITERS: Rule = Rule {
    id: "GEM-022",
    name: "gemini-array-delimiters",
    severity: Severity::Should,
    source: "Recordings: `[` right before the first element, `\\n,\\r\\n` between two",
    explanation: "The service writes the array in one way: `[`, the first element, then each other \
                  one after a comma on a line of its own. Readers that cut the body at that line \
                  to show chunks as they come find none in any other form.",
    violations: &[array!(
        "[",
        chunk!(candidate!(r#"{"text":"Tides follow"}"#), usage!(3, 10)),
        ",",
        chunk!(finished!(r#"{"text":" the Moon."}"#), usage!(6, 13)),
        "]"
    )],
    conforming: &[ARRAY],
    faults: &[r#"edit bytes "[{" "[ {""#],
    check: Check::Gemini(Hooks {
        event: Some(delimiters),
        ..Hooks::NONE
    }),
};

fn delimiters(seen: &Transition<'_, State>) -> Verdict {
    let frame = seen.event.frame();
    // One body has one writer: what holds for the first two elements holds for all.
    if seen.asked.delivery != Delivery::Array || frame.index > 1 || frame.lines.data > 0 {
        return Verdict::Silent;
    }
    let Some(before) = frame.raw.strip_suffix(frame.data.as_ref()) else {
        return Verdict::Silent;
    };
    let expected: &[u8] = if frame.index == 0 { b"[" } else { b"\n,\r\n" };
    Verdict::when(before == expected, || {
        format!(
            "expected {} before the element, found {}",
            quoted(&expected.escape_ascii().to_string()),
            quoted(&before.escape_ascii().to_string())
        )
    })
}

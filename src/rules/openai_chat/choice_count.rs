//! There are as many choices as were asked for.

use crate::json::Value;

use super::moment::{Body, completion, whole_entries};
use super::sample::answered;
use crate::rules::{Check, Hooks, Rule, Severity, Verdict};

pub(super) static RULE: Rule = Rule {
    id: "OAC-078",
    name: "wrong-choice-count",
    severity: Severity::Must,
    source: "OpenAI API description, `n`: how many choices to generate",
    explanation: "A completion has exactly `n` choices, 1 when it is not given, with the indexes 0 \
                  to n-1. The caller pays for all of them and indexes into them.",
    violations: &[
        answered(r#"{"n":2}"#, completion!(whole_hi!(0),)),
        answered(r#"{"n":2}"#, completion!(whole_hi!(0), ",", whole_hi!(0),)),
    ],
    conforming: &[answered(
        r#"{"n":2}"#,
        completion!(whole_hi!(0), ",", whole_hi!(1),),
    )],
    faults: &["edit * /choices/1 removed"],
    check: Check::OpenaiChat(Hooks {
        body: Some(check),
        ..Hooks::NONE
    }),
};

fn check(whole: &Body<'_>) -> Verdict {
    let (Some(_), Some(n)) = (completion(whole), whole.asked.n) else {
        return Verdict::Silent;
    };
    let count = whole_entries(whole).count() as u64;
    if count != n {
        return Verdict::fail(format!("expected `{n}` choices, found `{count}`"));
    }
    let has = |index: u64| {
        whole_entries(whole).any(|entry| entry.get("index").and_then(Value::as_u64) == Some(index))
    };
    match (0..n).find(|index| !has(*index)) {
        None => Verdict::Pass,
        Some(index) => Verdict::fail(format!("expected choice `{index}` of `{n}`, found none")),
    }
}

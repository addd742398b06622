//! The counts add up.

use crate::json::Value;

use super::moment::{Body, Step, USAGE, chunk, completion};
use super::sample::{COUNTED, GREETING_WHOLE, stream};
use crate::rules::quoting::quoted_value;
use crate::rules::{Check, Hooks, Rule, Severity, Verdict};

pub(super) static RULE: Rule = Rule {
    id: "OAC-072",
    name: "usage-does-not-add-up",
    severity: Severity::Must,
    source: "OpenAI API description, CompletionUsage: three required integers, the total is \
             the sum; every recorded one is",
    explanation: "`prompt_tokens`, `completion_tokens` and `total_tokens` are whole numbers and \
                  the third is the sum of the others. Bills are made from one and budgets kept by \
                  the other.",
    violations: &[
        stream(concat!(
            hi!(0),
            usage_with!(r#""prompt_tokens":9,"completion_tokens":2,"total_tokens":12"#),
            done!()
        )),
        stream(concat!(
            hi!(0),
            usage_with!(r#""prompt_tokens":"9","completion_tokens":2,"total_tokens":11"#),
            done!()
        )),
    ],
    conforming: &[COUNTED, GREETING_WHOLE],
    faults: &["wrong-usage"],
    check: Check::OpenaiChat(Hooks {
        about: &[USAGE],
        event: Some(event),
        body: Some(body),
        ..Hooks::NONE
    }),
};

fn event(step: &Step<'_>) -> Verdict {
    chunk(step).map_or(Verdict::Silent, judge)
}

fn body(whole: &Body<'_>) -> Verdict {
    completion(whole).map_or(Verdict::Silent, judge)
}

fn judge(owner: &Value) -> Verdict {
    let Some(usage) = owner.get("usage").filter(|usage| usage.is_object()) else {
        return Verdict::Silent;
    };
    let count = |key: &str| usage.get(key).and_then(Value::as_u64);
    let counts = (
        count("prompt_tokens"),
        count("completion_tokens"),
        count("total_tokens"),
    );
    let (Some(prompt), Some(completion), Some(total)) = counts else {
        let found = quoted_value(Some(usage));
        return Verdict::fail(format!(
            "expected three whole numbers in usage, found {found}"
        ));
    };
    Verdict::when(prompt.checked_add(completion) == Some(total), || {
        format!("expected a total of `{prompt}` + `{completion}` tokens, found `{total}`")
    })
}

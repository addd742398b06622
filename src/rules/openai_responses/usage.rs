//! Token counts.

use super::reading::{ENDS, ended_response, number, whole_response, word};
use super::sample::{INCOMPLETE, TEXT, UNARY};
use crate::json::Value;
use crate::protocol::Asked;
use crate::protocol::openai_responses::{Finish, State};
use crate::rules::quoting::quoted_value;
use crate::rules::{Check, Hooks, Rule, Severity, Transition, Verdict, Whole};

pub(super) static MISSING: Rule = Rule {
    id: "OAR-033",
    name: "responses-no-usage",
    severity: Severity::Should,
    source: "Every recorded stream of the service",
    explanation: "A completed or incomplete response counts its tokens in `usage`; without it \
                  nobody can check what the answer cost.",
    violations: &[stream!(
        written!(),
        completed!(9, message!("completed", text_part!("Blue whale")), "null")
    )],
    conforming: &[TEXT, UNARY],
    faults: &["missing-usage"],
    check: Check::OpenaiResponses(Hooks {
        about: ENDS,
        event: Some(streamed_usage),
        body: Some(whole_usage),
        ..Hooks::NONE
    }),
};

fn streamed_usage(seen: &Transition<'_, State>) -> Verdict {
    match ended_response(seen) {
        Some((Finish::Completed | Finish::Incomplete, response)) => has_usage(response),
        Some((Finish::Failed, _)) | None => Verdict::Silent,
    }
}

fn whole_usage(whole: &Whole<'_, State>) -> Verdict {
    match whole_response(whole) {
        Some(body) if matches!(word(body, "status"), Some("completed" | "incomplete")) => {
            has_usage(body)
        }
        _ => Verdict::Silent,
    }
}

fn has_usage(response: &Value) -> Verdict {
    let usage = response.get("usage");
    Verdict::when(usage.is_some_and(Value::is_object), || {
        format!("expected `usage` at the end, found {}", quoted_value(usage))
    })
}

pub(super) static SUM: Rule = Rule {
    id: "OAR-034",
    name: "responses-usage-does-not-add-up",
    severity: Severity::Must,
    source: "OpenAI API description: usage of a response; every recorded answer",
    explanation: "`total_tokens` is input plus output, cached tokens are part of the input and \
                  reasoning tokens part of the output, all of them whole numbers. Bills are made \
                  from these.",
    violations: &[
        stream!(
            written!(),
            completed!(
                9,
                message!("completed", text_part!("Blue whale")),
                usage!("12")
            )
        ),
        body!(response!(
            "completed",
            message!("completed", text_part!("Blue whale")),
            concat!(
                r#"{"input_tokens":9,"input_tokens_details":{"cached_tokens":10},"#,
                r#""output_tokens":2,"output_tokens_details":{"reasoning_tokens":0},"#,
                r#""total_tokens":11}"#
            )
        )),
    ],
    conforming: &[TEXT, UNARY],
    faults: &["wrong-usage"],
    check: Check::OpenaiResponses(Hooks {
        about: ENDS,
        event: Some(streamed_sum),
        body: Some(whole_sum),
        ..Hooks::NONE
    }),
};

fn streamed_sum(seen: &Transition<'_, State>) -> Verdict {
    match ended_response(seen) {
        Some((_, response)) => adds_up(response),
        None => Verdict::Silent,
    }
}

fn whole_sum(whole: &Whole<'_, State>) -> Verdict {
    whole_response(whole).map_or(Verdict::Silent, adds_up)
}

fn adds_up(response: &Value) -> Verdict {
    let Some(usage) = response.get("usage").filter(|usage| usage.is_object()) else {
        return Verdict::Silent;
    };
    let mut counts = [0; 3];
    for (count, key) in counts
        .iter_mut()
        .zip(["input_tokens", "output_tokens", "total_tokens"])
    {
        let Some(found) = number(usage, key) else {
            return Verdict::fail(format!(
                "expected `{key}` to be a count, found {}",
                quoted_value(usage.get(key))
            ));
        };
        *count = found;
    }
    let [input, output, total] = counts;
    if input.checked_add(output) != Some(total) {
        return Verdict::fail(format!(
            "expected `total_tokens` to be {input} + {output}, found `{total}`"
        ));
    }
    let part = |path: &str| usage.pointer(path).and_then(Value::as_u64).unwrap_or(0);
    let cached = part("/input_tokens_details/cached_tokens");
    let reasoning = part("/output_tokens_details/reasoning_tokens");
    if cached > input {
        return Verdict::fail(format!(
            "expected at most `{input}` cached tokens, all there are of input, found `{cached}`"
        ));
    }
    Verdict::when(reasoning <= output, || {
        format!("expected at most `{output}` reasoning tokens, found `{reasoning}`")
    })
}

pub(super) static OVER_LIMIT: Rule = Rule {
    id: "OAR-035",
    name: "responses-limit-exceeded",
    severity: Severity::Should,
    source: "OpenAI API description: `max_output_tokens`; recorded streams",
    explanation: "`max_output_tokens` bounds what is generated, reasoning included, and with it \
                  what an answer may cost.",
    violations: &[asked!(
        r#"{"max_output_tokens":16}"#,
        written!(),
        completed!(
            9,
            message!("completed", text_part!("Blue whale")),
            concat!(
                r#"{"input_tokens":9,"input_tokens_details":{"cached_tokens":0},"#,
                r#""output_tokens":90,"output_tokens_details":{"reasoning_tokens":0},"#,
                r#""total_tokens":99}"#
            )
        )
    )],
    conforming: &[INCOMPLETE],
    faults: &[concat!(
        r#"edit * /usage = {"input_tokens":9,"#,
        r#""input_tokens_details":{"cached_tokens":0},"output_tokens":90,"#,
        r#""output_tokens_details":{"reasoning_tokens":0},"total_tokens":99}"#,
    )],
    check: Check::OpenaiResponses(Hooks {
        about: ENDS,
        event: Some(streamed_limit),
        body: Some(whole_limit),
        ..Hooks::NONE
    }),
};

fn streamed_limit(seen: &Transition<'_, State>) -> Verdict {
    ended_response(seen).map_or(Verdict::Silent, |(_, response)| {
        within_limit(seen.asked.get(), response)
    })
}

fn whole_limit(whole: &Whole<'_, State>) -> Verdict {
    let told = |body| within_limit(whole.asked.get(), body);
    whole_response(whole).map_or(Verdict::Silent, told)
}

fn within_limit(asked: &Asked, response: &Value) -> Verdict {
    let Some(limit) = asked.max_tokens else {
        return Verdict::Silent;
    };
    match response
        .pointer("/usage/output_tokens")
        .and_then(Value::as_u64)
    {
        None => Verdict::Silent,
        Some(output) => Verdict::when(output <= limit, || {
            format!("expected at most `{limit}` output tokens, found `{output}`")
        }),
    }
}

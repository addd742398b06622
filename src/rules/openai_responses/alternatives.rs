//! The tokens that might have come instead.

use super::reading::{spoken, whole_response};
use crate::json::Value;
use crate::protocol::Asked;
use crate::protocol::openai_responses::State;
use crate::rules::quoting::quoted_value;
use crate::rules::{Check, Hooks, Rule, Sample, Severity, Topic, Transition, Verdict, Whole};

/// A delta with these alternatives, after a request for two.
macro_rules! alternatives {
    ($list:literal) => {
        asked!(
            concat!(
                r#"{"include":["message.output_text.logprobs"],"top_logprobs":2,"#,
                r#""temperature":1.0}"#
            ),
            opened!(),
            record!(
                "response.output_text.delta",
                4,
                r#""item_id":"msg_1","output_index":0,"content_index":0,"delta":"Blue whale""#,
                concat!(
                    r#""logprobs":[{"token":"Blue whale","logprob":-0.1,"top_logprobs":"#,
                    $list,
                    "}]"
                )
            ),
            record!(
                "response.output_text.done",
                5,
                r#""item_id":"msg_1","output_index":0,"content_index":0,"text":"Blue whale""#
            ),
            part_done!(6, text_part!("Blue whale")),
            item_done!(7, 0, message!("completed", text_part!("Blue whale"))),
            completed!(8, message!("completed", text_part!("Blue whale")), usage!())
        )
    };
}

const TWO: Sample =
    alternatives!(r#"[{"token":"Blue whale","logprob":-0.1},{"token":"Red","logprob":-2}]"#);

pub(super) static RULE: Rule = Rule {
    id: "OAR-120",
    name: "responses-odd-alternatives",
    severity: Severity::Should,
    source: "OpenAI API description: `top_logprobs`, the most likely tokens; recordings",
    explanation: "A token comes with at most as many alternatives as were asked for, the likeliest \
                  first and none of them twice. Tools that draw them rely on the order.",
    violations: &[
        alternatives!(r#"[{"token":"Red","logprob":-2},{"token":"Blue whale","logprob":-0.1}]"#),
        alternatives!(r#"[{"token":"Red","logprob":-2},{"token":"Red","logprob":-2}]"#),
    ],
    conforming: &[TWO],
    faults: &["edit response.output_text.delta /logprobs/0/top_logprobs/0 doubled"],
    check: Check::OpenaiResponses(Hooks {
        about: &[Topic::Type("response.output_text.delta")],
        event: Some(streamed),
        body: Some(whole),
        ..Hooks::NONE
    }),
};

fn streamed(seen: &Transition<'_, State>) -> Verdict {
    match spoken(seen) {
        Some(("response.output_text.delta", value)) => {
            value.get("logprobs").map_or(Verdict::Silent, |tokens| {
                are_ordered(seen.asked.get(), tokens)
            })
        }
        _ => Verdict::Silent,
    }
}

fn whole(whole: &Whole<'_, State>) -> Verdict {
    let output = whole_response(whole).and_then(|body| body.get("output")?.as_array());
    let items = output.into_iter().flatten();
    let parts = items.filter_map(|item| item.get("content")?.as_array());
    let lists = parts.flatten().filter_map(|part| part.get("logprobs"));
    let mut verdict = Verdict::Silent;
    for tokens in lists {
        match are_ordered(whole.asked.get(), tokens) {
            Verdict::Silent => {}
            Verdict::Pass => verdict = Verdict::Pass,
            fault @ Verdict::Fail(_) => return fault,
        }
    }
    verdict
}

fn are_ordered(asked: &Asked, tokens: &Value) -> Verdict {
    let wanted = asked
        .body
        .as_ref()
        .and_then(|body| body.get("top_logprobs"));
    let most = wanted.and_then(Value::as_u64);
    let mut verdict = Verdict::Silent;
    for token in tokens.as_array().into_iter().flatten() {
        let Some(others) = token.get("top_logprobs").and_then(Value::as_array) else {
            continue;
        };
        verdict = Verdict::Pass;
        if most.is_some_and(|most| others.len() as u64 > most) {
            return Verdict::fail(format!(
                "expected at most the alternatives that were asked for, found `{}`",
                others.len()
            ));
        }
        let logprob = |token: &Value| token.get("logprob").and_then(Value::as_f64);
        let is_behind = |pair: &&[Value]| {
            let (before, after) = (logprob(&pair[0]), logprob(&pair[1]));
            before
                .zip(after)
                .is_some_and(|(before, after)| before < after)
                || pair[0].get("token") == pair[1].get("token")
        };
        if let Some(pair) = others.windows(2).find(is_behind) {
            return Verdict::fail(format!(
                "expected other alternatives, the likeliest first, found {} before {}",
                quoted_value(Some(&pair[0])),
                quoted_value(Some(&pair[1]))
            ));
        }
    }
    verdict
}

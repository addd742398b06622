//! What was asked was counted.

use super::moment::{Body, STOPS, Step, at_stop, of_body};
use super::sample::{GREETING, GREETING_WHOLE, stream, whole};
use crate::protocol::Asked;
use crate::protocol::anthropic_messages::State;
use crate::rules::{Check, Hooks, Rule, Severity, Verdict};

pub(super) static RULE: Rule = Rule {
    id: "ANT-134",
    name: "input-not-counted",
    severity: Severity::Must,
    source: "Anthropic API reference, Messages, Usage: the input is `input_tokens` and what was \
             read from and written to the cache; every recorded answer to a prompt",
    explanation: "The three counts of the input are not all zero: no prompt is empty. Bills and \
                  budgets made from such an answer are too small, and so are those of the \
                  gateway. A call that running code makes has no input of its own and says so \
                  with zeroes.",
    violations: &[
        stream(concat!(
            start_with!(
                r#""type":"message","role":"assistant","model":"m","content":[],"#,
                r#""stop_reason":null,"stop_sequence":null,"#,
                r#""usage":{"input_tokens":0,"output_tokens":1}"#
            ),
            hi!(0),
            end!("end_turn", 5),
            stop!()
        )),
        whole(message!(
            r#""content":[],"stop_reason":"end_turn","stop_sequence":null,"#,
            r#""usage":{"input_tokens":0,"cache_creation_input_tokens":0,"#,
            r#""cache_read_input_tokens":0,"output_tokens":5}"#
        )),
    ],
    conforming: &[
        GREETING,
        GREETING_WHOLE,
        whole(message!(
            r#""content":[],"stop_reason":"end_turn","stop_sequence":null,"#,
            r#""usage":{"input_tokens":0,"cache_creation_input_tokens":0,"#,
            r#""cache_read_input_tokens":9,"output_tokens":5}"#
        )),
    ],
    faults: &["edit message /usage/input_tokens = 0"],
    check: Check::AnthropicMessages(Hooks {
        about: &[STOPS],
        event: Some(event),
        body: Some(body),
        ..Hooks::NONE
    }),
};

fn event(step: &Step<'_>) -> Verdict {
    at_stop(step, judge)
}

fn body(whole: &Body<'_>) -> Verdict {
    of_body(whole, judge)
}

fn judge(state: &State, _asked: &Asked) -> Verdict {
    let counts = &state.counts;
    // A count that is missing has a rule of its own.
    let Some(input) = counts.input.filter(|_| !state.prefilled) else {
        return Verdict::Silent;
    };
    if state.tools.iter().any(|tool| !tool.is_direct) {
        return Verdict::Silent;
    }
    let cached = [counts.cache_read, counts.cache_creation];
    let is_counted = input > 0 || cached.into_iter().flatten().any(|count| count > 0);
    Verdict::when(is_counted, || {
        "expected at least one token of input, found `0`".to_owned()
    })
}

//! What was asked and what was said was counted.

use super::moment::{Body, Step, at_done, of_body};
use super::sample::{COUNTED, GREETING_WHOLE, stream, whole};
use crate::protocol::Asked;
use crate::protocol::openai_chat::State;
use crate::rules::{Check, Hooks, Rule, Severity, Topic, Verdict};

/// A stream whose usage has these counts.
macro_rules! counting {
    ($counts:literal) => {
        stream(concat!(hi!(0), usage_with!($counts), done!()))
    };
}

pub(super) static INPUT: Rule = Rule {
    id: "OAC-100",
    name: "chat-input-not-counted",
    severity: Severity::Must,
    source: "OpenAI API description, CompletionUsage: the tokens of the prompt; every recorded \
             answer",
    explanation: "`prompt_tokens` is not zero: no prompt is empty, its roles and separators count. \
                  Bills and budgets made from such an answer are too small.",
    violations: &[
        counting!(r#""prompt_tokens":0,"completion_tokens":2,"total_tokens":2"#),
        whole(concat!(
            r#"{"id":"chatcmpl-1","object":"chat.completion","created":1790000000,"model":"m","#,
            r#""choices":["#,
            whole_hi!(0),
            r#"],"usage":{"prompt_tokens":0,"completion_tokens":2,"total_tokens":2}}"#
        )),
    ],
    conforming: &[COUNTED, GREETING_WHOLE],
    faults: &[concat!(
        r#"edit * /usage = {"prompt_tokens":0,"completion_tokens":9,"total_tokens":9,"#,
        r#""prompt_tokens_details":{"cached_tokens":0,"audio_tokens":0},"#,
        r#""completion_tokens_details":{"reasoning_tokens":0,"audio_tokens":0,"#,
        r#""accepted_prediction_tokens":0,"rejected_prediction_tokens":0}}"#
    )],
    check: Check::OpenaiChat(Hooks {
        about: &[Topic::Done],
        event: Some(|step: &Step<'_>| at_done(step, input)),
        body: Some(|whole: &Body<'_>| of_body(whole, input)),
        ..Hooks::NONE
    }),
};

fn input(state: &State, _asked: &Asked) -> Verdict {
    state.counts.map_or(Verdict::Silent, |counts| {
        Verdict::when(counts.input > 0, || {
            "expected at least one token of the prompt, found `0`".to_owned()
        })
    })
}

pub(super) static OUTPUT: Rule = Rule {
    id: "OAC-101",
    name: "chat-output-not-counted",
    severity: Severity::Should,
    source: "OpenAI API description, CompletionUsage: the tokens of the completion; every recorded \
             answer that says something",
    explanation: "An answer with text or a tool call has at least one token of completion. A zero \
                  makes bills, budgets and speeds wrong without a sign that anything is.",
    violations: &[counting!(
        r#""prompt_tokens":9,"completion_tokens":0,"total_tokens":9"#
    )],
    conforming: &[COUNTED, GREETING_WHOLE],
    faults: &[concat!(
        r#"edit * /usage = {"prompt_tokens":9,"completion_tokens":0,"total_tokens":9,"#,
        r#""prompt_tokens_details":{"cached_tokens":0,"audio_tokens":0},"#,
        r#""completion_tokens_details":{"reasoning_tokens":0,"audio_tokens":0,"#,
        r#""accepted_prediction_tokens":0,"rejected_prediction_tokens":0}}"#
    )],
    check: Check::OpenaiChat(Hooks {
        about: &[Topic::Done],
        event: Some(|step: &Step<'_>| at_done(step, output)),
        body: Some(|whole: &Body<'_>| of_body(whole, output)),
        ..Hooks::NONE
    }),
};

fn output(state: &State, _asked: &Asked) -> Verdict {
    let says = |choice: &crate::protocol::openai_chat::Choice| {
        choice.has_content || !choice.tools.is_empty()
    };
    let counts = state.counts.filter(|_| state.choices.iter().any(says));
    counts.map_or(Verdict::Silent, |counts| {
        Verdict::when(counts.output > 0, || {
            "expected at least one token of the completion, found `0`".to_owned()
        })
    })
}

//! Log probabilities cover the text.

use super::moment::{Body, Step, at_done, fold, of_body};
use super::sample::streamed;
use crate::protocol::Asked;
use crate::protocol::openai_chat::{Choice, State};
use crate::rules::{Check, Hooks, Rule, Severity, Topic, Verdict};

pub(super) static RULE: Rule = Rule {
    id: "OAC-066",
    name: "logprobs-differ-from-text",
    severity: Severity::Should,
    source: "Recordings: the bytes of all tokens are the text's",
    explanation: "The `bytes` of the entries in `logprobs.content`, put together, are the text of \
                  the choice. A token that was lost shifts every figure after it to the wrong \
                  word.",
    violations: &[streamed(
        r#"{"stream":true,"logprobs":true}"#,
        concat!(
            role!(0),
            logged!(
                r#"{"content":"Hi"}"#,
                r#"{"content":[{"token":"H","logprob":-1,"bytes":[72],"top_logprobs":[]}]}"#
            ),
            finish!(0, "stop"),
            done!()
        ),
    )],
    conforming: &[streamed(
        r#"{"stream":true,"logprobs":true}"#,
        concat!(
            role!(0),
            logged!(
                r#"{"content":"Hi"}"#,
                r#"{"content":[{"token":"Hi","logprob":-1,"bytes":[72,105],"top_logprobs":[]}]}"#
            ),
            finish!(0, "stop"),
            done!()
        ),
    )],
    faults: &["edit * /choices/0/logprobs/content/0/bytes = [1]"],
    check: Check::OpenaiChat(Hooks {
        about: &[Topic::Done],
        event: Some(event),
        body: Some(body),
        ..Hooks::NONE
    }),
};

fn event(step: &Step<'_>) -> Verdict {
    at_done(step, judge)
}

fn body(whole: &Body<'_>) -> Verdict {
    of_body(whole, judge)
}

fn judge(state: &State, asked: &Asked) -> Verdict {
    // The tokens of a stop sequence may be listed though it is not in the text.
    let may_stop = asked
        .stop_sequences
        .as_ref()
        .is_some_and(|stops| !stops.is_empty());
    let choices = state.choices.iter().filter(|_| !may_stop);
    fold(choices.map(covers))
}

fn covers(choice: &Choice) -> Verdict {
    let Some(logged) = choice.logged.bytes() else {
        return Verdict::Silent;
    };
    // A character that the limit cut in two is shown as another.
    let is_comparable = !*choice.text_cut && !choice.called() && !choice.text.contains('\u{fffd}');
    if !is_comparable {
        return Verdict::Silent;
    }
    Verdict::when(logged == choice.text.as_bytes(), || {
        format!(
            "expected log probabilities for all `{}` bytes of the text, found `{}` bytes of tokens",
            choice.text.len(),
            logged.len()
        )
    })
}

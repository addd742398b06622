//! What the deltas of a choice make together.

use super::moment::{Body, Step, at_done, fold, of_body};
use super::sample::{CALLING, GREETING, TWO, stream, whole};
use crate::protocol::Asked;
use crate::protocol::openai_chat::State;
use crate::rules::{Check, Hooks, Rule, Severity, Topic, Verdict};

pub(super) static BOTH: Rule = Rule {
    id: "OAC-044",
    name: "text-and-refusal",
    severity: Severity::Should,
    source: "OpenAI API description, `refusal`: in place of the content; recordings: refusals \
             have null `content`",
    explanation: "A choice holds text or calls, or else a refusal, not both. Clients show the \
                  refusal in place of the rest, so that the one or the other is lost.",
    violations: &[
        stream(concat!(
            role!(0),
            say!(0),
            delta!(0, r#"{"refusal":"No"}"#),
            finish!(0, "stop"),
            done!()
        )),
        whole(completion!(whole_choice!(
            0,
            "stop",
            r#""content":"Hi","refusal":"No""#
        ),)),
    ],
    conforming: &[stream(concat!(
        delta!(0, r#"{"role":"assistant","content":null,"refusal":""}"#),
        delta!(0, r#"{"refusal":"No"}"#),
        finish!(0, "stop"),
        done!()
    ))],
    faults: &[r#"edit *#3 /choices/0/delta/refusal = "No""#],
    check: Check::OpenaiChat(Hooks {
        about: &[Topic::Done],
        event: Some(|step: &Step<'_>| at_done(step, one_of_two)),
        body: Some(|whole: &Body<'_>| of_body(whole, one_of_two)),
        ..Hooks::NONE
    }),
};

fn one_of_two(state: &State, _: &Asked) -> Verdict {
    fold(
        state
            .choices
            .iter()
            .filter(|choice| choice.refused)
            .map(|choice| {
                let says = !choice.text.is_empty() || *choice.text_cut || choice.called();
                Verdict::when(!says, || {
                    format!(
                        "expected no text and no call beside the refusal of choice `{}`",
                        choice.index
                    )
                })
            }),
    )
}

pub(super) static NO_CONTENT: Rule = Rule {
    id: "OAC-075",
    name: "stream-makes-no-message",
    severity: Severity::Should,
    source: "OpenAI API description, ChatCompletionResponseMessage: `content` is required; \
             every recorded stream names it",
    explanation: "The deltas of a choice, put together, make a message such as a whole completion \
                  has: some delta has the member `content`, if only to say null. Otherwise the \
                  message that clients build and send back with the next request lacks it, and is \
                  refused.",
    violations: &[stream(concat!(
        delta!(0, r#"{"role":"assistant"}"#),
        call!(0, "call_1"),
        finish!(0, "tool_calls"),
        done!()
    ))],
    conforming: &[GREETING, CALLING, TWO],
    faults: &["edit * /choices/0/delta/content removed"],
    check: Check::OpenaiChat(Hooks {
        about: &[Topic::Done],
        event: Some(|step: &Step<'_>| at_done(step, has_content)),
        ..Hooks::NONE
    }),
};

fn has_content(state: &State, _: &Asked) -> Verdict {
    let judged = state.choices.iter();
    let judged = judged.filter(|choice| !choice.audio && !choice.function_call);
    fold(judged.map(|choice| {
        Verdict::when(choice.has_content, || {
            format!(
                "expected a delta with `content` in choice `{}`, found none",
                choice.index
            )
        })
    }))
}

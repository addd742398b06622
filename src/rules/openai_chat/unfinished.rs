//! Every choice says why it stopped.

use crate::json::Value;

use super::moment::{Step, asks_for_sound, at_done, chunk};
use super::sample::{COUNTED, GREETING, TWO, stream};
use crate::protocol::Asked;
use crate::protocol::openai_chat::State;
use crate::rules::{Check, Hooks, Rule, Severity, Verdict};

pub(super) static RULE: Rule = Rule {
    id: "OAC-038",
    name: "choice-unfinished",
    severity: Severity::Must,
    source: "OpenAI API description, `finish_reason`; recordings: each choice finishes before \
             the usage chunk and `[DONE]`",
    explanation: "Every choice has a chunk with its `finish_reason` before the usage chunk and \
                  before `[DONE]`. Callers branch on the reason; the vendor's Node client raises \
                  when there is none, its Python client reports an answer that stopped for no \
                  reason.",
    violations: &[
        stream(concat!(role!(0), say!(0), done!())),
        stream(concat!(
            role!(0),
            say!(0),
            usage!(),
            finish!(0, "stop"),
            done!()
        )),
    ],
    conforming: &[GREETING, COUNTED, TWO],
    faults: &["missing-stop"],
    check: Check::OpenaiChat(Hooks {
        event: Some(check),
        ..Hooks::NONE
    }),
};

fn check(step: &Step<'_>) -> Verdict {
    if step.before.closing {
        return Verdict::Silent;
    }
    let Some(chunk) = chunk(step) else {
        return at_done(step, |state, asked| judge(state, asked, "[DONE]"));
    };
    let choices = chunk.get("choices").and_then(Value::as_array);
    let is_closing =
        choices.is_some_and(Vec::is_empty) && chunk.get("usage").is_some_and(Value::is_object);
    if is_closing {
        judge(step.before.get(), step.asked.get(), "usage")
    } else {
        Verdict::Silent
    }
}

fn judge(state: &State, asked: &Asked, what: &str) -> Verdict {
    // Spoken answers were seen without any, calls of tools among them.
    if asks_for_sound(asked) {
        return Verdict::Silent;
    }
    let mut choices = state.choices.iter();
    match choices.find(|choice| choice.finish.is_none() && !choice.audio) {
        Some(choice) => Verdict::fail(format!(
            "expected `finish_reason` of choice `{}` before `{what}`, found none",
            choice.index
        )),
        None if state.choices.is_empty() => Verdict::Silent,
        None => Verdict::Pass,
    }
}

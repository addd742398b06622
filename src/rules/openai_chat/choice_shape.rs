//! An entry says which choice, what is new, and whether it is over.

use crate::json::Value;

use super::moment::{Step, chunk, fold};
use super::sample::{GREETING, SPOKEN, stream};
use crate::rules::quoting::quoted_value;
use crate::rules::{Check, Hooks, Rule, Severity, Verdict};

pub(super) static RULE: Rule = Rule {
    id: "OAC-028",
    name: "choice-shape",
    severity: Severity::Must,
    source: "OpenAI API description, CreateChatCompletionStreamResponse: required members of \
             a choice",
    explanation: "Each entry of `choices` has an integer `index`, an object `delta` and the member \
                  `finish_reason`. The vendor's clients read the members of the delta unasked and \
                  raise when it is null.",
    violations: &[
        stream(concat!(
            role!(0),
            chunk!(r#"{"index":0,"delta":null,"finish_reason":null}"#,),
            finish!(0, "stop"),
            done!()
        )),
        stream(concat!(
            role!(0),
            chunk!(r#"{"index":0,"delta":{"content":"a"}}"#,),
            finish!(0, "stop"),
            done!()
        )),
        stream(concat!(
            chunk!(r#"{"delta":{"role":"assistant"},"finish_reason":"stop"}"#,),
            done!()
        )),
    ],
    conforming: &[GREETING, SPOKEN],
    faults: &["edit *#2 /choices/0/delta = null"],
    check: Check::OpenaiChat(Hooks {
        event: Some(check),
        ..Hooks::NONE
    }),
};

fn check(step: &Step<'_>) -> Verdict {
    if step.before.changed.choice {
        return Verdict::Silent;
    }
    let choices = chunk(step).and_then(|chunk| chunk.get("choices")?.as_array());
    fold(choices.into_iter().flatten().map(judge))
}

fn judge(entry: &Value) -> Verdict {
    // A filter that runs beside the model reports on a choice without a delta.
    if entry.get("delta").is_none() && entry.get("content_filter_results").is_some() {
        return Verdict::Silent;
    }
    // A choice in a chunk that is made like a whole answer is another rule's business.
    if !entry.is_object() || entry.get("message").is_some() {
        return Verdict::Silent;
    }
    let index = entry.get("index");
    if !index.is_some_and(Value::is_u64) {
        return Verdict::fail(format!(
            "expected a whole number as `index`, found {}",
            quoted_value(index)
        ));
    }
    let delta = entry.get("delta");
    if !delta.is_some_and(Value::is_object) {
        return Verdict::fail(format!(
            "expected an object as `delta`, found {}",
            quoted_value(delta)
        ));
    }
    // How long the sound of an answer is kept comes after all the rest of it.
    let is_sound = delta
        .and_then(Value::as_object)
        .is_some_and(|delta| delta.len() == 1 && delta.contains_key("audio"));
    if is_sound && entry.get("finish_reason").is_none() {
        return Verdict::Silent;
    }
    Verdict::when(entry.get("finish_reason").is_some(), || {
        "expected member `finish_reason` in the choice, found none".to_owned()
    })
}

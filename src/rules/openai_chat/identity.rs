//! What names a completion: its id, and the model that made it.

use super::moment::{Body, Step, chunk, completion};
use super::sample::{GREETING, stream, streamed};
use crate::json::Value;
use crate::protocol::Asked;
use crate::rules::model::differs;
use crate::rules::quoting::quoted;
use crate::rules::{Check, Hooks, Rule, Severity, Topic, Verdict};

pub(super) static ID: Rule = Rule {
    id: "OAC-102",
    name: "chat-stream-id-prefix",
    severity: Severity::Should,
    source: "docs.bytespike.ai/api-reference/text/openai-chat-completions; every recorded stream \
             of the service",
    explanation: "The id of a streamed completion begins with `chatcmpl-`, whichever model \
                  answers. Logs and support sort by it; another prefix comes from an upstream \
                  whose answer was not translated to its end. (Whole answers: see GW-129.)",
    violations: &[stream(concat!(
        record!(
            r#"{"id":"msg_1","object":"chat.completion.chunk","created":1790000000,"#,
            r#""model":"m","choices":[{"index":0,"delta":{"role":"assistant"},"#,
            r#""finish_reason":"stop"}]}"#
        ),
        done!()
    ))],
    conforming: &[GREETING],
    faults: &[r#"edit *#every /id = "gen-1""#],
    check: Check::OpenaiChat(Hooks {
        about: &[Topic::NewForm],
        event: Some(prefixed),
        ..Hooks::NONE
    }),
};

/// Later chunks repeat what the first one has.
fn first<'a>(step: &'a Step<'_>) -> Option<&'a Value> {
    let is_first = step.before.envelope.is_none() && step.event.is_new_form;
    chunk(step).filter(|_| is_first)
}

fn prefixed(step: &Step<'_>) -> Verdict {
    let id = first(step).and_then(|chunk| chunk.get("id")?.as_str());
    // One that is empty has a rule of its own.
    id.filter(|id| !id.is_empty())
        .map_or(Verdict::Silent, |id| {
            Verdict::when(id.starts_with("chatcmpl-"), || {
                let id = quoted(id);
                format!("expected an id that begins with `chatcmpl-`, found {id}")
            })
        })
}

/// A greeting by that model.
macro_rules! said_by {
    ($model:literal) => {
        concat!(
            by!($model, r#"{"role":"assistant","content":""}"#, "null"),
            by!($model, r#"{"content":"Hi"}"#, "null"),
            by!($model, "{}", r#""stop""#),
            done!()
        )
    };
}

macro_rules! by {
    ($model:literal, $delta:literal, $reason:literal) => {
        record!(
            r#"{"id":"chatcmpl-1","object":"chat.completion.chunk","created":1790000000,"#,
            r#""model":""#,
            $model,
            r#"","choices":[{"index":0,"delta":"#,
            $delta,
            r#","finish_reason":"#,
            $reason,
            "}]}"
        )
    };
}

pub(super) static OTHER_MODEL: Rule = Rule {
    id: "OAC-103",
    name: "chat-other-model",
    severity: Severity::Should,
    source: "Recordings: `model` is the model asked for, or the dated name behind an alias",
    explanation: "`model` is the model that was asked for; an alias becomes its dated name. An \
                  answer of another maker or size has another quality and another price, and \
                  nothing else tells the caller.",
    violations: &[streamed(
        r#"{"model":"gpt-5-4","stream":true}"#,
        said_by!("claude-haiku-4-5"),
    )],
    conforming: &[streamed(
        r#"{"model":"gpt-4o","stream":true}"#,
        said_by!("gpt-4o-2024-08-06"),
    )],
    faults: &[r#"edit *#every /model = "doubao-1""#],
    check: Check::OpenaiChat(Hooks {
        about: &[Topic::NewForm],
        event: Some(|step: &Step<'_>| {
            first(step).map_or(Verdict::Silent, |chunk| model(step.asked.get(), chunk))
        }),
        body: Some(|whole: &Body<'_>| {
            completion(whole).map_or(Verdict::Silent, |body| model(whole.asked.get(), body))
        }),
        ..Hooks::NONE
    }),
};

fn model(asked: &Asked, answer: &Value) -> Verdict {
    let found = answer.get("model").and_then(Value::as_str);
    let (Some(wanted), Some(found)) = (asked.model.as_deref(), found) else {
        return Verdict::Silent;
    };
    Verdict::when(!differs(wanted, found), || {
        let (wanted, found) = (quoted(wanted), quoted(found));
        format!("expected the model {wanted} or its dated name, found {found}")
    })
}

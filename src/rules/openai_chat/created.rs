//! A completion was made about now.

use super::moment::{Body, Step, chunk, completion};
use super::sample::{GREETING, GREETING_WHOLE, stream, whole};
use crate::json::Value;
use crate::protocol::{Asked, Head};
use crate::rules::created::fault;
use crate::rules::{Check, Hooks, Rule, Severity, Topic, Verdict};

pub(super) static RULE: Rule = Rule {
    id: "OAC-099",
    name: "chat-absurd-time",
    severity: Severity::Must,
    source: "OpenAI API description, `created`: Unix seconds; every recorded answer of the \
             service",
    explanation: "`created` is a time in Unix seconds that is not far from the `date` header: at \
                  most a day after it or a year before. Callers sort and bill by it; one in \
                  milliseconds, or a counter in its place, is a date in another age.",
    violations: &[
        whole(concat!(
            r#"{"id":"chatcmpl-1","object":"chat.completion","created":1790000000000,"#,
            r#""model":"m","choices":[]}"#
        )),
        stream(concat!(
            record!(
                r#"{"id":"chatcmpl-1","object":"chat.completion.chunk","created":7,"#,
                r#""model":"m","choices":[{"index":0,"delta":{"role":"assistant"},"#,
                r#""finish_reason":"stop"}]}"#
            ),
            done!()
        )),
    ],
    conforming: &[GREETING, GREETING_WHOLE],
    faults: &["edit * /created = 7"],
    check: Check::OpenaiChat(Hooks {
        about: &[Topic::NewForm],
        event: Some(first),
        body: Some(body),
        ..Hooks::NONE
    }),
};

/// Later chunks repeat what the first one has.
fn first(step: &Step<'_>) -> Verdict {
    let is_first = step.before.envelope.is_none() && step.event.is_new_form;
    let chunk = chunk(step).filter(|_| is_first);
    chunk.map_or(Verdict::Silent, |chunk| {
        judge(step.asked.get(), step.head.get(), chunk)
    })
}

fn body(whole: &Body<'_>) -> Verdict {
    let body = completion(whole);
    body.map_or(Verdict::Silent, |body| {
        judge(whole.asked.get(), whole.head.get(), body)
    })
}

fn judge(asked: &Asked, head: &Head, answer: &Value) -> Verdict {
    // One that is no number at all has a rule of its own.
    let Some(found) = answer.get("created").filter(|found| found.is_number()) else {
        return Verdict::Silent;
    };
    fault(asked, head, "created", found).map_or(Verdict::Pass, Verdict::fail)
}

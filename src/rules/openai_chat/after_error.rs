//! A stream that failed does not go on.

use super::moment::{Step, is_spoken, object, tells_of_sound_alone};
use super::sample::{FAILING, UNSPOKEN, stream};
use crate::protocol::Payload;
use crate::rules::{Check, Hooks, Rule, Severity, Verdict};

pub(super) static RULE: Rule = Rule {
    id: "OAC-089",
    name: "chunk-after-error",
    severity: Severity::Must,
    source: "Measured: the vendor's clients raise at the error and read no further; only \
             `[DONE]` has been seen after one, and where sound was sent the time it is kept",
    explanation: "No chunk follows an error record; `[DONE]` may. Clients raise at the error, so \
                  that what comes later is lost, and an answer that seems to finish after it makes \
                  a failed call look like a success.",
    violations: &[stream(concat!(
        role!(0),
        record!(r#"{"error":{"message":"x","type":"server_error","param":null,"code":null}}"#),
        say!(0),
        finish!(0, "stop"),
        done!()
    ))],
    conforming: &[FAILING, UNSPOKEN],
    faults: &[concat!(
        r#"edit bytes "\"choices\":[" "\"error\":{\"message\":\"x\","#,
        r#"\"type\":\"server_error\",\"param\":null,\"code\":null},\"choicez\":[""#
    )],
    check: Check::OpenaiChat(Hooks {
        event: Some(check),
        ..Hooks::NONE
    }),
};

fn check(step: &Step<'_>) -> Verdict {
    let before = step.before;
    if before.error.is_none() {
        let error = object(step).and_then(|json| json.get("error"));
        return match error {
            Some(error) if !error.is_null() => Verdict::Pass,
            Some(_) | None => Verdict::Silent,
        };
    }
    if before.went_on || before.done || !step.event.lines().closed {
        return Verdict::Silent;
    }
    match &step.event.payload {
        Payload::Done | Payload::Empty => Verdict::Silent,
        Payload::Json(chunk)
            if is_spoken(before.get(), step.asked.get()) && tells_of_sound_alone(chunk) =>
        {
            Verdict::Silent
        }
        Payload::Json(_) | Payload::NotJson(_) => {
            Verdict::fail("expected the end of the stream after the error, found another record")
        }
    }
}

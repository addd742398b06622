//! Names are said once.

use super::moment::{Body, Step, completion, object};
use super::sample::{CALLING, GREETING, GREETING_WHOLE, stream, whole};
use crate::rules::repeated::{self, unique};
use crate::rules::{Check, Hooks, Rule, Severity, Topic, Verdict};

pub(super) static RULE: Rule = Rule {
    id: "OAC-097",
    name: "chat-member-twice",
    severity: Severity::Must,
    source: repeated::SOURCE,
    explanation: repeated::WHY,
    violations: &[
        stream(concat!(
            role!(0),
            delta!(0, r#"{"content":"Hi","content":"Ho"}"#),
            finish!(0, "stop"),
            done!()
        )),
        whole(completion!(whole_choice!(
            0,
            "stop",
            r#""content":"Hi","content":"Ho""#
        ),)),
    ],
    conforming: &[GREETING, CALLING, GREETING_WHOLE],
    faults: &[r#"edit bytes "\"index\":0" "\"index\":0,\"index\":0""#],
    check: Check::OpenaiChat(Hooks {
        about: &[Topic::NewForm],
        event: Some(|step: &Step<'_>| {
            let record = object(step).filter(|_| step.event.is_new_form);
            record.map_or(Verdict::Silent, unique)
        }),
        body: Some(|whole: &Body<'_>| completion(whole).map_or(Verdict::Silent, unique)),
        ..Hooks::NONE
    }),
};

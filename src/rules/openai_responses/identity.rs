//! What names the response, and stays.

use super::reading::{RESPONSES, response_of, word};
use super::sample::TEXT;
use crate::json::Value;
use crate::protocol::openai_responses::State;
use crate::rules::quoting::{quoted, quoted_value};
use crate::rules::{Check, Hooks, Rule, Severity, Transition, Verdict};

pub(super) static ID_CHANGES: Rule = Rule {
    id: "OAR-026",
    name: "responses-id-changes",
    severity: Severity::Must,
    source: "OpenAI API description: `id`; OpenAI's clients throw when it changes",
    explanation: "`response.id` is the same in every event: clients use it to continue the \
                  conversation, and throw when it changes in mid-stream.",
    violations: &[stream!(
        created!(),
        record!(
            "response.in_progress",
            1,
            concat!(
                r#""response":{"id":"resp_2","object":"response","created_at":1790000000,"#,
                r#""status":"in_progress","model":"m","output":[]}"#
            )
        )
    )],
    conforming: &[TEXT],
    faults: &["wrong-id"],
    check: Check::OpenaiResponses(Hooks {
        about: RESPONSES,
        event: Some(same_id),
        ..Hooks::NONE
    }),
};

fn same_id(seen: &Transition<'_, State>) -> Verdict {
    let Some((_, response)) = response_of(seen) else {
        return Verdict::Silent;
    };
    let id = word(response, "id").filter(|id| !id.is_empty());
    let known = seen.before.response_id.as_deref();
    let holds = id.is_some() && (known.is_none() || known == id);
    Verdict::when(holds, || {
        let expected = known.map_or("a non-empty text".to_owned(), quoted);
        format!(
            "expected `id` to be {expected}, found {}",
            quoted_value(response.get("id"))
        )
    })
}

pub(super) static IDENTITY_CHANGES: Rule = Rule {
    id: "OAR-027",
    name: "responses-identity-changes",
    severity: Severity::Must,
    source: "OpenAI API description: `object`, `created_at`, `model`; every recorded stream of the \
             service",
    explanation: "`object` is `response`, and `created_at` and `model` stay what they were in the \
                  first event: two events of one answer describe one response.",
    violations: &[stream!(
        created!(),
        record!(
            "response.in_progress",
            1,
            concat!(
                r#""response":{"id":"resp_1","object":"response","created_at":1790000005,"#,
                r#""status":"in_progress","model":"m","output":[]}"#
            )
        )
    )],
    conforming: &[TEXT],
    faults: &["edit response.in_progress /response/model = \"other\""],
    check: Check::OpenaiResponses(Hooks {
        about: RESPONSES,
        event: Some(same_identity),
        ..Hooks::NONE
    }),
};

fn same_identity(seen: &Transition<'_, State>) -> Verdict {
    let Some((_, response)) = response_of(seen) else {
        return Verdict::Silent;
    };
    if word(response, "object") != Some("response") {
        return Verdict::fail(format!(
            "expected `object` to be `response`, found {}",
            quoted_value(response.get("object"))
        ));
    }
    let model = word(response, "model");
    if let Some(known) = seen.before.model.as_deref()
        && model != Some(known)
    {
        return Verdict::fail(format!(
            "expected `model` to stay {}, found {}",
            quoted(known),
            quoted_value(response.get("model"))
        ));
    }
    let created_at = response.get("created_at").and_then(Value::as_f64);
    match seen.before.created_at {
        Some(known) if created_at != Some(known) => Verdict::fail(format!(
            "expected `created_at` to stay `{known}`, found {}",
            quoted_value(response.get("created_at"))
        )),
        _ => Verdict::Pass,
    }
}

//! What names the response, and stays.

use super::reading::{RESPONSES, response_of, whole_response, word};
use super::sample::TEXT;
use crate::json::Value;
use crate::protocol::Asked;
use crate::protocol::openai_responses::State;
use crate::rules::model::differs;
use crate::rules::quoting::{quoted, quoted_value};
use crate::rules::{Check, Hooks, Rule, Sample, Severity, Topic, Transition, Verdict};

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

pub(super) static PREFIX: Rule = Rule {
    id: "OAR-122",
    name: "responses-id-prefix",
    severity: Severity::Should,
    source: "Every recorded response of the service",
    explanation: "The id of a response begins with `resp_`. Callers who keep the ids of several \
                  protocols side by side tell them apart by it; another prefix comes from an \
                  upstream whose answer was not translated to its end.",
    violations: &[body!(named!("chatcmpl-1", "m"))],
    conforming: &[TEXT, body!(named!("resp_1", "m"))],
    faults: &[r#"edit * /id = "chatcmpl-1""#],
    check: Check::OpenaiResponses(Hooks {
        about: &[Topic::Type("response.created")],
        event: Some(|seen| created(seen).map_or(Verdict::Silent, prefixed)),
        body: Some(|whole| whole_response(whole).map_or(Verdict::Silent, prefixed)),
        ..Hooks::NONE
    }),
};

/// Later events repeat what the first one has.
fn created<'a>(seen: &Transition<'a, State>) -> Option<&'a Value> {
    let (kind, response) = response_of(seen)?;
    (kind == "response.created").then_some(response)
}

fn prefixed(response: &Value) -> Verdict {
    // One that is empty has a rule of its own.
    let id = word(response, "id").filter(|id| !id.is_empty());
    id.map_or(Verdict::Silent, |id| {
        Verdict::when(id.starts_with("resp_"), || {
            format!(
                "expected an id that begins with `resp_`, found {}",
                quoted(id)
            )
        })
    })
}

pub(super) static OTHER_MODEL: Rule = Rule {
    id: "OAR-123",
    name: "responses-other-model",
    severity: Severity::Should,
    source: "Recordings: `model` is the model asked for, or the dated name behind an alias",
    explanation: "`model` is the model that was asked for; an alias becomes its dated name. An \
                  answer of another maker or size has another quality and another price, and \
                  nothing else tells the caller.",
    violations: &[Sample::Answer {
        request: r#"{"model":"gpt-5-5"}"#,
        status: 200,
        headers: &[("content-type", "application/json")],
        body: named!("resp_1", "claude-haiku-4-5"),
    }],
    conforming: &[Sample::Answer {
        request: r#"{"model":"gpt-5-5"}"#,
        status: 200,
        headers: &[("content-type", "application/json")],
        body: named!("resp_1", "gpt-5-5-2026-01-01"),
    }],
    faults: &[r#"edit * /model = "doubao-1""#],
    check: Check::OpenaiResponses(Hooks {
        about: &[Topic::Type("response.created")],
        event: Some(|seen| {
            created(seen).map_or(Verdict::Silent, |response| {
                model(seen.asked.get(), response)
            })
        }),
        body: Some(|whole| {
            whole_response(whole).map_or(Verdict::Silent, |body| model(whole.asked.get(), body))
        }),
        ..Hooks::NONE
    }),
};

fn model(asked: &Asked, response: &Value) -> Verdict {
    let (Some(wanted), Some(found)) = (asked.model.as_deref(), word(response, "model")) else {
        return Verdict::Silent;
    };
    Verdict::when(!differs(wanted, found), || {
        let (wanted, found) = (quoted(wanted), quoted(found));
        format!("expected the model {wanted} or its dated name, found {found}")
    })
}

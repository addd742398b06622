//! What a response repeats: the request, and itself from beginning to end.

use super::reading::{ended_response, whole_response, word};
use super::sample::{INCOMPLETE, TEXT};
use crate::json::Value;
use crate::protocol::openai_responses::State;
use crate::protocol::{Asked, AskedToolChoice};
use crate::rules::quoting::{quoted, quoted_value};
use crate::rules::{Check, Hooks, Rule, Severity, Transition, Verdict, Whole};

/// Members that stay as they were from the first event to the last.
const FIXED: [&str; 19] = [
    "object",
    "model",
    "instructions",
    "max_output_tokens",
    "max_tool_calls",
    "metadata",
    "parallel_tool_calls",
    "previous_response_id",
    "reasoning",
    "store",
    "temperature",
    "text",
    "tool_choice",
    "tools",
    "top_p",
    "truncation",
    "background",
    "user",
    "safety_identifier",
];

pub(super) static CHANGES: Rule = Rule {
    id: "OAR-028",
    name: "responses-settings-change",
    severity: Severity::Should,
    source: "Every recorded stream of the service: nothing but status, output, usage and the like \
             changes",
    explanation: "The settings in the last event's response are those of the first: only the \
                  status, the output, the usage and what belongs to the end change on the way. \
                  Clients keep the last one and build the next turn from it.",
    violations: &[stream!(
        written!(),
        record!(
            "response.completed",
            9,
            concat!(
                r#""response":{"id":"resp_1","object":"response","created_at":1790000000,"#,
                r#""status":"completed","error":null,"incomplete_details":null,"#,
                r#""instructions":null,"model":"m","tools":[{"type":"function","name":"x"}],"#,
                r#""output":["#,
                message!("completed", text_part!("Blue whale")),
                r#"],"parallel_tool_calls":true,"metadata":{},"tool_choice":"auto","#,
                r#""temperature":1.0,"top_p":1.0,"usage":"#,
                usage!(),
                "}"
            )
        )
    )],
    conforming: &[TEXT],
    faults: &[],
    check: Check::OpenaiResponses(Hooks {
        event: Some(unchanged),
        ..Hooks::NONE
    }),
};

fn unchanged(seen: &Transition<'_, State>) -> Verdict {
    let (Some((_, last)), Some(first)) = (ended_response(seen), &seen.before.opening) else {
        return Verdict::Silent;
    };
    for key in FIXED {
        let Some(before) = first.get(key) else {
            continue;
        };
        let found = last.get(key);
        if found != Some(before) {
            return Verdict::fail(format!(
                "expected `{key}` {} as at the beginning, found {}",
                quoted_value(Some(before)),
                quoted_value(found)
            ));
        }
    }
    Verdict::Pass
}

pub(super) static UNTRUE: Rule = Rule {
    id: "OAR-029",
    name: "responses-echo-untrue",
    severity: Severity::Should,
    source: "OpenAI API description, Response: members that repeat the request; every recorded \
             answer",
    explanation: "Where a response repeats a setting of the request it says what was asked: \
                  limits, instructions, metadata, the previous response, the tools and their \
                  choice, the format. It is how a caller notices that a setting was not \
                  understood.",
    violations: &[
        asked!(
            r#"{"tools":[{"type":"function","name":"get_time"}]}"#,
            written!(),
            completed!()
        ),
        asked!(r#"{"metadata":{"run":"7"}}"#, written!(), completed!()),
        asked!(r#"{"parallel_tool_calls":false}"#, written!(), completed!()),
    ],
    conforming: &[INCOMPLETE],
    faults: &[],
    check: Check::OpenaiResponses(Hooks {
        event: Some(streamed_echo),
        body: Some(whole_echo),
        ..Hooks::NONE
    }),
};

fn streamed_echo(seen: &Transition<'_, State>) -> Verdict {
    match ended_response(seen) {
        Some((_, response)) => echoes(seen.asked, response),
        None => Verdict::Silent,
    }
}

fn whole_echo(whole: &Whole<'_, State>) -> Verdict {
    match whole_response(whole) {
        Some(response) => echoes(whole.asked, response),
        None => Verdict::Silent,
    }
}

/// Members that are repeated as they are.
const REPEATED: [&str; 8] = [
    "max_output_tokens",
    "max_tool_calls",
    "previous_response_id",
    "metadata",
    "store",
    "parallel_tool_calls",
    "truncation",
    "background",
];

fn echoes(asked: &Asked, response: &Value) -> Verdict {
    let Some(request) = &asked.body else {
        return Verdict::Silent;
    };
    for key in REPEATED {
        let (Some(wanted), Some(found)) = (request.get(key), response.get(key)) else {
            continue;
        };
        if !wanted.is_null() && wanted != found {
            return differs(key, Some(wanted), Some(found));
        }
    }
    for (key, path) in [
        ("instructions", "/instructions"),
        ("format", "/text/format/type"),
    ] {
        let (Some(wanted), Some(found)) = (request.pointer(path), response.pointer(path)) else {
            continue;
        };
        // Instructions may be repeated as a list of items.
        if wanted.is_string() && wanted != found && !found.is_array() {
            return differs(key, Some(wanted), Some(found));
        }
    }
    if let Some(fault) = tools(asked, response) {
        return fault;
    }
    Verdict::Pass
}

fn differs(key: &str, wanted: Option<&Value>, found: Option<&Value>) -> Verdict {
    Verdict::fail(format!(
        "expected `{key}` {} as in the request, found {}",
        quoted_value(wanted),
        quoted_value(found)
    ))
}

fn tools(asked: &Asked, response: &Value) -> Option<Verdict> {
    let listed = response.get("tools").and_then(Value::as_array)?;
    let has = |name: &str| listed.iter().any(|tool| word(tool, "name") == Some(name));
    // Tools of other kinds have no names, and some are listed as what they stand for.
    let mut functions = asked.tools.iter().flatten();
    if let Some(lost) = functions.find(|name| !name.is_empty() && !has(name)) {
        return Some(Verdict::fail(format!(
            "expected tool {} in `tools`, found `{}` others",
            quoted(lost),
            listed.len()
        )));
    }
    let choice = response.get("tool_choice")?;
    let (wanted, holds) = match asked.tool_choice.as_ref()? {
        AskedToolChoice::Auto => ("auto", choice.as_str() == Some("auto")),
        AskedToolChoice::None => ("none", choice.as_str() == Some("none")),
        AskedToolChoice::Required => ("required", choice.as_str() == Some("required")),
        AskedToolChoice::Named(name) => (name.as_str(), word(choice, "name") == Some(name)),
    };
    (!holds).then(|| {
        Verdict::fail(format!(
            "expected `tool_choice` {} as in the request, found {}",
            quoted(wanted),
            quoted_value(Some(choice))
        ))
    })
}

pub(super) static COMPLETED_AT: Rule = Rule {
    id: "OAR-030",
    name: "responses-completed-at",
    severity: Severity::Should,
    source: "OpenAI API description, `completed_at`; every recorded answer since it exists",
    explanation: "`completed_at`, where it is there, is the second in which a completed response \
                  was completed, not before `created_at`; of any other response it is null. \
                  Latencies are computed from the two.",
    violations: &[
        body!(timed!("completed", "1789999999")),
        body!(timed!("completed", "null")),
    ],
    conforming: &[body!(timed!("completed", "1790000001"))],
    faults: &[],
    check: Check::OpenaiResponses(Hooks {
        event: Some(streamed_time),
        body: Some(whole_time),
        ..Hooks::NONE
    }),
};

fn streamed_time(seen: &Transition<'_, State>) -> Verdict {
    match ended_response(seen) {
        Some((_, response)) => is_timed(response),
        None => Verdict::Silent,
    }
}

fn whole_time(whole: &Whole<'_, State>) -> Verdict {
    match whole_response(whole) {
        Some(response) => is_timed(response),
        None => Verdict::Silent,
    }
}

fn is_timed(response: &Value) -> Verdict {
    let Some(found) = response.get("completed_at") else {
        return Verdict::Silent;
    };
    let holds = match word(response, "status") {
        Some("completed") => {
            let begun = response.get("created_at").and_then(Value::as_f64);
            let ended = found.as_f64();
            ended.is_some_and(|ended| begun.is_none_or(|begun| ended >= begun.floor()))
        }
        Some(_) => found.is_null(),
        None => return Verdict::Silent,
    };
    Verdict::when(holds, || {
        format!(
            "expected `completed_at` to be when a completed response was, found {}",
            quoted_value(Some(found))
        )
    })
}

//! Function calls.

use super::reading::{all_parts, candidates, first_fault, on_body, on_event, parts_of, spoken};
use super::sample::CALL;
use crate::json::Value;
use crate::protocol::gemini::{Call, State, server_side};
use crate::protocol::{Asked, AskedToolChoice};
use crate::rules::quoting::{quoted, quoted_value};
use crate::rules::{Check, Hooks, Rule, Severity, Topic, Transition, Verdict};

pub(super) static NAMELESS: Rule = Rule {
    id: "GEM-044",
    name: "gemini-call-without-name",
    severity: Severity::Must,
    source: "Google API reference, `FunctionCall.name`",
    explanation: "A function call has a name; there is nothing to run without.",
    violations: &[stream!(only!(r#"{"functionCall":{"args":{}}}"#))],
    conforming: &[CALL],
    faults: &["edit * /candidates/0/content/parts/0/functionCall/name removed"],
    check: Check::Gemini(Hooks {
        about: &[Topic::Member("functionCall")],
        event: Some(|seen| on_event(seen, call_named)),
        body: Some(|whole| on_body(whole, call_named)),
        ..Hooks::NONE
    }),
};

/// The calls of a chunk. Calls whose arguments are streamed in pieces are another API's.
fn calls(chunk: &Value) -> impl Iterator<Item = &Value> {
    let calls = all_parts(chunk).filter_map(|part| part.get("functionCall"));
    calls.filter(|call| {
        let is_piece = call.get("partialArgs").is_some() || call.get("willContinue").is_some();
        !is_piece && call.as_object().is_none_or(|call| !call.is_empty())
    })
}

fn call_named(_asked: &Asked, chunk: &Value) -> Verdict {
    first_fault(calls(chunk).map(|call| {
        let name = call.get("name");
        let is_named = name
            .and_then(Value::as_str)
            .is_some_and(|name| !name.is_empty());
        Verdict::when(is_named, || {
            format!(
                "expected a call with a `name`, found {}",
                quoted_value(name)
            )
        })
    }))
}

pub(super) static ARGUMENTS: Rule = Rule {
    id: "GEM-045",
    name: "gemini-arguments-not-object",
    severity: Severity::Must,
    source: "Google API reference, `FunctionCall.args`; Google's Python client raises",
    explanation: "`args` is a JSON object, whole, or left out. As a text, the way other protocols \
                  send it, Google's Python client raises.",
    violations: &[stream!(only!(
        r#"{"functionCall":{"name":"get_time","args":"{\"city\":\"Oslo\"}"}}"#
    ))],
    conforming: &[CALL],
    faults: &[r#"edit * /candidates/0/content/parts/0/functionCall/args = "{}""#],
    check: Check::Gemini(Hooks {
        about: &[Topic::Member("functionCall")],
        event: Some(|seen| on_event(seen, arguments_object)),
        body: Some(|whole| on_body(whole, arguments_object)),
        ..Hooks::NONE
    }),
};

fn arguments_object(_asked: &Asked, chunk: &Value) -> Verdict {
    first_fault(
        calls(chunk)
            .filter_map(|call| call.get("args"))
            .map(|arguments| {
                Verdict::when(arguments.is_object(), || {
                    format!(
                        "expected `args` to be an object, found {}",
                        quoted_value(Some(arguments))
                    )
                })
            }),
    )
}

pub(super) static NULL_ARGUMENTS: Rule = Rule {
    id: "GEM-046",
    name: "gemini-null-arguments",
    severity: Severity::Should,
    source: "Recordings: a call without arguments has `args` `{}` or none",
    explanation: "A call without arguments has an empty object as `args`, or leaves it out. `null` \
                  reaches the function as a value that it was not declared to take.",
    violations: &[stream!(only!(
        r#"{"functionCall":{"name":"get_time","args":null}}"#
    ))],
    conforming: &[CALL],
    faults: &["edit * /candidates/0/content/parts/0/functionCall/args = null"],
    check: Check::Gemini(Hooks {
        about: &[Topic::Member("functionCall")],
        event: Some(|seen| on_event(seen, no_null_arguments)),
        body: Some(|whole| on_body(whole, no_null_arguments)),
        ..Hooks::NONE
    }),
};

fn no_null_arguments(_asked: &Asked, chunk: &Value) -> Verdict {
    first_fault(calls(chunk).map(|call| {
        let is_null = call.get("args").is_some_and(Value::is_null);
        Verdict::when(!is_null, || {
            "expected `args` to be an object or left out, found `null`".to_owned()
        })
    }))
}

pub(super) static NOT_ALLOWED: Rule = Rule {
    id: "GEM-093",
    name: "gemini-call-not-allowed",
    severity: Severity::Must,
    source: "Google API reference, `FunctionCallingConfig.mode`",
    explanation: "Under mode `NONE`, or with no functions declared, there is no function call: a \
                  client that offered none has no code to answer it.",
    violations: &[
        asked!("{}", call_chunk!()),
        asked!(
            concat!(
                r#"{"tools":[{"functionDeclarations":[{"name":"get_time"}]}],"toolConfig":{"#,
                r#""functionCallingConfig":{"mode":"NONE"}}}"#
            ),
            call_chunk!()
        ),
    ],
    conforming: &[CALL],
    faults: &[concat!(
        r#"edit * /candidates/0/content/parts/0 = {"functionCall":{"name":""#,
        r#"f","args":{}},"thoughtSignature":"AAAA"}"#
    )],
    check: Check::Gemini(Hooks {
        about: &[Topic::Member("functionCall")],
        event: Some(|seen| on_event(seen, call_allowed)),
        body: Some(|whole| on_body(whole, call_allowed)),
        ..Hooks::NONE
    }),
};

fn call_allowed(asked: &Asked, chunk: &Value) -> Verdict {
    let is_forbidden = asked.tool_choice == Some(AskedToolChoice::None)
        || asked.tools.as_ref().is_some_and(Vec::is_empty);
    let is_known = asked.tools.is_some() || asked.tool_choice.is_some();
    if !is_known || server_side(chunk) {
        return Verdict::Silent;
    }
    first_fault(calls(chunk).map(|call| {
        Verdict::when(!is_forbidden, || {
            format!(
                "expected no function call, found one of {}",
                quoted_value(call.get("name"))
            )
        })
    }))
}

pub(super) static UNKNOWN: Rule = Rule {
    id: "GEM-091",
    name: "gemini-unknown-function",
    severity: Severity::Note,
    source: "Google API reference, function calling; recordings: models now and then make a \
             name up",
    explanation: "A call names a function of the request, under mode `ANY` one of those allowed. \
                  There is nothing to run for any other.",
    violations: &[asked!(
        r#"{"tools":[{"functionDeclarations":[{"name":"get_weather"}]}]}"#,
        call_chunk!()
    )],
    conforming: &[CALL],
    faults: &[concat!(
        r#"edit * /candidates/0/content/parts/0/functionCall/name = "no_such_"#,
        r#"function""#
    )],
    check: Check::Gemini(Hooks {
        about: &[Topic::Member("functionCall")],
        event: Some(|seen| on_event(seen, call_declared)),
        body: Some(|whole| on_body(whole, call_declared)),
        ..Hooks::NONE
    }),
};

fn call_declared(asked: &Asked, chunk: &Value) -> Verdict {
    let Some(tools) = asked.tools.as_ref().filter(|tools| !tools.is_empty()) else {
        return Verdict::Silent;
    };
    if server_side(chunk) {
        return Verdict::Silent;
    }
    first_fault(calls(chunk).map(|call| {
        let name = call.get("name").and_then(Value::as_str).unwrap_or_default();
        let is_chosen = match &asked.tool_choice {
            Some(AskedToolChoice::Named(chosen)) => chosen == name,
            _ => true,
        };
        Verdict::when(is_chosen && tools.iter().any(|tool| tool == name), || {
            format!(
                "expected a call of a function of the request, found {}",
                quoted(name)
            )
        })
    }))
}

pub(super) static FINISH_REASON: Rule = Rule {
    id: "GEM-090",
    name: "gemini-call-finish-reason",
    severity: Severity::Must,
    source: "Every recorded answer with a call",
    explanation: "An answer with function calls finishes with `STOP`, or `MAX_TOKENS`: this \
                  protocol has no reason of its own for calls, and typed clients raise at one that \
                  was made up.",
    violations: &[asked!(
        r#"{"tools":[{"functionDeclarations":[{"name":"get_time"}]}]}"#,
        call_chunk!(r#""TOOL_CALLS""#)
    )],
    conforming: &[CALL],
    faults: &[r#"edit * /candidates/0/finishReason = "TOOL_CALLS""#],
    check: Check::Gemini(Hooks {
        about: &[Topic::Member("functionCall")],
        event: Some(|seen| on_event(seen, call_reason)),
        body: Some(|whole| on_body(whole, call_reason)),
        ..Hooks::NONE
    }),
};

fn call_reason(_asked: &Asked, chunk: &Value) -> Verdict {
    if server_side(chunk) {
        return Verdict::Silent;
    }
    let with_calls = candidates(chunk).iter().filter(|candidate| {
        parts_of(candidate)
            .iter()
            .any(|part| part.get("functionCall").is_some())
    });
    first_fault(
        with_calls
            .filter_map(|candidate| candidate.get("finishReason"))
            .map(|reason| {
                let invented = reason.as_str().is_some_and(|word| {
                    let word = word.to_ascii_uppercase();
                    word.contains("TOOL_CALL")
                        && word != "UNEXPECTED_TOOL_CALL"
                        && word != "TOO_MANY_TOOL_CALLS"
                        || word == "FUNCTION_CALL"
                        || word == "TOOL_USE"
                });
                Verdict::when(!invented, || {
                    format!(
                        "expected `STOP` after a function call, found {}",
                        quoted_value(Some(reason))
                    )
                })
            }),
    )
}

pub(super) static ID_REPEATED: Rule = Rule {
    id: "GEM-094",
    name: "gemini-call-id-repeated",
    severity: Severity::Should,
    source: "Every recorded call that has an id",
    explanation: "Results of functions are sent back under the call's id; two calls with one id \
                  cannot both be answered.",
    violations: &[stream!(only!(
        r#"{"functionCall":{"name":"a","id":"c1"}},{"functionCall":{"name":"b","id":"c1"}}"#
    ))],
    conforming: &[CALL],
    faults: &["edit * /candidates/0/content/parts/0 doubled"],
    check: Check::Gemini(Hooks {
        about: &[Topic::Member("functionCall")],
        event: Some(|seen| on_event(seen, ids_differ)),
        body: Some(|whole| on_body(whole, ids_differ)),
        ..Hooks::NONE
    }),
};

fn ids_differ(_asked: &Asked, chunk: &Value) -> Verdict {
    let ids: Vec<&str> = calls(chunk)
        .filter_map(|call| call.get("id")?.as_str())
        .collect();
    if ids.is_empty() {
        return Verdict::Silent;
    }
    let repeated = ids
        .iter()
        .enumerate()
        .find(|(at, id)| ids[..*at].contains(id));
    match repeated {
        None => Verdict::Pass,
        Some((_, id)) => Verdict::fail(format!(
            "expected each call id once, found {} twice",
            quoted(id)
        )),
    }
}

pub(super) static REPEATED: Rule = Rule {
    id: "GEM-073",
    name: "gemini-call-repeated",
    severity: Severity::Must,
    source: "Every recorded stream with calls",
    explanation: "A function call comes whole and once. A client runs each one it reads, so a \
                  repeated call runs its effects twice.",
    violations: &[asked!(
        r#"{"tools":[{"functionDeclarations":[{"name":"get_time"}]}]}"#,
        event!(chunk!(
            candidate!(r#"{"functionCall":{"name":"get_time","args":{"city":"Oslo"},"id":"c1"}}"#),
            usage!(6, 13)
        )),
        call_chunk!()
    )],
    conforming: &[CALL],
    faults: &["edit * doubled"],
    check: Check::Gemini(Hooks {
        about: &[Topic::Member("functionCall")],
        event: Some(call_once),
        ..Hooks::NONE
    }),
};

fn call_once(seen: &Transition<'_, State>) -> Verdict {
    let Some(chunk) = spoken(seen) else {
        return Verdict::Silent;
    };
    if seen.before.server_side || server_side(chunk) {
        return Verdict::Silent;
    }
    first_fault(calls(chunk).map(|call| {
        let id = call.get("id").and_then(Value::as_str);
        let arguments = call.get("args").unwrap_or(&Value::Null);
        let name = call.get("name").and_then(Value::as_str).unwrap_or_default();
        let is_same = |known: &&Call| match (known.id.as_deref(), id) {
            (Some(known), Some(id)) => known == id,
            _ => known.name == name && known.arguments == *arguments,
        };
        Verdict::when(
            !seen.before.calls.iter().any(|known| is_same(&known)),
            || {
                format!(
                    "expected each call once, found that of {} again",
                    quoted(name)
                )
            },
        )
    }))
}

//! What a response repeats of its request, and when it was completed.

use super::reading::{RESPONSES, ended_response, whole_response, word};
use super::sample::INCOMPLETE;
use crate::json::Value;
use crate::protocol::Asked;
use crate::protocol::openai_responses::State;
use crate::rules::quoting::quoted_value;
use crate::rules::{Check, Hooks, Rule, Severity, Transition, Verdict, Whole};

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
    faults: &["edit * /max_output_tokens = 17"],
    check: Check::OpenaiResponses(Hooks {
        about: RESPONSES,
        event: Some(streamed_echo),
        body: Some(whole_echo),
        ..Hooks::NONE
    }),
};

fn streamed_echo(seen: &Transition<'_, State>) -> Verdict {
    match ended_response(seen) {
        Some((_, response)) => echoes(seen.asked.get(), response),
        None => Verdict::Silent,
    }
}

fn whole_echo(whole: &Whole<'_, State>) -> Verdict {
    match whole_response(whole) {
        Some(response) => echoes(whole.asked.get(), response),
        None => Verdict::Silent,
    }
}

/// Members that are repeated as they are.
const REPEATED: [&str; 16] = [
    "/background",
    "/frequency_penalty",
    "/max_output_tokens",
    "/max_tool_calls",
    "/metadata",
    "/parallel_tool_calls",
    "/presence_penalty",
    "/previous_response_id",
    "/reasoning/effort",
    "/safety_identifier",
    "/store",
    "/temperature",
    "/text/verbosity",
    "/tool_choice",
    "/top_logprobs",
    "/top_p",
];

/// And those of which only this much is told.
const TEXTS: [&str; 3] = ["/instructions", "/truncation", "/user"];

fn echoes(asked: &Asked, response: &Value) -> Verdict {
    let Some(request) = asked.body.as_ref() else {
        return Verdict::Silent;
    };
    for path in REPEATED.iter().chain(&TEXTS) {
        let (Some(wanted), Some(found)) = (request.pointer(path), response.pointer(path)) else {
            continue;
        };
        // A stored prompt makes a list of items of them.
        let is_list = found.is_array() && request.get("prompt").is_some();
        if !wanted.is_null() && !is_same(wanted, found) && !is_list {
            let name = path.rsplit('/').next().unwrap_or(path);
            return differs(name, Some(wanted), Some(found));
        }
    }
    let effort = request.pointer("/reasoning/effort");
    if effort.is_some_and(Value::is_string) && response.get("reasoning").is_some_and(Value::is_null)
    {
        return differs("effort", effort, None);
    }
    let told = format(request, response)
        .or_else(|| summary(request, response))
        .or_else(|| tools(asked, request, response));
    told.unwrap_or(Verdict::Pass)
}

/// `1` and `1.0` are one setting.
fn is_same(wanted: &Value, found: &Value) -> bool {
    wanted == found || wanted.is_number() && wanted.as_f64() == found.as_f64()
}

/// A detailed summary is one of those that `auto` leaves open.
fn summary(request: &Value, response: &Value) -> Option<Verdict> {
    let path = "/reasoning/summary";
    let (wanted, found) = (request.pointer(path)?, response.pointer(path)?);
    let holds = match wanted.as_str()? {
        "auto" => matches!(found.as_str(), Some("auto" | "concise" | "detailed")),
        wanted => found == wanted,
    };
    (!holds).then(|| differs("summary", Some(wanted), Some(found)))
}

fn format(request: &Value, response: &Value) -> Option<Verdict> {
    let wanted = request.pointer("/text/format")?.as_object()?;
    let found = response.pointer("/text/format")?;
    let mut members = wanted.iter().filter(|(_, wanted)| !wanted.is_null());
    let (key, wanted) = members.find(|(key, wanted)| {
        let found = found.get(*key);
        match *key {
            "schema" => found.is_none_or(|found| !is_same_schema(wanted, found)),
            _ => found != Some(wanted),
        }
    })?;
    Some(differs(key, Some(wanted), found.get(key)))
}

/// Which draft a schema is of is not repeated.
fn is_same_schema(wanted: &Value, found: &Value) -> bool {
    let (Some(wanted), Some(found)) = (wanted.as_object(), found.as_object()) else {
        return wanted == found;
    };
    let kept = |key: &str| key != "$schema";
    let mut names = wanted.keys().chain(found.keys()).filter(|key| kept(key));
    names.all(|key| wanted.get(key) == found.get(key))
}

fn differs(key: &str, wanted: Option<&Value>, found: Option<&Value>) -> Verdict {
    Verdict::fail(format!(
        "expected `{key}` {} as in the request, found {}",
        quoted_value(wanted),
        quoted_value(found)
    ))
}

/// Where only functions are offered they are repeated one by one; other tools bring further ones,
/// and are listed in an order of their own.
fn tools(asked: &Asked, request: &Value, response: &Value) -> Option<Verdict> {
    asked.tools.as_ref()?;
    let wanted = request.get("tools")?.as_array()?;
    let found = response.get("tools")?.as_array()?;
    if wanted.len() != found.len() {
        return Some(Verdict::fail(format!(
            "expected the `{}` `tools` of the request, found `{}`",
            wanted.len(),
            found.len()
        )));
    }
    let is_function = |tool: &Value| word(tool, "type") == Some("function");
    if !wanted.iter().all(is_function) {
        let is_lost = |tool: &&Value| {
            let name = word(tool, "name");
            name.is_some() && found.iter().all(|other| word(other, "name") != name)
        };
        let lost = wanted.iter().find(is_lost)?;
        return Some(differs("tools", Some(lost), response.get("tools")));
    }
    wanted
        .iter()
        .zip(found)
        .find_map(|(wanted, found)| other_tool(wanted, found))
}

fn other_tool(wanted: &Value, found: &Value) -> Option<Verdict> {
    // A tool that does not say whether it is strict is made so, which adds to its schema.
    let is_strict = wanted.get("strict").is_some_and(Value::is_boolean);
    let keys = ["type", "name", "description", "strict", "parameters"];
    let key = keys.into_iter().find(|key| {
        let found = found.get(*key);
        match wanted.get(*key).filter(|wanted| !wanted.is_null()) {
            // Null where none was given, but there.
            None => *key == "description" && found != Some(&Value::Null),
            Some(wanted) if *key == "description" && wanted == "" => {
                found.is_none_or(|found| !found.is_null() && found != wanted)
            }
            Some(wanted) if *key == "parameters" && !is_strict => {
                found.is_none_or(|found| !is_within(wanted, found))
            }
            Some(wanted) => found != Some(wanted),
        }
    })?;
    Some(differs(key, wanted.get(key), found.get(key)))
}

/// Whether a schema is the other with nothing but what strictness adds.
fn is_within(wanted: &Value, found: &Value) -> bool {
    match (wanted, found) {
        (Value::Object(wanted), Value::Object(found)) => {
            let is_added = |key: &str| matches!(key, "additionalProperties" | "required");
            let kept = wanted.iter().filter(|(key, _)| !is_added(key));
            let mut kept = kept.filter(|(key, _)| *key != "$schema");
            kept.all(|(key, wanted)| found.get(key).is_some_and(|found| is_within(wanted, found)))
                && found
                    .keys()
                    .all(|key| wanted.contains_key(key) || is_added(key))
        }
        (Value::Array(wanted), Value::Array(found)) => {
            wanted.len() == found.len()
                && wanted
                    .iter()
                    .zip(found)
                    .all(|(one, other)| is_within(one, other))
        }
        (wanted, found) => wanted == found,
    }
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
    faults: &["edit * /completed_at = 1700000000"],
    check: Check::OpenaiResponses(Hooks {
        about: RESPONSES,
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

//! Function calls: their arguments, names and whether any was allowed.

use super::reading::{ITEM_ADDED, ITEM_DONE, item_of, spoken, whole_response, word};
use super::sample::CALL;
use crate::json::{self, Value};
use crate::protocol::openai_responses::{PartStage, State};
use crate::protocol::{Asked, AskedToolChoice};
use crate::rules::quoting::{quoted, quoted_value};
use crate::rules::{Check, Hooks, Rule, Severity, Topic, Transition, Verdict, Whole};

pub(super) static NOT_DONE: Rule = Rule {
    id: "OAR-069",
    name: "responses-arguments-not-done",
    severity: Severity::Must,
    source: "Every recorded stream of the service; the Open Responses suite asks for it",
    explanation: "The arguments of a call are repeated whole, once and after the last delta, \
                  before the call is done: that is the moment at which a client may run the tool.",
    violations: &[
        stream!(
            called!(),
            item_done!(5, 0, call!("completed", r#"{\"city\":\"Oslo\"}"#))
        ),
        stream!(
            called!(),
            arguments_done!(5, r#"{\"city\":\"Oslo\"}"#),
            arguments!(6, " ")
        ),
    ],
    conforming: &[CALL],
    faults: &[concat!(
        r#"edit bytes "event: response.output_item.added\n" "event: "#,
        r#"response.output_item.added\ndata: {\"type\":\"response.output_item.added\","#,
        r#"\"sequence_number\":2,\"output_index\":0,\"item\":{\"id\":\"f\","#,
        r#"\"type\":\"function_call\",\"call_id\":\"c\",\"name\":\"get_time\","#,
        r#"\"arguments\":\"\",\"status\":\"in_progress\"}}\n\nevent: "#,
        r#"response.output_item.done\ndata: {\"type\":\"response.output_item.done\","#,
        r#"\"sequence_number\":3,\"output_index\":0,\"item\":{\"id\":\"f\","#,
        r#"\"type\":\"function_call\",\"call_id\":\"c\",\"name\":\"get_time\","#,
        r#"\"arguments\":\"\",\"status\":\"completed\"}}\n\nevent: "#,
        r#"response.output_item.added\n""#,
    )],
    check: Check::OpenaiResponses(Hooks {
        about: &[ITEM_DONE, Topic::Types("response.function_call_arguments.")],
        event: Some(once_and_last),
        ..Hooks::NONE
    }),
};

fn once_and_last(seen: &Transition<'_, State>) -> Verdict {
    let Some((kind, value)) = spoken(seen) else {
        return Verdict::Silent;
    };
    let is_item_done = kind == "response.output_item.done";
    let is_arguments = kind.starts_with("response.function_call_arguments.");
    if !is_item_done && !is_arguments {
        return Verdict::Silent;
    }
    let Some(item) = item_of(seen, value).filter(|item| item.kind == "function_call") else {
        return Verdict::Silent;
    };
    let is_said = item.arguments.stage != PartStage::Open;
    if is_item_done {
        return Verdict::when(is_said, || {
            "expected `response.function_call_arguments.done` before the call is done".to_owned()
        });
    }
    Verdict::when(!is_said, || {
        format!(
            "expected no {} after the arguments were sent whole",
            quoted(kind)
        )
    })
}

pub(super) static ITEM_DIFFERS: Rule = Rule {
    id: "OAR-071",
    name: "responses-item-arguments-differ",
    severity: Severity::Must,
    source: "Every recorded stream of the service",
    explanation: "The finished call holds the arguments that were streamed: a client that runs \
                  calls from finished items must run the same call.",
    violations: &[stream!(
        called!(),
        arguments_done!(5, r#"{\"city\":\"Oslo\"}"#),
        item_done!(6, 0, call!("completed", r#"{\"city\":\"Bergen\"}"#))
    )],
    conforming: &[CALL],
    faults: &["edit response.output_item.done /item/arguments = \"{ }\""],
    check: Check::OpenaiResponses(Hooks {
        about: &[ITEM_DONE],
        event: Some(same_arguments),
        ..Hooks::NONE
    }),
};

fn same_arguments(seen: &Transition<'_, State>) -> Verdict {
    let Some(("response.output_item.done", value)) = spoken(seen) else {
        return Verdict::Silent;
    };
    let Some(item) = item_of(seen, value) else {
        return Verdict::Silent;
    };
    let key = match item.kind.as_str() {
        "function_call" | "mcp_call" => "arguments",
        "custom_tool_call" => "input",
        "code_interpreter_call" => "code",
        _ => return Verdict::Silent,
    };
    if item.arguments.stage == PartStage::Open || *seen.before.overflowed {
        return Verdict::Silent;
    }
    let found = value.get("item").and_then(|item| item.get(key));
    Verdict::when(
        found.and_then(Value::as_str) == Some(&item.arguments.text),
        || {
            format!(
                "expected `{key}` of the finished call to be {}, found {}",
                quoted(&item.arguments.text),
                quoted_value(found)
            )
        },
    )
}

pub(super) static NOT_JSON: Rule = Rule {
    id: "OAR-072",
    name: "responses-arguments-not-json",
    severity: Severity::Must,
    source: "OpenAI API description; every recorded call that was completed",
    explanation: "The arguments of a completed call are the text of a JSON object, fit to be \
                  parsed and handed to the tool.",
    violations: &[
        stream!(
            call_added!(),
            arguments!(3, r#"{\"city\":"#),
            arguments_done!(4, r#"{\"city\":"#),
            item_done!(5, 0, call!("completed", r#"{\"city\":"#))
        ),
        body!(response!("completed", call!("completed", "Oslo"), usage!())),
    ],
    conforming: &[CALL],
    faults: &["edit * /output/-/arguments = \"Oslo\""],
    check: Check::OpenaiResponses(Hooks {
        about: &[ITEM_DONE],
        event: Some(streamed_json),
        body: Some(whole_json),
        ..Hooks::NONE
    }),
};

fn streamed_json(seen: &Transition<'_, State>) -> Verdict {
    match spoken(seen) {
        Some(("response.output_item.done", value)) => {
            arguments_json(value.get("item").unwrap_or(&Value::Null))
        }
        _ => Verdict::Silent,
    }
}

fn whole_json(whole: &Whole<'_, State>) -> Verdict {
    first_fault(whole, arguments_json)
}

fn arguments_json(item: &Value) -> Verdict {
    if word(item, "type") != Some("function_call") || word(item, "status") != Some("completed") {
        return Verdict::Silent;
    }
    let Some(arguments) = word(item, "arguments") else {
        return Verdict::fail(format!(
            "expected `arguments` to be a text, found {}",
            quoted_value(item.get("arguments"))
        ));
    };
    let is_object = json::parse(arguments.as_bytes()).is_ok_and(|value| value.is_object());
    Verdict::when(is_object, || {
        format!(
            "expected `arguments` to be the text of a JSON object, found {}",
            quoted(arguments)
        )
    })
}

/// The first item of a whole body that fails, else whether any passed.
fn first_fault(whole: &Whole<'_, State>, judge: impl Fn(&Value) -> Verdict) -> Verdict {
    let Some(output) = whole_response(whole).and_then(|body| body.get("output")?.as_array()) else {
        return Verdict::Silent;
    };
    let mut verdict = Verdict::Silent;
    for item in output {
        match judge(item) {
            Verdict::Silent => {}
            Verdict::Pass => verdict = Verdict::Pass,
            fault @ Verdict::Fail(_) => return fault,
        }
    }
    verdict
}

pub(super) static UNKNOWN_TOOL: Rule = Rule {
    id: "OAR-073",
    name: "responses-unknown-tool",
    severity: Severity::Note,
    source: "OpenAI API description: calls name a tool of the request; models now and then make a \
             name up",
    explanation: "A call names one of the request's tools. A client has nothing to run for any \
                  other name, and the conversation cannot go on.",
    violations: &[asked!(
        concat!(
            r#"{"tools":[{"type":"function","name":"get_weather"}],"#,
            r#""tool_choice":"required","parallel_tool_calls":false}"#
        ),
        call_added!()
    )],
    conforming: &[CALL],
    faults: &["edit response.output_item.added /item/name = \"other\""],
    check: Check::OpenaiResponses(Hooks {
        about: &[ITEM_ADDED],
        event: Some(streamed_name),
        body: Some(whole_name),
        ..Hooks::NONE
    }),
};

fn streamed_name(seen: &Transition<'_, State>) -> Verdict {
    match spoken(seen) {
        Some(("response.output_item.added", value)) => {
            known_name(seen.asked.get(), value.get("item").unwrap_or(&Value::Null))
        }
        _ => Verdict::Silent,
    }
}

fn whole_name(whole: &Whole<'_, State>) -> Verdict {
    first_fault(whole, |item| known_name(whole.asked.get(), item))
}

fn known_name(asked: &Asked, item: &Value) -> Verdict {
    let is_call = matches!(
        word(item, "type"),
        Some("function_call" | "custom_tool_call")
    );
    let (true, Some(tools)) = (is_call, &asked.tools) else {
        return Verdict::Silent;
    };
    let name = word(item, "name").unwrap_or_default();
    Verdict::when(tools.iter().any(|tool| tool == name), || {
        format!(
            "expected a call of one of the request's tools, found {}",
            quoted(name)
        )
    })
}

pub(super) static CHOICE_IGNORED: Rule = Rule {
    id: "OAR-075",
    name: "responses-tool-choice-ignored",
    severity: Severity::Must,
    source: "Open Responses specification, tool choice; OpenAI API description",
    explanation: "`tool_choice` binds: `none` means no call, `required` at least one, a name that \
                  one. A client that forced a call parses the answer as one.",
    violations: &[
        asked!(
            concat!(
                r#"{"tools":[{"type":"function","name":"get_time"}],"#,
                r#""tool_choice":"none","parallel_tool_calls":false}"#
            ),
            call_added!()
        ),
        asked!(
            r#"{"tools":[{"type":"function","name":"get_time"}],"tool_choice":"required"}"#,
            written!(),
            completed!()
        ),
    ],
    conforming: &[CALL],
    faults: &[concat!(
        r#"edit * /output/- = {"id":"m","type":"message","role":"assistant","#,
        r#""status":"completed","content":[{"type":"output_text","text":"Hi","#,
        r#""annotations":[],"logprobs":[]}]}"#,
    )],
    check: Check::OpenaiResponses(Hooks {
        about: &[ITEM_ADDED, Topic::Type("response.completed")],
        event: Some(streamed_choice),
        body: Some(whole_choice),
        ..Hooks::NONE
    }),
};

fn streamed_choice(seen: &Transition<'_, State>) -> Verdict {
    if seen.asked.tool_choice.is_none() {
        return Verdict::Silent;
    }
    match spoken(seen) {
        Some(("response.output_item.added", value)) => {
            allowed(seen.asked.get(), value.get("item").unwrap_or(&Value::Null))
        }
        Some(("response.completed", value)) => called(
            seen.asked.get(),
            value.get("response").unwrap_or(&Value::Null),
        ),
        _ => Verdict::Silent,
    }
}

fn whole_choice(whole: &Whole<'_, State>) -> Verdict {
    let verdict = first_fault(whole, |item| allowed(whole.asked.get(), item));
    match (verdict, whole_response(whole)) {
        (Verdict::Silent | Verdict::Pass, Some(body))
            if word(body, "status") == Some("completed") =>
        {
            called(whole.asked.get(), body)
        }
        (verdict, _) => verdict,
    }
}

fn allowed(asked: &Asked, item: &Value) -> Verdict {
    if word(item, "type") != Some("function_call") {
        return Verdict::Silent;
    }
    let name = word(item, "name").unwrap_or_default();
    match &asked.tool_choice {
        Some(AskedToolChoice::None) => Verdict::fail(format!(
            "expected no call under `tool_choice` `none`, found one of {}",
            quoted(name)
        )),
        Some(AskedToolChoice::Named(chosen)) => Verdict::when(chosen == name, || {
            format!(
                "expected a call of {}, found one of {}",
                quoted(chosen),
                quoted(name)
            )
        }),
        Some(AskedToolChoice::Auto | AskedToolChoice::Required) | None => Verdict::Silent,
    }
}

fn called(asked: &Asked, response: &Value) -> Verdict {
    let is_forced = matches!(
        asked.tool_choice,
        Some(AskedToolChoice::Required | AskedToolChoice::Named(_))
    );
    let Some(output) = response.get("output").and_then(Value::as_array) else {
        return Verdict::Silent;
    };
    if !is_forced || asked.tools.is_none() {
        return Verdict::Silent;
    }
    let is_call = |item: &Value| word(item, "type").is_some_and(|kind| kind.ends_with("_call"));
    Verdict::when(output.iter().any(is_call), || {
        "expected a call, which `tool_choice` asked for, found none".to_owned()
    })
}

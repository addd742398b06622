//! How many calls an answer may hold.

use super::reading::{ITEM_ADDED, spoken, whole_response, word};
use super::sample::CALL;
use crate::json::Value;
use crate::protocol::openai_responses::State;
use crate::rules::{Check, Hooks, Rule, Severity, Transition, Verdict, Whole};

pub(super) static RULE: Rule = Rule {
    id: "OAR-076",
    name: "responses-parallel-calls",
    severity: Severity::Should,
    source: "OpenAI API description: `parallel_tool_calls`",
    explanation: "With `parallel_tool_calls: false` an answer holds at most one function call; a \
                  client that asked for it runs only the first.",
    violations: &[asked!(
        concat!(
            r#"{"tools":[{"type":"function","name":"get_time"}],"#,
            r#""tool_choice":"required","parallel_tool_calls":false}"#
        ),
        call_added!(),
        item_added!(
            3,
            1,
            concat!(
                r#"{"id":"fc_2","type":"function_call","status":"in_progress","#,
                r#""arguments":"","call_id":"call_2","name":"get_time"}"#
            )
        )
    )],
    conforming: &[CALL],
    faults: &["edit * /output/- doubled"],
    check: Check::OpenaiResponses(Hooks {
        about: &[ITEM_ADDED],
        event: Some(one_call),
        body: Some(one_call_in_all),
        ..Hooks::NONE
    }),
};

fn one_call_in_all(whole: &Whole<'_, State>) -> Verdict {
    let request = whole.asked.body.as_ref();
    let parallel = request.and_then(|body| body.get("parallel_tool_calls"));
    let output = whole_response(whole).and_then(|body| body.get("output")?.as_array());
    let (Some(Value::Bool(false)), Some(output)) = (parallel, output) else {
        return Verdict::Silent;
    };
    let is_call = |item: &&Value| word(item, "type") == Some("function_call");
    let calls = output.iter().filter(is_call).count();
    Verdict::when(calls <= 1, || {
        format!("expected one function call, found `{calls}`")
    })
}

fn one_call(seen: &Transition<'_, State>) -> Verdict {
    let Some(("response.output_item.added", value)) = spoken(seen) else {
        return Verdict::Silent;
    };
    let body = seen.asked.body.as_ref();
    let parallel = body.and_then(|body| body.get("parallel_tool_calls"));
    let is_call = value.pointer("/item/type") == Some(&Value::from("function_call"));
    if parallel != Some(&Value::Bool(false)) || !is_call {
        return Verdict::Silent;
    }
    let mut items = seen.before.items.iter();
    Verdict::when(!items.any(|item| item.kind == "function_call"), || {
        "expected one function call, found a second".to_owned()
    })
}

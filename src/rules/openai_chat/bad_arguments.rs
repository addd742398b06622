//! Joined arguments are a JSON object.

use crate::json::{self, Value};

use super::moment::{Body, Step, at_done, cuts_short, fold, of_body};
use super::sample::{CALLING, CALLING_WHOLE, stream, whole};
use crate::protocol::Asked;
use crate::protocol::openai_chat::{Choice, State, ToolCall};
use crate::rules::quoting::quoted;
use crate::rules::{Check, Hooks, Rule, Severity, Topic, Verdict};

pub(super) static RULE: Rule = Rule {
    id: "OAC-055",
    name: "arguments-not-json",
    severity: Severity::Should,
    source: "OpenAI API description, `function.arguments`: JSON, though a model may write it \
             wrong; recordings: always valid",
    explanation: "The joined arguments of a finished call are one JSON object. A piece that was \
                  lost, doubled or swapped on the way shows here and nowhere else. A model can \
                  write bad JSON by itself, hence no more than a recommendation.",
    violations: &[
        stream(concat!(
            role!(0),
            open_call!(0, "call_1"),
            arguments!(0, r#"{\"city\":"#),
            finish!(0, "tool_calls"),
            done!()
        )),
        whole(completion!(whole_call!("tool_calls", "[]"),)),
    ],
    conforming: &[CALLING, CALLING_WHOLE],
    faults: &[r#"edit *#last /choices/0/delta/tool_calls/0/function/arguments = "}}""#],
    check: Check::OpenaiChat(Hooks {
        about: &[Topic::Done],
        event: Some(event),
        body: Some(body),
        ..Hooks::NONE
    }),
};

fn event(step: &Step<'_>) -> Verdict {
    at_done(step, judge)
}

fn body(whole: &Body<'_>) -> Verdict {
    of_body(whole, judge)
}

fn judge(state: &State, _asked: &Asked) -> Verdict {
    fold(state.choices.iter().map(of_choice))
}

fn of_choice(choice: &Choice) -> Verdict {
    if cuts_short(choice.finish.as_deref()) || choice.finish.is_none() {
        return Verdict::Silent;
    }
    fold(choice.tools.iter().map(of_call))
}

fn of_call(tool: &ToolCall) -> Verdict {
    if tool.is_custom || *tool.arguments_cut || tool.arguments.is_empty() {
        return Verdict::Silent;
    }
    let name = quoted(&tool.name);
    match json::parse(tool.arguments.as_bytes()) {
        Ok(Value::Object(_)) => Verdict::Pass,
        Ok(_) => Verdict::fail(format!("expected an object as arguments of {name}")),
        Err(error) => Verdict::fail(format!("the arguments of {name} are not JSON: {error}")),
    }
}

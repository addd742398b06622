//! Calls can be told apart.

use super::moment::{Body, Step, at_done, fold, of_body};
use super::sample::{CALLING, CALLING_WHOLE, stream};
use crate::protocol::Asked;
use crate::protocol::openai_chat::{Choice, State};
use crate::rules::quoting::quoted;
use crate::rules::{Check, Hooks, Rule, Severity, Topic, Verdict};

pub(super) static RULE: Rule = Rule {
    id: "OAC-057",
    name: "tool-call-id-reused",
    severity: Severity::Must,
    source: "OpenAI API description: results refer to calls by id; recordings: unique in each \
             choice",
    explanation: "The ids of the calls of one choice differ. A result refers to its call by the \
                  id, and with two of one id nobody knows which it belongs to.",
    violations: &[stream(concat!(
        role!(0),
        call!(0, "call_1"),
        call!(1, "call_1"),
        finish!(0, "tool_calls"),
        done!()
    ))],
    conforming: &[CALLING, CALLING_WHOLE],
    faults: &["edit * /choices/0/message/tool_calls/0 doubled"],
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
    let tools = &choice.tools;
    if tools.is_empty() {
        return Verdict::Silent;
    }
    let reused = tools.iter().enumerate().find(|(at, tool)| {
        !tool.id.is_empty() && tools[..*at].iter().any(|other| other.id == tool.id)
    });
    match reused {
        None => Verdict::Pass,
        Some((_, tool)) => Verdict::fail(format!(
            "found a second tool call with id {}",
            quoted(&tool.id)
        )),
    }
}

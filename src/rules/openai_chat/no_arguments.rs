//! No arguments are `{}`.

use super::moment::{Body, Step, at_done, cuts_short, fold, of_body};
use super::sample::{CALLING, CALLING_WHOLE, stream, whole};
use crate::protocol::Asked;
use crate::protocol::openai_chat::{Choice, State};
use crate::rules::quoting::quoted;
use crate::rules::{Check, Hooks, Rule, Severity, Topic, Verdict};

pub(super) static RULE: Rule = Rule {
    id: "OAC-056",
    name: "tool-call-without-arguments",
    severity: Severity::Must,
    source: "Recordings: calls without arguments stream `{}`",
    explanation: "The joined arguments of a finished call are never empty: a call without \
                  arguments has `{}`. Callers hand the text to a JSON parser, which raises on \
                  nothing.",
    violations: &[
        stream(concat!(
            role!(0),
            open_call!(0, "call_1"),
            finish!(0, "tool_calls"),
            done!()
        )),
        whole(completion!(whole_call!("tool_calls", ""),)),
    ],
    conforming: &[CALLING, CALLING_WHOLE],
    faults: &[r#"edit *#every /choices/0/delta/tool_calls/0/function/arguments = """#],
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
    fold(choice.tools.iter().map(|tool| {
        if tool.is_custom || *tool.arguments_cut {
            return Verdict::Silent;
        }
        Verdict::when(!tool.arguments.is_empty(), || {
            format!(
                "expected arguments of the call of {}, found none",
                quoted(&tool.name)
            )
        })
    }))
}
